"""A model loaded by llama.cpp, and llama.cpp's log."""

import ctypes
import re
import sys
from collections import deque
from collections.abc import Callable
from pathlib import Path

from tui.engine.load_failures import next_step
from tui.engine.worker.binding import lib
from tui.engine.worker.vocabulary import Vocab

_WARN, _ERROR, _CONTINUED = 3, 4, 5
"""Levels of ggml's log (`ggml_log_level` in ggml.h)."""

_REPACKED = re.compile(rb"(?:_REPACK|AMX) model buffer size = +([\d.]+) MiB")
"""A line of the log; no function of llama.cpp returns this size."""


class LlamaError(Exception):
    """llama.cpp failed; the message is one sentence with the next step."""


class Log:
    """llama.cpp's warnings and errors, copied to standard error; the last errors are kept.

    `repacked` counts the bytes of weights that were copied into extra buffers.
    """

    def __init__(self) -> None:
        self.repacked = 0
        self._errors: deque[str] = deque(maxlen=8)
        self._level = 0
        self._callback = lib.llama_log_callback(self._record)
        lib.llama_log_set(self._callback, ctypes.c_void_p(0))

    @property
    def reason(self) -> str:
        """Return the first of the last errors, which is nearest to the cause, or "no reason given"."""
        texts = (line.partition(": ")[2].removeprefix("error loading model: ") or line for line in self._errors)
        return next((text for text in texts if text), "no reason given")

    def _record(self, level: int, text: bytes, _: object) -> None:
        self._level = self._level if level == _CONTINUED else level
        if self._level not in (_WARN, _ERROR):
            self.repacked += sum(int(float(size) * 2**20) for size in _REPACKED.findall(text))
            return
        line = text.decode(errors="replace")
        sys.stderr.write(line)
        sys.stderr.flush()
        if self._level == _ERROR and line.strip():
            self._errors.append(line.strip())


class Model:
    """The weights of one file, in memory until `close` or the end of the process.

    `extra_buffers` lets llama.cpp repack weights (see `tui.engine.process.extra_buffers`).
    """

    def __init__(self, path: Path, log: Log, progress: Callable[[float], None], *, extra_buffers: bool) -> None:
        def report(fraction: float, _: object) -> bool:
            progress(fraction)
            return True

        params = lib.llama_model_default_params()
        params.n_gpu_layers = -1 if lib.llama_supports_gpu_offload() else 0
        params.load_mode = lib.LLAMA_LOAD_MODE_MMAP
        params.use_extra_bufts = extra_buffers
        params.progress_callback = lib.llama_progress_callback(report)
        repacked = log.repacked
        pointer = lib.llama_model_load_from_file(bytes(path), params)
        if not pointer:
            raise LlamaError(f"The weights cannot be loaded ({log.reason}); {next_step(log.reason)}.")
        return_freed_memory()
        self.pointer = pointer
        self.repacked = log.repacked - repacked
        self.vocab = Vocab(lib.llama_model_get_vocab(pointer))
        if lib.llama_model_has_encoder(pointer) or not lib.llama_model_has_decoder(pointer) or not self.vocab.size:
            self.close()  # this worker may go on with another model
            raise LlamaError("This is not a model that writes text; choose another one.")

    @property
    def trained_context(self) -> int:
        """Return the tokens of context that the model was trained for; 0 where the file does not say."""
        return max(0, int(lib.llama_model_n_ctx_train(self.pointer)))

    @property
    def template(self) -> bytes | None:
        """Return the chat template in the file, or None."""
        template: bytes | None = lib.llama_model_chat_template(self.pointer, None)
        return template

    @property
    def is_recurrent(self) -> bool:
        """Return whether the model keeps a running state, which cannot be cut back, instead of an entry per token."""
        return bool(lib.llama_model_is_recurrent(self.pointer) or lib.llama_model_is_hybrid(self.pointer))

    def close(self) -> None:
        """Free the weights; close the contexts first."""
        lib.llama_model_free(self.pointer)


def return_freed_memory() -> None:
    """Return freed memory to the system; only glibc keeps it, and only glibc has this function."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(ctypes.c_size_t(0))
