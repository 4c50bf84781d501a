"""Two bare decode loops: they write what workers do, until they are stopped; how fast that was is all one."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from pathlib import Path

import msgspec
import pytest

from tests import tiny
from tests.engine.asking import hear
from tests.engines import engine, engines
from tui.archive.store import Archive
from tui.bench import loops
from tui.bench.figures import BenchError
from tui.bench.lab import Chosen, Lab, Scale
from tui.bench.timeline import rates
from tui.chat.conversation import Side
from tui.engine.cores import Cores
from tui.engine.steering import Steering
from tui.engine.wire import Reply
from tui.models.catalogue import catalogue

CONTEXT = 32_768

Lend = Callable[[Path], Lab]


@pytest.fixture
async def lend(tmp_path: Path) -> AsyncIterator[Lend]:
    archive = Archive.open(tmp_path / "archive.db")
    scale = Scale(seconds=0.3, context=CONTEXT)

    def made(path: Path) -> Lab:
        pair = {side: Chosen(catalogue.Catalogue(()).find(str(path)), path) for side in Side}
        return Lab(pair=pair, archive=archive, engines=engines(), cores=Cores(2), scale=scale, say=lambda _: None)

    yield made
    archive.close()


async def test_both_write_until_they_are_stopped(tmp_path: Path, lend: Lend) -> None:
    lab = lend(tiny.write(tmp_path / "short.gguf", context=100_000, script={"\n": ["Hello"]}))
    heard = await loops.heard(lab, lab.question())
    assert list(heard) == list(Side)
    assert all(rate > 0 for rate in rates(heard).values())
    assert not any(timeline.cut for timeline in heard.values())


async def test_a_loop_writes_what_a_worker_does(tmp_path: Path, lend: Lend) -> None:
    path = tiny.write(tmp_path / "random.gguf", context=100_000, begin=True)
    requests = loops.arguments(lend(path), Side.LEFT, "Tell me <|im_end|> everything.")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tui.bench.loop", *requests),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    process.stdin.write(b"\n")
    assert await process.stdout.readline() == b"writing\n"
    process.stdin.close()
    said = await process.stdout.read()
    assert await process.wait() == 0
    written = [token for token, _ in msgspec.json.decode(said, type=list[tuple[int, float]])]
    reply = msgspec.json.decode(requests[1], type=Reply)
    worker = engine(path, CONTEXT)
    async with aclosing(worker.load()) as loading:
        assert [event async for event in loading]
    steering = Steering(ignore_end=True, stop_after=len(written))
    heard = await hear(worker.reply(reply.messages, reply.setup, reply.threads, steering))
    await worker.close()
    assert heard.tokens == tuple(written)


async def test_a_loop_that_cannot_read_the_question_is_told(tmp_path: Path, lend: Lend) -> None:
    lab = lend(tiny.write(tmp_path / "broken.gguf", template="{{ raise_exception('no') }}"))
    with pytest.raises(BenchError, match="ended by itself"):
        await loops.heard(lab, lab.question())
