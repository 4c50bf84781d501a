"""The ways to tell a chat template whether the model is to think."""

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
"""Template variables with their values for on and off: of Qwen and most others, Granite, gpt-oss, and Seed."""

_NO_EFFORT = "no_think"
"""The value of `reasoning_effort` that turns thinking off in later Hunyuan models."""

_WORDS = (("/think", "/no_think"), ("/think", "/nothink"))
"""Words that some templates look for in the system text."""


@dataclass(frozen=True, slots=True)
class Switch:
    """One way, each with its values for on and off: template variables, or words for the system text."""

    variables: tuple[Mapping[str, Any], Mapping[str, Any]] = field(default=({}, {}))
    words: tuple[str, str] | None = None

    def variables_for(self, think: bool) -> Mapping[str, Any]:
        """Return the template variables."""
        return self.variables[0 if think else 1]

    def messages_for(self, messages: Sequence[Message], think: bool) -> Sequence[Message]:
        """Return the messages with the word in the system text, if there is one."""
        if self.words is None:
            return messages
        word = self.words[0 if think else 1]
        if messages and messages[0].role is Role.SYSTEM:
            return [replace(messages[0], text=f"{messages[0].text}\n{word}"), *messages[1:]]
        return [Message(Role.SYSTEM, word), *messages]


def switches(template: str, named: str) -> Iterator[Switch]:
    """Yield the ways that `template` may support, the variable `named` first; only rendering shows whether it does."""
    for name in dict.fromkeys((named, *_VARIABLES)):
        if name in template:
            on, off = _VARIABLES.get(name, (True, False))
            off = _NO_EFFORT if name == "reasoning_effort" and _NO_EFFORT in template else off
            yield Switch(({name: on}, {name: off}))
    for words in _WORDS:
        if words[1] in template:
            yield Switch(words=words)
