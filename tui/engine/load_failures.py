"""The next step after an engine failed, read off the reason that llama.cpp or the system gave."""

import re

_NO_MEMORY = re.compile(r"bad_alloc|mem_buffer|MemoryError|allocat|memory ran out", re.IGNORECASE)

_ADVICE: tuple[tuple[re.Pattern[str], str], ...] = (
    (_NO_MEMORY, "close other programs or choose a smaller model"),
    (
        re.compile(r"unknown model architecture|unknown pre-tokenizer|only supports up to version"),
        "update duochat or choose another model",
    ),
    (re.compile(r"ModuleNotFoundError|ImportError"), "install duochat again"),
)


def lacks_memory(reason: str) -> bool:
    """Return whether `reason` says that memory ran out."""
    return _NO_MEMORY.search(reason) is not None


def after_failed_load(reason: str) -> str:
    """Return what the user can do about it, as the second half of a sentence."""
    fitting = (advice for pattern, advice in _ADVICE if pattern.search(reason))
    return next(fitting, "fetch the weights again or choose another model")
