"""What was read of a question stays for that question, as far as reading it again would be the same to the bit."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests import tiny
from tests.engine.asking import ONE, Heard, ask, assistant, collect, loaded, setup, user
from tui.chat.conversation import FinishReason
from tui.chat.events import Prefill
from tui.engine.process.fallback import FallbackEngine
from tui.engine.steering import Steering
from tui.models.gguf.types import CPU_BATCH

LONG = "strawberry " * 100
"""Some hundreds of tokens."""

LONGER = "strawberry " * 500
"""So many that there is time for a stop while they are read."""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.write(tmp_path_factory.mktemp("models") / "random.gguf", context=8_000, words=["straw", "berry"])


@asynccontextmanager
async def fresh(model: Path) -> AsyncIterator[FallbackEngine]:
    async with loaded(model, context=8_000) as engine:
        yield engine


async def answer(engine: FallbackEngine, *said: str, seed: int = 1) -> Heard:
    """Drawn at a high temperature, so that the last bits count."""
    turns = [user(text) if index % 2 == 0 else assistant(text) for index, text in enumerate(said)]
    return await ask(engine, *turns, max_tokens=40, temperature=1.5, seed=seed)


async def test_a_first_question_asked_again_is_not_read_again(model: Path) -> None:
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


async def test_a_later_question_asked_again_is_not_read_again(model: Path) -> None:
    async with fresh(model) as engine:
        first = await answer(engine, "one")
        once = await answer(engine, "one", first.text, LONG)
        again = await answer(engine, "one", first.text, LONG)
    assert once.usage.reused_tokens == again.usage.reused_tokens > 0
    assert 0 < once.usage.prompt_tokens - again.prefills[0].done <= CPU_BATCH
    assert again.tokens == once.tokens


async def test_a_question_stopped_while_it_was_read_is_read_on(model: Path) -> None:
    async with fresh(model) as engine:
        events = []
        async for event in engine.reply([user(LONGER)], setup(2_000), ONE, Steering(ignore_end=True)):
            events.append(event)
            if isinstance(event, Prefill) and event.done > 2 * CPU_BATCH:
                await engine.stop()
        stopped = Heard(tuple(events))
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


async def test_another_beginning_is_read_from_the_start(model: Path) -> None:
    async with fresh(model) as engine:
        await answer(engine, LONG)
        other = await collect(engine.reply([user("x" + LONG)], setup(4), ONE))
    assert other.prefills[0].done == 0
