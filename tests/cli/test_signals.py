"""A command that is told to end cleans up first, however impatient whoever tells it."""

import asyncio
import os
import signal

import pytest

from tui.cli.signals import run


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_work_in_order_and_names_the_status(number: signal.Signals) -> None:
    cleaned: list[str] = []

    async def work() -> int:
        try:
            os.kill(os.getpid(), number)
            await asyncio.sleep(60)
        finally:
            os.kill(os.getpid(), number)
            await asyncio.sleep(0.01)
            os.kill(os.getpid(), signal.SIGINT)
            await asyncio.sleep(0.01)
            cleaned.append("up")
        return 0

    assert run(work) == 128 + number
    assert cleaned == ["up"]


def test_work_that_ends_by_itself_gives_its_status() -> None:
    async def work() -> int:
        return 3

    assert run(work) == 3
