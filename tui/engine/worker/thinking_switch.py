"""The ways to tell a chat template whether the model thinks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tui.chat.conversation import Message, Role

_VARIABLES: Mapping[str, tuple[Any, Any]] = {
    "enable_thinking": (True, False),
    "thinking": (True, False),
    "reasoning_effort": ("high", "low"),
    "thinking_budget": (-1, 0),
}
"""Variables of templates, and their values for on and off: Qwen's and most others', Granite's, gpt-oss's, Seed's."""

_NO_EFFORT = "no_think"
"""The effort of a model (Hunyuan's later ones) that can do without any."""

_WORDS = (("/think", "/no_think"), ("/think", "/nothink"))
"""Words that some templates look for in the system text."""


@dataclass(frozen=True, slots=True)
class Switch:
    """One way: variables for on and off, or words that the system text gets."""

    variables: tuple[Mapping[str, Any], Mapping[str, Any]] = field(default=({}, {}))
    words: tuple[str, str] | None = None

    def set(self, think: bool) -> Mapping[str, Any]:
        """The template's variables that say so."""
        return self.variables[0 if think else 1]

    def say(self, messages: Sequence[Message], think: bool) -> Sequence[Message]:
        """The messages that say so."""
        if self.words is None:
            return messages
        word = self.words[0 if think else 1]
        if messages and messages[0].role is Role.SYSTEM:
            return [replace(messages[0], text=f"{messages[0].text}\n{word}"), *messages[1:]]
        return [Message(Role.SYSTEM, word), *messages]


def switches(template: str, named: str) -> Iterator[Switch]:
    """What `template` may react to, the variable `named` first; whether it does is seen when it is rendered."""
    for name in dict.fromkeys((named, *_VARIABLES)):
        if name in template:
            on, off = _VARIABLES.get(name, (True, False))
            off = _NO_EFFORT if name == "reasoning_effort" and _NO_EFFORT in template else off
            yield Switch(({name: on}, {name: off}))
    for words in _WORDS:
        if words[1] in template:
            yield Switch(words=words)
