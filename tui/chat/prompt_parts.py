"""The parts of a rendered prompt: what was said, and what the chat template added."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tui.chat.conversation import Message

_EDGES = frozenset("\n<>[]|:")
"""What stands next to a message in most templates; a word of the template's own has letters and spaces there."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some of a prompt; `said` by the user, by the model or by the system text, or else the template's own."""

    text: str
    said: bool


def parts(prompt: str, messages: Sequence[Message]) -> tuple[Part, ...]:
    """`prompt` cut where `messages` begin and end in it.

    They are looked for in their order, without the white space around them. What a template leaves out or rewrites is
    not found, and what was left out because the context was full is not there: both are passed over. A message that is
    nothing but the name of its role may be taken for that.
    """
    return tuple(_cut(prompt, _spans(prompt, messages)))


def _cut(prompt: str, spans: Iterator[tuple[int, int]]) -> Iterator[Part]:
    done = 0
    for start, end in spans:
        if done < start:
            yield Part(prompt[done:start], said=False)
        yield Part(prompt[start:end], said=True)
        done = end
    if done < len(prompt):
        yield Part(prompt[done:], said=False)


def _spans(prompt: str, messages: Sequence[Message]) -> Iterator[tuple[int, int]]:
    at = 0
    for message in messages:
        for text in ((message.thinking or "").strip(), message.text.strip()):
            start = _find(prompt, text, at) if text else -1
            if start >= 0:
                at = start + len(text)
                yield start, at


def _find(prompt: str, text: str, begin: int) -> int:
    """Return where `text` stands as a message of its own, else where it stands first; -1 if it does not."""
    at = first = prompt.find(text, begin)
    while at >= 0 and not (_edge(prompt, at - 1) and _edge(prompt, at + len(text))):
        at = prompt.find(text, at + 1)
    return at if at >= 0 else first


def _edge(prompt: str, at: int) -> bool:
    return not 0 <= at < len(prompt) or prompt[at] in _EDGES
