"""How long tests wait, in seconds, and what they say when they give up. None of it measures speed."""

import inspect
from collections.abc import Callable

PATIENCE = 20
"""For a condition of a screen, or of an event loop, that nothing but the test holds up."""

GUARD = 300
"""For a process that computes, or a model that answers: against hanging, on a busy machine too."""


def named(condition: Callable[[], object]) -> str:
    """The source of `condition`, so that a test that gives up says what it waited for."""
    try:
        return inspect.getsource(condition).strip()
    except (OSError, TypeError):
        return repr(condition)
