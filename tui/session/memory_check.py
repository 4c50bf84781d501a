"""What is known of two models before anything is loaded: what is on disk, and whether both fit into memory."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tui.chat.conversation import Side
from tui.chat.generation_settings import Overrides
from tui.errors import UserError
from tui.models import local, memory
from tui.models.catalogue.spec import ModelSpec
from tui.models.gguf import metadata
from tui.models.gguf.cache import Read
from tui.models.weights.ledger import NO_LEDGER, Ledger


class PrepareError(UserError):
    """A model cannot be prepared; the message is one sentence with the next step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The model that is selected for a side, and the user's overrides."""

    spec: ModelSpec
    overrides: Overrides = field(default_factory=Overrides)
    extra_buffers: bool | None = None
    """Whether llama.cpp may repack the weights; None where that goes by what was measured."""

    @property
    def context(self) -> int:
        """Return the tokens of context to ask the engine for."""
        return self.overrides.context or self.spec.default_context


Selections = Mapping[Side, Selection]


@dataclass(frozen=True, slots=True)
class Fit:
    """Bytes of memory needed and available; `refusal` says why the models cannot run together, or is None."""

    needed: int
    available: int
    refusal: str | None


class MemoryCheck:
    """Checks whether models fit into memory.

    `available` returns the bytes that are free, `headers` the header of a GGUF file. `copied` returns how many bytes of
    weights, given by tensor type, a worker copies; its second argument is what `Selection` says of extra buffers.
    """

    def __init__(
        self,
        *,
        environ: Mapping[str, str],
        available: Callable[[], int],
        headers: Read = metadata.read,
        copied: Callable[[Mapping[str, int], bool | None], int] = lambda *_: 0,
        ledger: Ledger = NO_LEDGER,
    ) -> None:
        self._environ = environ
        self._available = available
        self._headers = headers
        self._copied = copied
        self.ledger = ledger
        """Which weights files were hashed."""

    def on_disk(self, spec: ModelSpec) -> Path | None:
        """Return the weights file of `spec` where it is complete on this disk."""
        return local.find(spec, self._environ)

    def is_verified(self, spec: ModelSpec) -> bool:
        """Return whether the weights of `spec` are on this disk and were hashed since they last changed."""
        path = self.on_disk(spec)
        entry = None if path is None else self.ledger.current(path)
        return path is not None and entry is not None and local.expected_sha256(spec, path) in {None, entry.sha256}

    def state(self, spec: ModelSpec) -> local.State:
        """Return whether the weights of `spec` are on this disk: complete, partial, or not at all."""
        return local.state(spec, self._environ)

    def header(self, path: Path) -> metadata.Header:
        """Return the header of the GGUF file at `path`. Raises PrepareError."""
        try:
            return self._headers(path)
        except (metadata.GgufError, OSError) as error:
            raise PrepareError(str(error)) from error

    def fit(self, selections: Selections, held: int = 0) -> Fit:
        """Return what `selections` need together and what is free now with the `held` bytes. Raises PrepareError.

        `held` is what is taken now and will be free for `selections`.
        """
        needs = {side: self.need(selection) for side, selection in selections.items()}
        available = self._available() + held
        return Fit(sum(memory.together(needs)), available, memory.refusal(needs, available))

    def need(self, selection: Selection) -> memory.Need:
        """Return what `selection` needs. Raises PrepareError."""
        path = self.on_disk(selection.spec)
        header = self.header(path) if path is not None else None
        size = path.stat().st_size if path else selection.spec.size or 0
        copied = self._copied(header.weights, selection.extra_buffers) if header is not None else 0
        return memory.need(size, header, selection.context, copied=copied, file=path)
