"""Owns the few words that every human transcript uses: who sat where, how an answer ended, and its figures."""

from datetime import UTC, datetime

from tui.chat.conversation import Answer, Conversation, FinishReason, ModelInfo, Side, Usage
from tui.text import clean_line


def side_name(side: Side) -> str:
    """What a reader calls the side."""
    return side.value.capitalize()


def title_of(conversation: Conversation) -> str:
    """The conversation's title, cleaned, never empty."""
    return clean_line(conversation.title, 120) or "A comparison"


def moment(when: datetime) -> str:
    """A time to the minute, in UTC: transcripts travel."""
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def seat_rows(conversation: Conversation) -> list[tuple[str, list[str]]]:
    """A heading and both sides' cleaned values, for each thing known of who sat where; "" where it is not known."""
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
    error = f": {clean_line(message)}" if message else ""
    match reason:
        case FinishReason.STOP:
            return ""
        case FinishReason.LENGTH:
            return "Cut at its token limit."
        case FinishReason.STOPPED:
            return "Stopped by the user."
        case FinishReason.FAILED:
            return f"Failed{error or '.'}"
        case FinishReason.INTERRUPTED:
            return f"Interrupted{error or '.'}"
        case None:
            return "Still being written."


def figures(usage: Usage) -> str:
    """Time to the first token, speed and cost of an answer in one line."""
    speed = f"{usage.tokens_per_second:.0f} tok/s {'shared' if usage.shared else 'alone'}"
    parts = [
        f"ttft {usage.first_ms / 1000:.1f} s" if usage.first_ms is not None else "",
        speed if usage.tokens_per_second else "",
        count(usage.completion_tokens, "token"),
        f"{count(usage.dropped_turns, 'turn')} left out" if usage.dropped_turns else "",
        "thinking cannot be switched" if usage.think_ignored else "",
    ]
    return " · ".join(filter(None, parts))


def count(number: int, noun: str) -> str:
    """A number with its noun, in the right number."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def thinking_label(answer: Answer) -> str:
    """The line under which thinking is folded: how long it took, and how long the answer itself."""
    usage = answer.usage
    if usage is None or usage.thinking_ms is None:
        return "Thinking"
    answered = "" if usage.answer_ms is None else f", answered in {usage.answer_ms / 1000:.1f} s"
    return f"Thought for {usage.thinking_ms / 1000:.1f} s{answered}"
