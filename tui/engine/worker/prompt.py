"""The tokens of a conversation: template, control tokens, remembered answers."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from tui.chat.conversation import Message, Role, Setup
from tui.engine.worker.chat_template import CLOSE, OPEN, Names, Writer
from tui.engine.worker.template_renderer import Renderer

PLAIN = (
    "{% for message in messages %}"
    "{% if message.role != 'system' %}{{ 'User: ' if message.role == 'user' else 'Assistant: ' }}{% endif %}"
    "{{ message.content }}\n\n{% endfor %}Assistant:"
)
"""How a model without a chat template gets a conversation: as the plain text that it was trained to continue."""

_REMEMBERED = 16
"""How many answers' ids are kept; a conversation needs its last, and a few more let one be taken up again."""


class Tokens(Names, Protocol):
    """What prompts need to know of a vocabulary."""

    @property
    def seams(self) -> tuple[str, ...]:
        """The texts at which the tokenizer always cuts."""
        ...

    @property
    def begin(self) -> int | None:
        """The token that has to begin every text, where the model wants one."""
        ...

    def tokenize(self, text: str, *, special: bool) -> list[int]:
        """The ids of `text`; control tokens written in it count as such only where `special`."""
        ...


@dataclass(frozen=True, slots=True)
class Prompt:
    """A rendered conversation: its `text`, foreign control tokens fenced off, and its `tokens`.

    So many as `reusable` of them need not be read again where the model still holds them. `think_ignored` says that
    the user switched thinking on or off, and that the text is the same all the same.
    """

    text: str
    tokens: list[int]
    reusable: int
    think_ignored: bool = False

    @property
    def shown(self) -> str:
        """The text as the template wrote it."""
        return self.text.replace(OPEN, "").replace(CLOSE, "")


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
        self._vocab = vocab
        self._writer = Writer(template, vocab, renderer)
        self._answers: list[_Answer] = []

    @property
    def takes_system(self) -> bool:
        """Whether the template has a place for a system text; without one it goes in front of the first question."""
        return self._writer.takes_system

    def try_out(self) -> None:
        """Finds out what the template and the tokenizer can do; TemplateError when no question can be rendered."""
        self._tokenized(self._writer.try_out())

    def prompt(self, messages: Sequence[Message], setup: Setup) -> Prompt:
        """The conversation as text and tokens; TemplateError when the template refuses it."""
        text, ignored = self._writer.write(messages, setup)
        tokens = self._tokens(text)
        return Prompt(text, tokens, self._reusable(text, tokens) if _goes_on(messages) else 0, ignored)

    def remember(self, prompt: Prompt, answer: str, tokens: Sequence[int], *, read: int) -> None:
        """Lets `tokens` stand for `answer` where it follows `prompt` again: its text may tokenize to other ids.

        `read` counts the ids, the prompt's included, that the model has read; the last one sampled may be missing.
        """
        ids = [*prompt.tokens, *tokens]
        texts = dict.fromkeys((self._writer.fenced(answer), self._writer.fenced_between_tags(answer)))
        known = (_Answer(prompt.text, prompt.text + text, ids, read) for text in texts)
        self._answers = [*self._answers, *known][-_REMEMBERED:]

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
        parts = re.split(f"{OPEN}(.*?){CLOSE}", text, flags=re.DOTALL)
        pieces = (self._vocab.tokenize(part, special=index % 2 == 0) for index, part in enumerate(parts) if part)
        return [token for piece in pieces for token in piece]


def common(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens two sequences have in common at their beginnings."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((index for index, (left, right) in pairs if left != right), min(len(one), len(other)))


def _goes_on(messages: Sequence[Message]) -> bool:
    return sum(each.role is Role.USER for each in messages) > 1
