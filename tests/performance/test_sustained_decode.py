"""An engine whose answers only a stop ends, and what it tells of them."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests import tiny
from tests.engine.asking import ONE, Heard, hear, setup, user
from tests.engines import engine
from tui.bench.endless import EndlessEngine, begun, file_in, stopped
from tui.bench.figures import BenchError
from tui.bench.timeline import rates
from tui.chat.conversation import FinishReason, Side
from tui.chat.events import Failed

CONTEXT = 32_768


@pytest.fixture
async def engines(tmp_path: Path) -> AsyncIterator[list[EndlessEngine]]:
    """Two, whose model would end each answer at once."""
    path = tiny.write(tmp_path / "short.gguf", context=100_000, script={"\n": ["Hello"]})
    made = [EndlessEngine(engine(path, CONTEXT), file_in(tmp_path, side)) for side in (Side.LEFT, Side.RIGHT)]
    for each in made:
        assert not [event async for event in each.load() if isinstance(event, Failed)]
    yield made
    for each in made:
        await each.close()


def asking(engines: list[EndlessEngine], tokens: int = CONTEXT) -> list[asyncio.Task[Heard]]:
    replies = (engine.reply((user("go"),), setup(max_tokens=tokens), ONE) for engine in engines)
    return [asyncio.create_task(hear(reply)) for reply in replies]


async def test_both_write_until_they_are_stopped(tmp_path: Path, engines: list[EndlessEngine]) -> None:
    answers = asking(engines)
    await begun(tmp_path)
    for each in engines:
        await each.stop()
    heard = await stopped(tmp_path)
    assert [(await answer).reason for answer in answers] == [FinishReason.STOPPED] * 2
    for answer, timeline in zip(answers, heard.values(), strict=True):
        assert timeline.usage == (await answer).usage
        assert timeline.marks[-1][1] == timeline.usage.completion_tokens
        assert not timeline.cut
    assert sum(rates(heard).values()) > 0


async def test_an_answer_that_its_limit_ends_is_no_measurement(tmp_path: Path, engines: list[EndlessEngine]) -> None:
    answers = asking(engines, tokens=24)
    with pytest.raises(BenchError, match="more context"):
        await stopped(tmp_path)
    assert [(await answer).usage.completion_tokens for answer in answers] == [24, 24]
