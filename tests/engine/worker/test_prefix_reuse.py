"""Tokens that were read for a question are not read again, as far as the result is the same to the bit."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests import tiny
from tests.engine.asking import ONE, Collected, ask, assistant, collect_checked, loaded, setup, user
from tui.chat.conversation import FinishReason
from tui.chat.events import Prefill
from tui.engine.process.fallback import FallbackEngine
from tui.engine.steering import Steering
from tui.models.gguf.types import CPU_BATCH

LONG = "strawberry " * 100
"""Hundreds of tokens."""

LONGER = "strawberry " * 500
"""Enough tokens for a stop while they are read."""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.write(tmp_path_factory.mktemp("models") / "random.gguf", context=8_000, words=["straw", "berry"])


@asynccontextmanager
async def fresh(model: Path) -> AsyncIterator[FallbackEngine]:
    async with loaded(model, context=8_000) as engine:
        yield engine


async def answer(engine: FallbackEngine, *said: str, seed: int = 1) -> Collected:
    """Ask at a high temperature, so that the last bits of the logits matter."""
    turns = [user(text) if index % 2 == 0 else assistant(text) for index, text in enumerate(said)]
    return await ask(engine, *turns, max_tokens=40, temperature=1.5, seed=seed)


async def test_repeated_first_question_is_not_read_again(model: Path) -> None:
    async with fresh(model) as engine:
        await answer(engine, LONG)
        again = await answer(engine, LONG, seed=2)
    async with fresh(model) as engine:
        alone = await answer(engine, LONG, seed=2)
    total = alone.usage.prompt_tokens
    assert 0 < total - again.prefills[0].done <= CPU_BATCH
    assert again.prefills[0].prompt == alone.prefills[0].prompt
    assert again.usage.reused_tokens == alone.usage.reused_tokens == 0
    assert again.tokens == alone.tokens


async def test_repeated_follow_up_is_not_read_again(model: Path) -> None:
    async with fresh(model) as engine:
        first = await answer(engine, "one")
        once = await answer(engine, "one", first.text, LONG)
        again = await answer(engine, "one", first.text, LONG)
    assert once.usage.reused_tokens == again.usage.reused_tokens > 0
    assert 0 < once.usage.prompt_tokens - again.prefills[0].done <= CPU_BATCH
    assert again.tokens == once.tokens


async def test_reading_resumes_where_a_stop_ended_it(model: Path) -> None:
    async with fresh(model) as engine:
        events = []
        async for event in engine.reply([user(LONGER)], setup(2_000), ONE, Steering(ignore_end=True)):
            events.append(event)
            if isinstance(event, Prefill) and event.done > 2 * CPU_BATCH:
                await engine.stop()
        stopped = Collected(tuple(events))
        again = await answer(engine, LONGER)
        other = await answer(engine, LONGER + "pie")
    async with fresh(model) as engine:
        alone = await answer(engine, LONGER)
    async with fresh(model) as engine:
        other_alone = await answer(engine, LONGER + "pie")
    assert stopped.reason is FinishReason.STOPPED
    assert stopped.prefills[-1].done < stopped.prefills[-1].total
    assert again.prefills[0].done >= 2 * CPU_BATCH
    assert again.tokens == alone.tokens
    assert other.tokens == other_alone.tokens


async def test_different_question_is_read_from_the_start(model: Path) -> None:
    async with fresh(model) as engine:
        await answer(engine, LONG)
        other = await collect_checked(engine.reply([user("x" + LONG)], setup(4), ONE))
    assert other.prefills[0].done == 0
