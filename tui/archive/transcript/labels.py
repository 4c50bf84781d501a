"""The words that Markdown, HTML and printed transcripts share: model facts, how an answer ended, its figures."""

from datetime import UTC, datetime

from tui.amounts import elapsed
from tui.chat.conversation import Answer, Conversation, FinishReason, ModelInfo, Side, Usage
from tui.chat.finish_words import STATES
from tui.text import clean_line


def side_name(side: Side) -> str:
    """Return the name of the side as a heading."""
    return side.value.capitalize()


def title_of(conversation: Conversation) -> str:
    """Return the conversation's title, cleaned, never empty."""
    return clean_line(conversation.title, 120) or "A comparison"


def timestamp(when: datetime) -> str:
    """Return a time to the minute, in UTC, because transcripts are read elsewhere."""
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def model_rows(conversation: Conversation) -> list[tuple[str, list[str]]]:
    """Return a heading and both sides' cleaned values for each fact known of a model; "" where it is not known."""
    models = [conversation.models.get(side) for side in Side]
    columns = [_facts(model) if model else {} for model in models]
    headings = dict.fromkeys(heading for column in columns for heading in column)
    return [(heading, [clean_line(column.get(heading, "")) for column in columns]) for heading in headings]


def _facts(model: ModelInfo) -> dict[str, str]:
    weights = model.weights
    known = {
        "Model": model.name,
        "Maker": ", ".join(filter(None, (model.maker, model.country))),
        "License": model.license,
        "Quant": model.quant,
        "Weights": "/".join(filter(None, (weights.repo, weights.file))),
        "SHA-256": weights.sha256[:12],
        "Engine": model.engine,
        "Context": count(model.context, "token") if model.context else "",
    }
    return {heading: value for heading, value in known.items() if value}


def outcome(answer: Answer) -> str:
    """One cleaned line on how the answer ended, "" when its model simply ended it."""
    return ending(answer.finish_reason, answer.error)


def ending(reason: FinishReason | None, message: str | None = None) -> str:
    """Return one cleaned line on a finish reason with its error message, "" for a complete answer."""
    if reason is FinishReason.STOP:
        return ""
    if reason is None:
        return "Still being written."
    error = f": {clean_line(message)}" if message else "."
    return STATES[reason].capitalize() + error


def figures(usage: Usage) -> str:
    """Return the time to the first token, the speed and the length of an answer in one line."""
    speed = f"{usage.tokens_per_second:.0f} tok/s {'shared' if usage.shared else 'alone'}"
    parts = [
        f"ttft {elapsed(usage.first_ms)}" if usage.first_ms is not None else "",
        speed if usage.tokens_per_second else "",
        count(usage.completion_tokens, "token"),
        f"{count(usage.dropped_turns, 'turn')} left out" if usage.dropped_turns else "",
        "thinking cannot be switched" if usage.think_ignored else "",
    ]
    return " · ".join(filter(None, parts))


def count(number: int, noun: str) -> str:
    """Return a number with its noun in the singular or the plural."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def thinking_label(answer: Answer) -> str:
    """Return the line under which thinking is folded: how long it took, and how long the answer took."""
    usage = answer.usage
    if usage is None or usage.thinking_ms is None:
        return "Thinking"
    answered = "" if usage.answer_ms is None else f", answered in {elapsed(usage.answer_ms)}"
    return f"Thought for {elapsed(usage.thinking_ms)}{answered}"
