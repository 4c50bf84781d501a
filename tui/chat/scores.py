"""A text that a model is asked to read, and the scores of its tokens.

Log-probabilities and divergences are in nats; places are byte offsets into the UTF-8 of the text.
"""

from dataclasses import dataclass

from tui.chat.conversation import Message, Setup
from tui.chat.events import Failed, Loading

WINDOW = 512
"""Tokens that are read at once: what llama-perplexity does unless told otherwise."""

STRANGERS = (
    "The two models have different vocabularies, so that what they expect cannot be compared token by token; choose "
    "two quants of one model."
)
"""Why two models cannot be compared."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A text that stands for itself.

    It is read in windows of `window` tokens, the second half of each counted, as llama-perplexity does
    (tools/perplexity in llama.cpp); what is left over at the end is not read. A text of less than two windows is one
    window, all of it counted but what nothing stands before.
    """

    text: str
    window: int = WINDOW


@dataclass(frozen=True, slots=True)
class Continuation:
    """`text` as the answer to the last of `messages`, as if the model that reads it had written it without thinking."""

    messages: tuple[Message, ...]
    setup: Setup
    text: str


Subject = Passage | Continuation


@dataclass(frozen=True, slots=True)
class TokenScore:
    """One token of the text, and how likely it was after all before it."""

    start: int
    end: int
    log_prob: float


@dataclass(frozen=True, slots=True)
class Scored:
    """More of the counted tokens; `done` of `total` tokens have been read."""

    tokens: tuple[TokenScore, ...]
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Done:
    """The text is read to its end, unless it was `stopped`."""

    stopped: bool = False


@dataclass(frozen=True, slots=True)
class Contrast:
    """What two models with one vocabulary are to be compared over: `text`, and the likeliest answers to `prompts`."""

    text: Passage
    prompts: tuple[str, ...]
    setup: Setup


@dataclass(frozen=True, slots=True)
class Divergence:
    """One token of the text, and what both models expected there.

    `nats` is the Kullback-Leibler divergence of the second model's next-token distribution from the first's, `agree`
    whether both hold the same token for the likeliest, `log_probs` what each gave the token that came.
    """

    start: int
    end: int
    nats: float
    agree: bool
    log_probs: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Diverged:
    """More of the counted tokens of the text; `done` of `total` tokens have been read."""

    tokens: tuple[Divergence, ...]
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Parted:
    """Both models' likeliest answers to one prompt: `same` tokens in common, and their text.

    `tokens` are what each wrote next where they part, "" for the end of an answer; None where they never do.
    """

    prompt: str
    same: int
    text: str
    tokens: tuple[str, str] | None


ScoreEvent = Scored | Done | Failed
ContrastEvent = Loading | Diverged | Parted | Done | Failed
