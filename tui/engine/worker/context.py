"""A llama.cpp context: the tokens that a model has read, and its computation of the next logits."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from tui.engine.cores import Threads
from tui.engine.worker.binding import lib
from tui.engine.worker.model import LlamaError, Log, Model, return_freed_memory
from tui.models.gguf.types import CPU_BATCH

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_GPU_BATCH = 512
"""Tokens that a GPU reads at once."""

_SMALLEST_CONTEXT = 512

_WARM_UP_TOKENS = 8
"""More than one, because llama.cpp has other kernels for several tokens than for a single one."""

_SLOW_TOKEN_S = 0.05
"""A stop waits for a token that takes less: checking for it at hundreds of operations costs 1 % of a small model."""


class Control(Protocol):
    """What the parent may change, at any time and in another thread, while a request is processed."""

    @property
    def threads(self) -> Threads:
        """Return the number of threads to compute with now."""
        ...

    def stopped(self) -> bool:
        """Return whether the request is to stop."""
        ...


class StoppedError(Exception):
    """The request was stopped."""


class Context:
    """A model's KV cache; `held` are the tokens in it, in order.

    `stopped` is called while tokens are computed, in one of llama.cpp's threads. With `logits`, those of every token in
    a batch can be read. They take up to a megabyte each, so batches are small.
    """

    def __init__(
        self, model: Model, wanted: int, log: Log, stopped: Callable[[], bool], *, logits: bool = False
    ) -> None:
        self._can_be_cut = not model.is_recurrent
        self._stopped = stopped
        self._abort = lib.ggml_abort_callback(lambda _: stopped())
        self._abortable = True
        self._token_s = 0.0
        self._threads = (0, 0)
        self._token = (lib.llama_token * 1)()
        self._single = lib.llama_batch_get_one(self._token, 1)
        self._vocab_size = model.vocab.size
        self.batch = _GPU_BATCH if lib.llama_supports_gpu_offload() and not logits else CPU_BATCH
        self._outputs = self.batch if logits else 1
        self.size = min(wanted, model.trained_context or wanted)
        self.pointer = self._create(model, log)
        self._memory = lib.llama_get_memory(self.pointer)
        self.held: list[int] = []
        self._last_read = (0, 0)

    @property
    def room(self) -> int:
        """Return how many more tokens fit."""
        return self.size - len(self.held)

    def decode(self, tokens: Sequence[int], outputs: int = 1) -> None:
        """Read up to `batch` tokens, and compute logits for the last `outputs` of them.

        Raises StoppedError, after which none of them is held, and LlamaError.
        """
        if self._stopped():
            raise StoppedError
        self._set_abortable(len(tokens) > 1 or self._token_s > _SLOW_TOKEN_S)
        began = time.monotonic()
        status = self._decode(tokens, outputs)
        self._token_s = (time.monotonic() - began) / len(tokens)
        if status == 0:
            self.held += tokens
            return
        self.cut(len(self.held), unsure=True)
        if status == 2:
            raise StoppedError
        raise LlamaError(f"llama.cpp could not go on (status {status}); ask again, or load the model again.")

    def _decode(self, tokens: Sequence[int], outputs: int) -> int:
        """Return llama.cpp's status for `tokens`; a single one, as in an answer, allocates nothing."""
        if len(tokens) == 1 == outputs:
            self._token[0] = tokens[0]
            return int(lib.llama_decode(self.pointer, self._single))
        array = (lib.llama_token * len(tokens))(*tokens)
        flags = (ctypes.c_int8 * len(tokens))(*[0] * (len(tokens) - outputs), *[1] * outputs)
        batch = lib.llama_batch_get_one(array, len(tokens))
        batch.logits = flags
        return int(lib.llama_decode(self.pointer, batch))

    def warm_up(self, threads: int) -> None:
        """Compute several tokens at once and a single one on `threads`, then forget them.

        A build of llama.cpp that cannot compute on this processor ends the process here. Later results do not depend
        on the warm-up. Raises LlamaError.
        """
        self.set_threads(threads, threads)
        with suppress(StoppedError):
            self.decode([0] * min(_WARM_UP_TOKENS, self.size - 1))
            self.decode([0])
        lib.llama_memory_clear(self._memory, True)
        self.held.clear()

    def cut(self, length: int, *, unsure: bool = False) -> None:
        """Forget all but the first `length` tokens, or all where the model cannot forget a part.

        `unsure` means that the cache may contain more than `held`.
        """
        if length == len(self.held) and not unsure:
            return
        if length and self._can_be_cut and lib.llama_memory_seq_rm(self._memory, 0, length, -1):
            del self.held[length:]
            return
        lib.llama_memory_clear(self._memory, False)
        self.held.clear()

    def rewind(self, start: int, alike: int) -> int:
        """Forget all but the first `start` tokens; return how many of those are left.

        The first `alike` tokens are to be read now. Of these, whole batches stay that were last read from `start` on:
        read again, they would come in the same batches and give the same bits.
        """
        since, until = self._last_read
        whole = (min(alike, until) - start) // self.batch * self.batch if since == start else 0
        self.cut(start + max(0, whole))
        if len(self.held) < start:  # the model can only forget everything
            start = 0
        self._last_read = (start, len(self.held))
        return start

    def mark_read(self) -> None:
        """Record that the held tokens were read batch by batch since `rewind`."""
        self._last_read = (self._last_read[0], len(self.held))

    def logits(self, count: int) -> npt.NDArray[np.float32]:
        """Return the logits of the last batch's `count` outputs, (count, vocabulary), valid until the next `decode`."""
        import numpy as np  # noqa: PLC0415 - only scoring and comparing need it

        if not count:
            return np.empty((0, self._vocab_size), np.float32)
        return np.ctypeslib.as_array(lib.llama_get_logits(self.pointer), (count, self._vocab_size))

    def close(self) -> None:
        """Free the context, which cannot be used afterwards."""
        lib.llama_free(self.pointer)
        return_freed_memory()

    def set_threads(self, writing: int, reading: int) -> None:
        """Compute single tokens and batches on so many threads; without flash attention this changes no result."""
        if self._threads != (writing, reading):
            self._threads = (writing, reading)
            lib.llama_set_n_threads(self.pointer, writing, reading)

    def _set_abortable(self, abortable: bool) -> None:
        """Let a stop end the next computation, or wait for it."""
        if abortable != self._abortable:
            self._abortable = abortable
            lib.llama_set_abort_callback(self.pointer, self._abort if abortable else lib.ggml_abort_callback(), None)

    def _create(self, model: Model, log: Log) -> lib.llama_context_p:
        """Create a context of `size` tokens, or of a half, a quarter and so on where memory does not suffice."""
        while True:
            pointer: lib.llama_context_p | None = lib.llama_init_from_model(model.pointer, self._params())
            if pointer:
                return pointer
            if self.size // 2 < _SMALLEST_CONTEXT:
                raise LlamaError(
                    f"The model has no room for {self.size:,} tokens of context ({log.reason}); "
                    "close other programs or choose a smaller model."
                )
            self.size //= 2

    def _params(self) -> lib.llama_context_params:
        params: lib.llama_context_params = lib.llama_context_default_params()
        params.n_ctx = self.size
        params.n_batch = params.n_ubatch = self.batch
        params.n_outputs_max = self._outputs
        params.n_threads = params.n_threads_batch = 1
        gpu = lib.llama_supports_gpu_offload()
        # On a CPU, flash attention lets the number of threads change the tokens.
        params.flash_attn_type = lib.LLAMA_FLASH_ATTN_TYPE_AUTO if gpu else lib.LLAMA_FLASH_ATTN_TYPE_DISABLED
        params.abort_callback = self._abort
        return params
