"""The conditions of two answers as rows of a table."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tui.chat.conversation import Answer, Exchange, Side
from tui.chat.sampling import NAMES

_SHOWN_OF_HASH = 12
NO_TEMPLATE = "none: plain text"


@dataclass(frozen=True, slots=True)
class Row:
    """One condition and what it was on each side, raw; "" where there is no such answer or it is not known."""

    heading: str
    left: str
    right: str

    @property
    def same(self) -> bool:
        """Return whether it was the same on both sides."""
        return self.left == self.right


def rows(exchange: Exchange) -> tuple[Row, ...]:
    """Return every condition of an exchange's answers that is known of one side at least."""
    answers = [exchange.answers.get(side) for side in Side]
    columns = [_column(answer) if answer is not None else {} for answer in answers]
    headings = dict.fromkeys(heading for column in columns for heading in column)
    found = (Row(heading, *(column.get(heading, "") for column in columns)) for heading in headings)
    return tuple(row for row in found if row.left or row.right)


def reading(answer: Answer) -> tuple[str, ...]:
    """Return what there is to say of the prompt that was read: its tokens, and the template that wrote it; raw."""
    usage, template = answer.usage, _template(answer)
    lines = []
    if usage is not None:
        lines.append(
            f"{usage.prompt_tokens:,} tokens, {usage.reused_tokens:,} reused · turns left out: {_dropped(answer)}"
        )
    if template:
        lines.append("no template: plain text" if template == NO_TEMPLATE else f"template {template}")
    return tuple(lines)


def _column(answer: Answer) -> dict[str, str]:
    return {heading: said(answer) for heading, said in _CONDITIONS.items()}


def _sampling(name: str) -> Callable[[Answer], str]:
    def said(answer: Answer) -> str:
        choice = answer.setup.sampling.choices()[name]
        return f"{choice.value if name == 'seed' else format(choice.value, 'g')} ({choice.source})"

    return said


def _thinking(answer: Answer) -> str:
    words = {None: "left to the model", True: "on", False: "off"}[answer.setup.think]
    ignored = answer.usage is not None and answer.usage.think_ignored
    return f"{words}: its template has no such switch" if ignored else words


def _prompt_tokens(answer: Answer) -> str:
    usage = answer.usage
    return f"{usage.prompt_tokens:,}, {usage.reused_tokens:,} of them reused" if usage is not None else ""


def _dropped(answer: Answer) -> str:
    if answer.usage is None:
        return ""
    turns = answer.usage.dropped_turns
    return f"the {turns} oldest" if turns > 1 else "the oldest" if turns else "none"


def _template(answer: Answer) -> str:
    loaded = bool(answer.model.engine)
    return answer.model.template_sha256[:_SHOWN_OF_HASH] or (NO_TEMPLATE if loaded else "")


def _system_role(answer: Answer) -> str:
    return "yes" if answer.model.takes_system else "none: it stands before the first question"


def _threads(answer: Answer) -> str:
    usage = answer.usage
    return f"{usage.threads} ({'shared' if usage.shared else 'alone'})" if usage is not None else ""


def _mode(answer: Answer) -> str:
    words = {None: "", True: "safe", False: "normal"}[answer.model.safe_mode]
    return words if answer.model.extra_buffers is not False else f"{words}, no extra buffers".removeprefix(", ")


_CONDITIONS: Mapping[str, Callable[[Answer], str]] = {
    "model": lambda answer: answer.model.name or answer.model.model,
    "weights": lambda answer: answer.model.weights.file,
    "sha256": lambda answer: answer.model.weights.sha256[:_SHOWN_OF_HASH],
    "template": _template,
    "system prompt": lambda answer: answer.setup.system or "none",
    "system role": _system_role,
    "thinking": _thinking,
    "thinking budget": lambda answer: f"{answer.setup.think_budget:,} tokens" if answer.setup.think_budget else "",
    "prompt tokens": _prompt_tokens,
    "turns left out": _dropped,
    "most tokens": lambda answer: f"{answer.setup.max_tokens:,}",
    "context": lambda answer: f"{answer.model.context:,}" if answer.model.context else "",
    **{name.replace("_", " "): _sampling(name) for name in NAMES},
    "threads": _threads,
    "engine": lambda answer: answer.model.engine,
    "machine": lambda answer: answer.model.machine,
    "mode": _mode,
}
