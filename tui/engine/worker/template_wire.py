"""Messages between a worker and its template sandbox: one line of JSON each."""

from typing import Any

import msgspec

MAX_PROMPT = 16 << 20
"""Characters of the longest prompt that the sandbox returns."""

READY = b"ready\n"
"""The sandbox's first line: it renders from now on."""


class Job(msgspec.Struct, frozen=True):
    """A template and its variables."""

    template: str
    variables: dict[str, Any]


class Rendered(msgspec.Struct, frozen=True):
    """The prompt, or the reason why there is none."""

    prompt: str | None = None
    error: str | None = None
