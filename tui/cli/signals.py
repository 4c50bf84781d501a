"""Owns how a command without a screen ends early: in order, so that what was said is kept."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress

_ENDING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


def run(work: Callable[[], Awaitable[int]]) -> int:
    """The status that `work` returns; a signal cancels it, lets it clean up, and makes the status 128 + its number.

    Further signals change nothing: cleaning up takes seconds at the most, and cut short it would leave things lying.
    """
    return asyncio.run(_guarded(work))


async def _guarded(work: Callable[[], Awaitable[int]]) -> int:
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(work())
    caught: list[int] = []

    def end(number: int) -> None:
        if not caught:
            task.cancel()
        caught.append(number)

    for number in _ENDING:
        with suppress(NotImplementedError):
            loop.add_signal_handler(number, end, number)
    try:
        return await task
    except asyncio.CancelledError:
        if not caught:
            raise
        return 128 + caught[0]
