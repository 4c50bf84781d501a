"""Whoever asked may leave at any moment: the cancellation is never lost to an event that comes at the same time."""

import asyncio
import os
import sys
from contextlib import suppress
from pathlib import Path

from tests import tiny
from tests.engine.asking import ONE, collect, loaded, setup, user
from tests.engine.process.test_engine import ENDLESS
from tests.patience import GUARD
from tui.engine.process.engine import ProcessEngine
from tui.engine.process.worker_process import WorkerProcess


async def test_a_reply_that_is_cancelled_as_an_event_comes_is_cancelled(tmp_path: Path) -> None:
    model = tiny.write(tmp_path / "endless.gguf", script=ENDLESS, context=100_000)
    async with loaded(model, context=100_000) as engine:
        for _ in range(5):
            asking = asyncio.create_task(collect(engine.reply((user("sing"),), setup(max_tokens=90_000), ONE)))
            await asyncio.sleep(0.2)
            inner = engine._engine
            assert isinstance(inner, ProcessEngine)
            worker = inner._worker
            assert worker is not None
            while worker._events.empty():  # noqa: ASYNC110 - the very turn of the loop in which an event arrives matters
                await asyncio.sleep(0)
            asking.cancel()
            await asyncio.wait([asking], timeout=GUARD)
            assert asking.cancelled()


async def test_an_ending_that_was_cancelled_can_be_waited_for_again() -> None:
    for turns in range(2, 8):
        worker = await WorkerProcess.spawn(sys.executable, os.environ)
        ending = asyncio.create_task(worker.end(grace=0))
        for _ in range(turns):
            await asyncio.sleep(0)
        ending.cancel()
        with suppress(asyncio.CancelledError):
            await ending
        await worker.end()
        assert await worker.next_event() is None
