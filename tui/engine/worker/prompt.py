"""The tokens of a conversation, with earlier answers as the tokens that were sampled."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from tui.chat.conversation import Message, Role, Setup
from tui.engine.worker.chat_template import CLOSE, OPEN, ChatTemplate, SpecialTokens
from tui.engine.worker.template_renderer import Renderer

PLAIN = (
    "{% for message in messages %}"
    "{% if message.role != 'system' %}{{ 'User: ' if message.role == 'user' else 'Assistant: ' }}{% endif %}"
    "{{ message.content }}\n\n{% endfor %}Assistant:"
)
"""The template for a model without one: plain text, which it was trained to continue."""

_REMEMBERED = 16
"""How many answers' ids are kept; a conversation needs its last one, and a few more let an earlier one be resumed."""


class PromptVocab(SpecialTokens, Protocol):
    """The parts of a vocabulary that prompts need."""

    @property
    def seams(self) -> tuple[str, ...]:
        """Return the texts at which the tokenizer always splits."""
        ...

    @property
    def begin(self) -> int | None:
        """Return the token that must begin every text, or None."""
        ...

    def tokenize(self, text: str, *, special: bool) -> list[int]:
        """Return the ids of `text`; control tokens in it are recognized only with `special`."""
        ...


@dataclass(frozen=True, slots=True)
class Prompt:
    """A rendered conversation: its `text`, with the users' control tokens fenced, and its `tokens`.

    The first `reusable` tokens need not be read again where the context still holds them. `think_ignored` is whether
    the user switched thinking on or off without any effect on the text.
    """

    text: str
    tokens: list[int]
    reusable: int
    think_ignored: bool = False

    @property
    def shown(self) -> str:
        """Return the text as the template wrote it."""
        return self.text.replace(OPEN, "").replace(CLOSE, "")


@dataclass(frozen=True, slots=True)
class _Answer:
    """An answer to `prompt`: both as one text, and as ids, of which the model has read the first `read`."""

    prompt: str
    text: str
    tokens: list[int]
    read: int


class PromptBuilder:
    """Builds prompts for one model, and remembers the ids of its answers."""

    def __init__(self, template: str, vocab: PromptVocab, renderer: Renderer) -> None:
        self._vocab = vocab
        self._template = ChatTemplate(template, vocab, renderer)
        self._answers: list[_Answer] = []

    @property
    def takes_system(self) -> bool:
        """Return whether the template has a place for a system text; if not, it precedes the first question."""
        return self._template.takes_system

    def check(self) -> None:
        """Check the template and the tokenizer; raise TemplateError where no question can be rendered."""
        self._tokenize_fenced(self._template.check())

    def build(self, messages: Sequence[Message], setup: Setup) -> Prompt:
        """Return the prompt for a conversation; raise TemplateError where the template refuses it."""
        text, ignored = self._template.write(messages, setup)
        tokens = self._tokens(text)
        return Prompt(text, tokens, self._reusable(text, tokens) if _is_follow_up(messages) else 0, ignored)

    def remember(self, prompt: Prompt, answer: str, tokens: Sequence[int], *, read: int) -> None:
        """Use `tokens` for `answer` when it follows `prompt` again, because its text may tokenize to other ids.

        `read` counts the ids that the model has read, the prompt's included; the last sampled one may be missing.
        """
        ids = [*prompt.tokens, *tokens]
        texts = dict.fromkeys((self._template.fenced(answer), self._template.fenced_between_tags(answer)))
        known = (_Answer(prompt.text, prompt.text + text, ids, read) for text in texts)
        self._answers = [*self._answers, *known][-_REMEMBERED:]

    def _tokens(self, text: str) -> list[int]:
        """Return the ids of `text`: sampled ids for the longest known beginning, the rest tokenized in one piece."""
        candidates = (each for each in self._answers if self._continues(text, each.text))
        known = max(candidates, key=lambda each: len(each.text), default=None)
        if known is not None:
            return known.tokens + self._tokenize_fenced(text[len(known.text) :])
        tokens = self._tokenize_fenced(text)
        begin = self._vocab.begin
        return tokens if begin is None or tokens[:1] == [begin] else [begin, *tokens]

    def _reusable(self, text: str, tokens: Sequence[int]) -> int:
        """Return how many tokens of the prompt the model has read for earlier ones.

        Reuse changes the last bits of the logits, and the same question after the same turns must get the same answer.
        So an earlier answer to this very prompt does not count, and nothing is reused for a first question.
        """
        others = (each for each in self._answers if each.prompt != text)
        return max((min(each.read, common_length(each.tokens, tokens)) for each in others), default=0)

    def _continues(self, text: str, known: str) -> bool:
        return text.startswith(known) and text.startswith(self._vocab.seams, len(known))

    def _tokenize_fenced(self, text: str) -> list[int]:
        """Return the ids of `text`, without control tokens between fences."""
        parts = re.split(f"{OPEN}(.*?){CLOSE}", text, flags=re.DOTALL)
        pieces = (self._vocab.tokenize(part, special=index % 2 == 0) for index, part in enumerate(parts) if part)
        return [token for piece in pieces for token in piece]


def common_length(one: Sequence[int], other: Sequence[int]) -> int:
    """Return the length of the common prefix of two sequences."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((index for index, (left, right) in pairs if left != right), min(len(one), len(other)))


def _is_follow_up(messages: Sequence[Message]) -> bool:
    return sum(each.role is Role.USER for each in messages) > 1
