"""Owns how a command without a screen ends early: in order, so that what was said is kept."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress

_ENDING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


def run(work: Callable[[], Awaitable[int]]) -> int:
    """The status that `work` returns; a signal cancels it, lets it clean up, and makes the status 128 + its number."""
    return asyncio.run(_guarded(work))


async def _guarded(work: Callable[[], Awaitable[int]]) -> int:
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(work())
    caught: list[int] = []

    def end(number: int) -> None:
        caught.append(number)
        task.cancel()

    for number in _ENDING:
        with suppress(NotImplementedError):
            loop.add_signal_handler(number, end, number)
    try:
        return await task
    except asyncio.CancelledError:
        if not caught:
            raise
        return 128 + caught[0]
