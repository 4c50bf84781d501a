"""Owns how a conversation becomes the tokens that a model reads: template, control tokens, remembered answers."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Protocol

from tui.chat.conversation import Message, Role, Setup
from tui.engine.renderer import Renderer, TemplateError

PLAIN = (
    "{% for message in messages %}"
    "{% if message.role != 'system' %}{{ 'User: ' if message.role == 'user' else 'Assistant: ' }}{% endif %}"
    "{{ message.content }}\n\n{% endfor %}Assistant:"
)
"""How a model without a chat template gets a conversation: as the plain text that it was trained to continue."""

_OPEN, _CLOSE = "\ud800", "\udfff"
"""Around text whose control tokens are none. Half surrogate pairs stand in no text, so nobody can write them."""

_REMEMBERED = 16
"""How many answers' ids are kept; a conversation needs its last, and a few more let one be taken up again."""


class Tokens(Protocol):
    """What prompts need to know of a vocabulary."""

    @property
    def controls(self) -> tuple[str, ...]:
        """The texts of tokens that only the template may write."""
        ...

    @property
    def seams(self) -> tuple[str, ...]:
        """The texts at which the tokenizer always cuts."""
        ...

    @property
    def begin(self) -> int | None:
        """The token that has to begin every text, where the model wants one."""
        ...

    @property
    def begin_text(self) -> str:
        """The template's `bos_token`."""
        ...

    @property
    def end_text(self) -> str:
        """The template's `eos_token`."""
        ...

    def tokenize(self, text: str, *, special: bool) -> list[int]:
        """The ids of `text`; control tokens written in it count as such only where `special`."""
        ...


@dataclass(frozen=True, slots=True)
class Prompt:
    """A rendered conversation: its `text`, foreign control tokens fenced off, and its `tokens`.

    So many as `reusable` of them need not be read again where the model still holds them.
    """

    text: str
    tokens: list[int]
    reusable: int

    @property
    def shown(self) -> str:
        """The text as the template wrote it."""
        return self.text.replace(_OPEN, "").replace(_CLOSE, "")


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the model answered to a prompt: both as one text, and as ids, the first `read` of which it has read."""

    prompt: str
    text: str
    tokens: list[int]
    read: int


class Prompter:
    """Writes prompts for one model, and remembers the ids of its answers."""

    def __init__(self, template: str, vocab: Tokens, renderer: Renderer) -> None:
        self._template = template
        self._vocab = vocab
        self._renderer = renderer
        self._answers: list[_Answer] = []
        self.takes_system = True

    def try_out(self) -> None:
        """Finds out what the template and the tokenizer can do; TemplateError when no question can be rendered."""
        question, system = Message(Role.USER, "Qx7question"), Message(Role.SYSTEM, "Qx7system")
        text = self._rendered([question], {})
        if question.text not in text:
            raise TemplateError("it leaves the question out")
        self._tokenized(text)
        try:
            self.takes_system = system.text in self._rendered([system, question], {})
        except TemplateError:
            self.takes_system = False

    def prompt(self, messages: Sequence[Message], setup: Setup) -> Prompt:
        """The conversation as text and tokens; TemplateError when the template refuses it."""
        if not self.takes_system:
            messages = _folded(messages)
        marks: dict[str, str] = {}
        text = self._rendered([self._marked(each, marks) for each in messages], _switch(setup))
        for mark, foreign in marks.items():
            text = text.replace(mark, foreign)
        tokens = self._tokens(text)
        return Prompt(text, tokens, self._reusable(text, tokens) if _goes_on(messages) else 0)

    def remember(self, prompt: Prompt, answer: str, tokens: Sequence[int], *, read: int) -> None:
        """Lets `tokens` stand for `answer` where it follows `prompt` again: its text may tokenize to other ids.

        `read` counts the ids, the prompt's included, that the model has read; the last one sampled may be missing.
        """
        known = _Answer(prompt.text, prompt.text + self._fenced(answer), [*prompt.tokens, *tokens], read)
        self._answers = [*self._answers[1 - _REMEMBERED :], known]

    def _rendered(self, messages: Sequence[Message], switch: Mapping[str, Any]) -> str:
        return self._renderer.render(
            self._template,
            [{"role": each.role.value, "content": each.text} for each in messages],
            {"bos_token": self._vocab.begin_text, "eos_token": self._vocab.end_text, **switch},
        )

    def _fenced(self, text: str) -> str:
        """`text`, its inner part fenced off if there is a control token in it; white space stays for the template."""
        if not any(control in text for control in self._vocab.controls):
            return text
        core = text.strip()
        before, _, after = text.partition(core)
        return f"{before}{_OPEN}{core}{_CLOSE}{after}"

    def _marked(self, message: Message, marks: dict[str, str]) -> Message:
        """The message with a mark in place of its fenced part: the template must not see the fence."""
        before, opened, rest = self._fenced(message.text).partition(_OPEN)
        if not opened:
            return message
        core, closed, after = rest.partition(_CLOSE)
        mark = f"Qx{sha256(core.encode()).hexdigest()}"
        marks[mark] = opened + core + closed
        return replace(message, text=before + mark + after)

    def _tokens(self, text: str) -> list[int]:
        """The ids of `text`: the longest remembered beginning by its sampled ids, the rest tokenized in one piece."""
        fitting = (each for each in self._answers if self._continues(text, each.text))
        known = max(fitting, key=lambda each: len(each.text), default=None)
        if known is not None:
            return known.tokens + self._tokenized(text[len(known.text) :])
        tokens = self._tokenized(text)
        begin = self._vocab.begin
        return tokens if begin is None or tokens[:1] == [begin] else [begin, *tokens]

    def _reusable(self, text: str, tokens: Sequence[int]) -> int:
        """How much of the prompt the model has read for earlier ones.

        An earlier answer to this very prompt does not count, nor does anything for the first question of a
        conversation: what is reused changes the last bits of what follows, and the same question with the same past
        shall get the same answer, whatever else was asked before it.
        """
        others = (each for each in self._answers if each.prompt != text)
        return max((min(each.read, common(each.tokens, tokens)) for each in others), default=0)

    def _continues(self, text: str, known: str) -> bool:
        return text.startswith(known) and text.startswith(self._vocab.seams, len(known))

    def _tokenized(self, text: str) -> list[int]:
        parts = re.split(f"{_OPEN}(.*?){_CLOSE}", text, flags=re.DOTALL)
        pieces = (self._vocab.tokenize(part, special=index % 2 == 0) for index, part in enumerate(parts) if part)
        return [token for piece in pieces for token in piece]


def common(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens two sequences have in common at their beginnings."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((index for index, (left, right) in pairs if left != right), min(len(one), len(other)))


def _goes_on(messages: Sequence[Message]) -> bool:
    return sum(each.role is Role.USER for each in messages) > 1


def _folded(messages: Sequence[Message]) -> list[Message]:
    """The messages with the system text in front of the first question."""
    systems = [each.text for each in messages if each.role is Role.SYSTEM]
    rest = [each for each in messages if each.role is not Role.SYSTEM]
    return [Message(rest[0].role, "\n\n".join([*systems, rest[0].text])), *rest[1:]] if rest else []


def _switch(setup: Setup) -> dict[str, Any]:
    """The template's variable that turns thinking on or off, where the user chose."""
    if setup.think is None:
        return {}
    effort = setup.think_switch == "reasoning_effort"
    return {setup.think_switch: ("high" if setup.think else "low") if effort else setup.think}
