"""Stops in a blind round: what was there by then tells how fast a model is, so that no vote on it is a blind one."""

import asyncio

import pytest

from tests.screens.compare.test_voting import MakeHost, ask, bar, held, host, last, states
from tests.screens.conftest import MakeDuo
from tests.screens.host import press, until
from tests.scripted import Hold, ScriptedEngine
from tui.archive.store import Archive
from tui.chat.conversation import Side
from tui.session.duo import Duo

__all__ = ["host"]
WIDE = (120, 30)


def texts(duo: Duo) -> list[str]:
    """What both sides have said to the last question."""
    return [answer.text for exchange in duo.conversation.exchanges[-1:] for answer in exchange.answers.values()]


@pytest.mark.parametrize("key", ["escape", "f8", "f9"])
async def test_a_vote_is_no_blind_one_once_an_answer_was_stopped_even_if_it_is_given_again(
    make_duo: MakeDuo, host: MakeHost, archive: Archive, key: str
) -> None:
    writing = asyncio.Event()
    duo = make_duo(*(ScriptedEngine(["so far", Hold(writing), "and on"], ["all of it"]) for _ in range(2)))
    app = host(duo)
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        await pilot.press(*"Go", "enter")
        await until(pilot, lambda: held(app) and texts(duo) == ["so far"] * 2)
        await pilot.press(key)
        await until(pilot, lambda: any(each.finish_reason == "stopped" for each in last(archive).answers.values()))
        writing.set()
        await until(pilot, lambda: bar(app).has_focus)
        await press(pilot, "escape", "shift+f5")
        await until(pilot, lambda: bar(app).has_focus)
        assert texts(duo) == ["all of it"] * 2
        await pilot.press("left")
        await until(pilot, lambda: last(archive).judgment is not None)
        assert getattr(last(archive).judgment, "blind", None) is False
        await ask(app, pilot, "Next")
        await pilot.press("left")
        await until(pilot, lambda: last(archive).judgment is not None)
        assert getattr(last(archive).judgment, "blind", None) is True, "the next question is another round"


@pytest.mark.parametrize("early", [True, False])
async def test_a_stop_that_comes_too_late_for_its_answer_tells_of_it_only_while_the_other_is_waited_for(
    make_duo: MakeDuo, host: MakeHost, archive: Archive, early: bool
) -> None:
    writing = asyncio.Event()
    duo = make_duo(ScriptedEngine(["whole"]), ScriptedEngine(["so far", Hold(writing), " and on"]))
    app = host(duo)
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        await pilot.press(*"Go", "enter")
        await until(pilot, lambda: texts(duo) == ["whole", "so far"] and duo.answering == {Side.RIGHT})
        key = "f9" if duo.conversation.exchanges[-1].question.swapped else "f8"
        await press(pilot, *([key] if early else []))
        writing.set()
        await until(pilot, lambda: bar(app).has_focus)
        await press(pilot, *([] if early else [key]))
        assert texts(duo) == ["whole", "so far and on"]
        await pilot.press("left")
        await until(pilot, lambda: last(archive).judgment is not None)
        assert getattr(last(archive).judgment, "blind", None) is not early


async def test_a_vote_on_answers_that_are_given_again_is_a_blind_one(
    make_duo: MakeDuo, host: MakeHost, archive: Archive
) -> None:
    app = host(make_duo(ScriptedEngine(["one"]), ScriptedEngine(["two"])))
    async with app.run_test(size=WIDE) as pilot:
        await ask(app, pilot)
        await press(pilot, "escape", "shift+f5")
        await until(pilot, lambda: bar(app).has_focus and last(archive).earlier)
        await pilot.press("left")
        await until(pilot, lambda: last(archive).judgment is not None)
        assert getattr(last(archive).judgment, "blind", None) is True
