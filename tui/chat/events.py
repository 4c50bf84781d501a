"""Events of an engine while it loads and while it answers."""

from dataclasses import dataclass

from tui.chat.conversation import FinishReason, Usage


@dataclass(frozen=True, slots=True)
class Loading:
    """The weights are being read: `fraction` from 0 to 1, None while it is not known."""

    fraction: float | None = None


@dataclass(frozen=True, slots=True)
class Checking:
    """The weights file is hashed, since it changed: `done` of `total` bytes."""

    done: int
    total: int

    @property
    def state(self) -> str:
        """Return what is being done, in words."""
        return f"verifying the weights {100 * self.done // max(1, self.total)} %"


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """The model is ready: `context` in tokens, `engine` a name with its version, `notes` what the user should know.

    `machine` is the processor with what the engine uses of it. `takes_system` is whether the chat template has a place
    for system text; where it has none, that stands in front of the first question.
    """

    engine: str
    context: int
    template_sha256: str
    load_ms: float
    machine: str = ""
    takes_system: bool = True
    notes: tuple[str, ...] = ()
    repacked: int = 0
    """Bytes of weights that were copied into an order that suits this processor better."""
    safe_mode: bool = False
    """Whether it computes without what made llama.cpp crash on this machine."""
    extra_buffers: bool = True
    """Whether llama.cpp was allowed to repack weights (AMX included)."""
    sha256: str | None = None
    """The hash of the weights file that was loaded, None where it was not verified."""
    size: int | None = None
    """Its bytes."""


@dataclass(frozen=True, slots=True)
class Restarted:
    """The engine crashed before it computed anything, was loaded again in the safe mode, and starts over."""

    loaded: Loaded


@dataclass(frozen=True, slots=True)
class Prefill:
    """The prompt is being read: `done` of `total` tokens, of which `reused` came from an earlier turn's memory.

    More than those are done at once where this very question was read before, whole or in part. `think_ignored` says
    that thinking was switched on or off and the chat template has no use for that. The first one carries the `prompt`,
    as the chat template wrote it.
    """

    done: int
    total: int
    reused: int
    dropped_turns: int = 0
    think_ignored: bool = False
    prompt: str | None = None


@dataclass(frozen=True, slots=True)
class Delta:
    """More text, raw; `tokens` counts everything generated so far, this text included."""

    text: str
    thinking: bool
    tokens: int


@dataclass(frozen=True, slots=True)
class Recast:
    """All answer text so far was thinking: the model closed a thinking block that it had never opened."""


@dataclass(frozen=True, slots=True)
class Outdated:
    """The weights file is another one than was loaded, or gone: `message` is one sentence with the next step."""

    message: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The answer ended in order; `tokens` are the ids that were generated."""

    reason: FinishReason
    usage: Usage
    tokens: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Failed:
    """The engine cannot go on: `message` is one sentence with the next step; foreign parts of it are raw.

    `fatal` says that the engine is gone and has to be loaded again before it can answer.
    """

    message: str
    fatal: bool = True


LoadEvent = Loading | Checking | Loaded | Failed

ModelEvent = Prefill | Delta | Recast | Finished | Failed
"""What the worker says while its model answers."""

ReplyEvent = ModelEvent | Restarted | Checking | Outdated
