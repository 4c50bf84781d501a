"""Owns the next step after weights could not be loaded, read off the reason that llama.cpp or the system gave."""

import re

_ADVICE: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"bad_alloc|mem_buffer|MemoryError|allocat|memory ran out", re.IGNORECASE),
        "close other programs or choose a smaller model",
    ),
    (
        re.compile(r"unknown model architecture|unknown pre-tokenizer|only supports up to version"),
        "update duochat or choose another model",
    ),
    (re.compile(r"ModuleNotFoundError|ImportError"), "install duochat again"),
    (re.compile(r"built for another processor"), "compile llama-cpp-python again on this machine"),
)


def after_failed_load(reason: str) -> str:
    """What the user can do about it, as the second half of a sentence."""
    fitting = (advice for pattern, advice in _ADVICE if pattern.search(reason))
    return next(fitting, "fetch the weights again or choose another model")
