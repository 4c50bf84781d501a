"""The next step for a model that did not load, by the reason that llama.cpp or the system gave."""

import re

_NO_MEMORY = re.compile(r"bad_alloc|mem_buffer|MemoryError|allocat|memory ran out", re.IGNORECASE)

_STEPS: tuple[tuple[re.Pattern[str], str], ...] = (
    (_NO_MEMORY, "close other programs or choose a smaller model"),
    (
        re.compile(r"unknown model architecture|unknown pre-tokenizer|only supports up to version"),
        "update duochat or choose another model",
    ),
    (re.compile(r"ModuleNotFoundError|ImportError"), "install duochat again"),
)


def is_out_of_memory(reason: str) -> bool:
    """Return whether `reason` says that memory ran out."""
    return _NO_MEMORY.search(reason) is not None


def next_step(reason: str) -> str:
    """Return the next step for the user, as the second half of a sentence."""
    matches = (step for pattern, step in _STEPS if pattern.search(reason))
    return next(matches, "fetch the weights again or choose another model")
