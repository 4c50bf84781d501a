"""An engine that replays a script: all text in order, its own end, and a stop."""

import asyncio
from itertools import islice

from tests.engine.asking import ONE, collect, setup, user
from tui.bench.scripted_engine import ScriptedEngine, pieces
from tui.bench.scripted_session import exchanges
from tui.chat.conversation import FinishReason, Side
from tui.chat.events import Delta, Loaded

ANSWERS = [exchange.answers[Side.RIGHT] for exchange in exchanges()]


def test_the_script_has_all_kinds_of_markdown() -> None:
    text = "".join(answer.text for exchange in exchanges() for answer in exchange.answers.values())
    assert all(sign in text for sign in ("```python", "| Data Types |", "1. ", "**", "海"))


def test_the_pieces_of_an_answer_are_the_answer() -> None:
    for answer in ANSWERS:
        cut = pieces(answer)
        assert "".join(cut) == answer.text
        assert len(cut) == answer.tokens
        assert all(cut)


async def test_a_reply_repeats_the_answers_and_ends_with_the_last_word() -> None:
    engine = ScriptedEngine(ANSWERS, rate=50_000, tokens=2_000, last="END")
    assert isinstance([event async for event in engine.load()][-1], Loaded)
    heard = await collect(engine.reply((user("go"),), setup(), ONE))
    said = "\n\n".join(answer.text for answer in ANSWERS)
    assert heard.text.endswith("END")
    assert heard.text.removesuffix("END").startswith(said)
    assert heard.reason is FinishReason.STOP
    assert heard.usage.completion_tokens == 2_000
    deltas = [event.tokens for event in heard.events if isinstance(event, Delta)]
    assert deltas == sorted(deltas)
    assert deltas[-1] == 2_000


async def test_the_next_reply_continues_the_script() -> None:
    engine = ScriptedEngine(ANSWERS, rate=50_000, tokens=50)
    first, second = [await collect(engine.reply((user("go"),), setup(), ONE)) for _ in range(2)]
    assert first.text + second.text == "".join(islice(pieces(ANSWERS[0]), 100))


async def test_a_stop_ends_the_reply() -> None:
    engine = ScriptedEngine(ANSWERS, rate=50, tokens=1_000_000)
    asking = asyncio.create_task(collect(engine.reply((user("go"),), setup(), ONE)))
    await asyncio.sleep(0.01)
    await engine.stop()
    heard = await asking
    assert heard.reason is FinishReason.STOPPED
    assert heard.text == ""
    await engine.close()
