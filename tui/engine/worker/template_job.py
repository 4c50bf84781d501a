"""The messages between a worker and the child that renders chat templates, a line of JSON each."""

from typing import Any

import msgspec

MAX_PROMPT = 16 << 20
"""Characters of the longest prompt that is handed back."""

READY = b"ready\n"
"""The child's first line: from now on it renders."""


class Job(msgspec.Struct, frozen=True):
    """A template, and the variables that it sees."""

    template: str
    variables: dict[str, Any]


class Rendered(msgspec.Struct, frozen=True):
    """The prompt, or the reason why there is none."""

    prompt: str | None = None
    error: str | None = None
