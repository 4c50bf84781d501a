"""llama.cpp: its log, a model and its context, through llama-cpp-python's C interface."""

from __future__ import annotations

import ctypes
import re
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tui.engine.load_failures import after_failed_load
from tui.engine.worker.binding import lib
from tui.engine.worker.vocabulary import Vocab
from tui.models.gguf.types import CPU_BATCH

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_WARN, _ERROR, _CONTINUED = 3, 4, 5
"""Levels of ggml's log (`ggml_log_level` in ggml.h)."""

_GPU_BATCH = 512
"""Tokens read at once on a GPU."""

_REPACKED = re.compile(rb"(?:_REPACK|AMX) model buffer size = +([\d.]+) MiB")
"""llama.cpp has no call that tells it."""

_SMALLEST_CONTEXT = 512

_WARM_UP_TOKENS = 8
"""More than one, so that the kernels which multiply matrices run: those for a single token are others."""

_SLOW_TOKEN_S = 0.05
"""A stop waits for a token that takes less: llama.cpp asks for one at each of hundreds of operations, which takes up to
1 % of a small model's time."""


class LlamaError(Exception):
    """What llama.cpp could not do, as one sentence with the next step."""


class Log:
    """llama.cpp's warnings and errors, written to standard error; the last errors are kept for a sentence.

    `repacked` counts the bytes of weights that were copied into an order that suits this CPU better.
    """

    def __init__(self) -> None:
        self.repacked = 0
        self._errors: deque[str] = deque(maxlen=8)
        self._level = 0
        self._callback = lib.llama_log_callback(self._hear)
        lib.llama_log_set(self._callback, ctypes.c_void_p(0))

    @property
    def reason(self) -> str:
        """The first of the last errors, which is the one nearest to the cause, or "no reason given"."""
        said = (line.partition(": ")[2].removeprefix("error loading model: ") or line for line in self._errors)
        return next((line for line in said if line), "no reason given")

    def _hear(self, level: int, text: bytes, _: object) -> None:
        self._level = self._level if level == _CONTINUED else level
        if self._level not in (_WARN, _ERROR):
            self.repacked += sum(int(float(size) * 2**20) for size in _REPACKED.findall(text))
            return
        line = text.decode(errors="replace")
        sys.stderr.write(line)
        sys.stderr.flush()
        if self._level == _ERROR and line.strip():
            self._errors.append(line.strip())


def _give_memory_back() -> None:
    """Hands the system what was freed; glibc would keep it, and alone has a call for that."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(ctypes.c_size_t(0))


class Model:
    """The weights of one file; `close` or the end of the process gives them back.

    `extra_buffers` lets llama.cpp copy weights into layouts that other kernels want (see `tui.engine.process.extra_buffers`).
    """

    def __init__(self, path: Path, log: Log, progress: Callable[[float], None], *, extra_buffers: bool) -> None:
        def hear(fraction: float, _: object) -> bool:
            progress(fraction)
            return True

        params = lib.llama_model_default_params()
        params.n_gpu_layers = -1 if lib.llama_supports_gpu_offload() else 0
        params.load_mode = lib.LLAMA_LOAD_MODE_MMAP
        params.use_extra_bufts = extra_buffers
        params.progress_callback = lib.llama_progress_callback(hear)
        repacked = log.repacked
        pointer = lib.llama_model_load_from_file(bytes(path), params)
        if not pointer:
            raise LlamaError(f"The weights cannot be loaded ({log.reason}); {after_failed_load(log.reason)}.")
        _give_memory_back()
        self.pointer = pointer
        self.repacked = log.repacked - repacked
        self.vocab = Vocab(lib.llama_model_get_vocab(pointer))
        if lib.llama_model_has_encoder(pointer) or not lib.llama_model_has_decoder(pointer) or not self.vocab.size:
            self.close()  # beside a second model, the worker lives on
            raise LlamaError("This is not a model that writes text; choose another one.")

    @property
    def trained_context(self) -> int:
        """How many tokens of context the model was made for; 0 where the file does not say."""
        return max(0, int(lib.llama_model_n_ctx_train(self.pointer)))

    @property
    def template(self) -> bytes | None:
        """The chat template as the file holds it, or None."""
        template: bytes | None = lib.llama_model_chat_template(self.pointer, None)
        return template

    @property
    def remembers_states(self) -> bool:
        """Whether its memory is a running state, which cannot be cut back, rather than an entry for each token."""
        return bool(lib.llama_model_is_recurrent(self.pointer) or lib.llama_model_is_hybrid(self.pointer))

    def close(self) -> None:
        """Gives the weights back; its contexts have to be closed by then."""
        lib.llama_model_free(self.pointer)


class Context:
    """The model's memory of one conversation: `held` are the tokens that it has read, in order.

    With `logits`, those of every token in a batch can be read: up to a megabyte each, so that batches stay small.
    """

    def __init__(
        self, model: Model, wanted: int, log: Log, stopped: Callable[[], bool], *, logits: bool = False
    ) -> None:
        self._cuttable = not model.remembers_states
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
        self.pointer = self._made(model, log)
        self._memory = lib.llama_get_memory(self.pointer)
        self.held: list[int] = []
        self._reading = (0, 0)

    @property
    def room(self) -> int:
        """How many more tokens it can hold."""
        return self.size - len(self.held)

    def decode(self, tokens: Sequence[int], outputs: int = 1) -> bool:
        """Reads up to `batch` tokens, and gives logits for the last `outputs` of them.

        False when that was stopped, and then nothing of them is remembered.
        """
        self._make_abortable(len(tokens) > 1 or self._token_s > _SLOW_TOKEN_S)
        began = time.monotonic()
        status = self._decoded(tokens, outputs)
        self._token_s = (time.monotonic() - began) / len(tokens)
        if status == 0:
            self.held += tokens
            return True
        self.cut(len(self.held), unsure=True)
        if status == 2:
            return False
        raise LlamaError(f"llama.cpp could not go on (status {status}); ask again, or load the model again.")

    def _decoded(self, tokens: Sequence[int], outputs: int) -> int:
        """llama.cpp's status after it read `tokens`; for a single one, as an answer is written, nothing is built."""
        if len(tokens) == 1 == outputs:
            self._token[0] = tokens[0]
            return int(lib.llama_decode(self.pointer, self._single))
        array = (lib.llama_token * len(tokens))(*tokens)
        flags = (ctypes.c_int8 * len(tokens))(*[0] * (len(tokens) - outputs), *[1] * outputs)
        batch = lib.llama_batch_get_one(array, len(tokens))
        batch.logits = flags
        return int(lib.llama_decode(self.pointer, batch))

    def warm_up(self, threads: int) -> None:
        """Compute a few tokens at once and a single one on `threads`, then forget them.

        A build of llama.cpp that cannot compute on this processor ends the process here. What is computed later does
        not depend on it. Raises LlamaError.
        """
        self.set_threads(threads, threads)
        few = min(_WARM_UP_TOKENS, self.size - 1)
        self.decode([0] * few)
        self.decode([0])
        lib.llama_memory_clear(self._memory, True)
        self.held.clear()

    def cut(self, length: int, *, unsure: bool = False) -> None:
        """Forgets all but the first `length` tokens, or everything where the model cannot forget a part.

        `unsure` says that the memory may hold more than `held` knows of.
        """
        if length == len(self.held) and not unsure:
            return
        if length and self._cuttable and lib.llama_memory_seq_rm(self._memory, 0, length, -1):
            del self.held[length:]
            return
        lib.llama_memory_clear(self._memory, False)
        self.held.clear()

    def go_back(self, start: int, alike: int) -> int:
        """Forgets all but the first `start` tokens, and returns how many are left of those.

        Of the first `alike` tokens, which are to be read now, those stay that the latest reading read from `start` on
        in whole batches: read again, they would come in the same batches, and be remembered the same to the bit.
        """
        since, until = self._reading
        whole = (min(alike, until) - start) // self.batch * self.batch if since == start else 0
        self.cut(start + max(0, whole))
        if len(self.held) < start:  # it could only forget everything
            start = 0
        self._reading = (start, len(self.held))
        return start

    def note_reading(self) -> None:
        """What is held now was read since `go_back`, batch by batch."""
        self._reading = (self._reading[0], len(self.held))

    def logits(self, count: int) -> npt.NDArray[np.float32]:
        """The logits of the last batch's `count` outputs, (count, vocabulary); gone when it reads on."""
        import numpy as np  # noqa: PLC0415 - only a worker whose logits are read needs it

        if not count:
            return np.empty((0, self._vocab_size), np.float32)
        return np.ctypeslib.as_array(lib.llama_get_logits(self.pointer), (count, self._vocab_size))

    def close(self) -> None:
        """Gives the memory back; nothing else may be asked of it then."""
        lib.llama_free(self.pointer)
        _give_memory_back()

    def set_threads(self, writing: int, reading: int) -> None:
        """Computes one token, or many, on so many threads; without flash attention that never changes a result."""
        if self._threads != (writing, reading):
            self._threads = (writing, reading)
            lib.llama_set_n_threads(self.pointer, writing, reading)

    def _make_abortable(self, abortable: bool) -> None:
        """Lets a stop end what is computed next, or wait for it."""
        if abortable != self._abortable:
            self._abortable = abortable
            lib.llama_set_abort_callback(self.pointer, self._abort if abortable else lib.ggml_abort_callback(), None)

    def _made(self, model: Model, log: Log) -> lib.llama_context_p:
        """A context of `size` tokens, or of the half, the quarter and so on, where memory does not allow more."""
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
