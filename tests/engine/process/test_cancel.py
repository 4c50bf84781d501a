"""Cancellations and stops at the moments at which they could be lost."""

import asyncio
import os
import sys
import threading
from contextlib import suppress
from pathlib import Path

from tests import tiny
from tests.engine.asking import ONE, ask, collect_checked, loaded, setup, user
from tests.engine.process.test_engine import ENDLESS
from tests.patience import GUARD
from tui.chat.scores import Contrast, Done, Passage
from tui.engine.process.engine import ProcessEngine
from tui.engine.process.worker_process import WorkerProcess


async def test_cancelling_a_reply_as_an_event_comes_cancels_it(tmp_path: Path) -> None:
    model = tiny.write(tmp_path / "endless.gguf", script=ENDLESS, context=100_000)
    async with loaded(model, context=100_000) as engine:
        for _ in range(5):
            asking = asyncio.create_task(collect_checked(engine.reply((user("sing"),), setup(max_tokens=90_000), ONE)))
            await asyncio.sleep(0.2)
            inner = engine._engine
            assert isinstance(inner, ProcessEngine)
            worker = inner._worker
            assert worker is not None
            while worker._events.empty():  # noqa: ASYNC110 - it must be the turn of the loop in which an event arrives
                await asyncio.sleep(0)
            asking.cancel()
            await asyncio.wait([asking], timeout=GUARD)
            assert asking.cancelled()


async def test_ending_a_worker_can_be_repeated_after_a_cancellation() -> None:
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


async def test_stop_before_a_comparison_reaches_the_worker_ends_it(tmp_path: Path) -> None:
    model = tiny.write(tmp_path / "random.gguf")
    other = tiny.write(tmp_path / "other.gguf")
    looking, stopped = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def extra_buffers(path: Path) -> bool:
        if path == other:
            loop.call_soon_threadsafe(looking.set)
            assert stopped.wait(GUARD)
        return True

    async with loaded(model, extra_buffers=extra_buffers) as engine:
        events = engine.contrast(other, Contrast(Passage("a cat " * 50), (), setup()), ONE)
        comparing = asyncio.create_task(anext(events))
        await looking.wait()
        await engine.stop()
        stopped.set()
        assert await comparing == Done(stopped=True)
        assert [event async for event in events] == []
        assert (await ask(engine, "hi", max_tokens=2)).usage.completion_tokens <= 2
