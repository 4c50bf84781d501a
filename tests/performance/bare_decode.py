"""Owns two bare decode loops: a process for each model that does nothing but compute tokens and choose among them."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import msgspec

from tui.bench.endless import ENDLESS
from tui.bench.figures import BenchError
from tui.bench.lab import GREEDY, Lab
from tui.bench.timeline import Heard, Timeline
from tui.chat.conversation import FinishReason, Message, Role, Side
from tui.chat.generation_settings import Overrides
from tui.engine.process.child import worker_environ
from tui.engine.wire import SAFE_MODE, Load, Reply
from tui.models.gguf import metadata


class Loop:
    """The parent's end of the lines to one of them."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def said(self) -> bytes:
        """The next line. Raises BenchError."""
        line = await self._process.stdout.readline() if self._process.stdout is not None else b""
        if not line:
            raise BenchError("A bare decode loop ended by itself: try again with other models.")
        return line

    def begin(self) -> None:
        """Lets it write."""
        if self._process.stdin is not None:
            self._process.stdin.write(b"\n")

    async def ended(self) -> Timeline:
        """Lets it end, and says when its tokens came."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        written = msgspec.json.decode(await self.said(), type=list[tuple[int, float]])
        marks = [(moment, tokens) for tokens, (_, moment) in enumerate(written, start=1)]
        return Timeline(marks, ended=marks[-1][0], reason=FinishReason.STOPPED)


async def heard(lab: Lab, question: str) -> Heard:
    """What both write that begin together, each on its fair share of threads, until they are stopped."""
    async with AsyncExitStack() as ending:
        loops = {side: await ending.enter_async_context(_opened(lab, side, question)) for side in Side}
        for loop in loops.values():
            await loop.said()
        for loop in loops.values():
            loop.begin()
        for loop in loops.values():
            await loop.said()
        await asyncio.sleep(lab.scale.seconds)
        ended = await asyncio.gather(*(loop.ended() for loop in loops.values()))
        return dict(zip(loops, ended, strict=True))


@asynccontextmanager
async def _opened(lab: Lab, side: Side, question: str) -> AsyncIterator[Loop]:
    """A loop that reads the question, and ends with the block."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-P", "-m", "tui.bench.loop", *arguments(lab, side, question)),
        env=worker_environ(lab.environ),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        limit=1 << 24,
    )
    try:
        yield Loop(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def arguments(lab: Lab, side: Side, question: str) -> tuple[str, ...]:
    """What a worker would be sent that answers the question in the screen, where only a stop ends the answer.

    On a machine that needs the safe mode, its argument comes last.
    """
    safe_mode = lab.make.memory.recall() is not None
    chosen, context = lab.pair[side], lab.scale.context
    overrides = Overrides(max_tokens=context, sampling=GREEDY)
    reply = Reply(
        number=1,
        messages=(Message(Role.USER, question),),
        setup=chosen.spec.settings(overrides, metadata.read(chosen.path).sampling).setup(1),
        threads=lab.fair_shares()[side],
        steering=ENDLESS,
    )
    extra_buffers = lab.make.buffers.pay(chosen.path, safe_mode=safe_mode)
    load = Load(number=0, path=os.fsencode(chosen.path), context=context, extra_buffers=extra_buffers)
    requests = (msgspec.json.encode(load).decode(), msgspec.json.encode(reply).decode())
    return (*requests, SAFE_MODE) if safe_mode else requests
