"""What a duo does, what waits, and what is kept: without a screen."""

import asyncio
from collections.abc import Callable, Iterable

import pytest

from tests.patience import PATIENCE
from tests.screens.conftest import MakeDuo
from tests.scripted import Death, Hold, ScriptedEngine
from tui.archive.store import Archive
from tui.chat.conversation import FinishReason, Side
from tui.chat.events import Delta, Failed, Finished, Loaded, LoadEvent, ReplyEvent
from tui.screens.compare.talk import Sent, Talk


class Ears:
    """Notes everything that a talk tells."""

    def __init__(self) -> None:
        self.loads: list[tuple[Side, LoadEvent]] = []
        self.asked: list[tuple[str, tuple[Side, ...]]] = []
        self.waited: list[bool] = []
        self.again: list[tuple[Side, ...]] = []
        self.swaps = False
        self.closed_to: set[tuple[Side, ...]] = set()
        self.returned: list[str] = []
        self.unasked: list[tuple[Side, ...]] = []
        self.said: list[tuple[Side, ReplyEvent]] = []
        self.waiting: tuple[str, ...] = ()
        self.unsaved: list[tuple[str | None, str]] = []
        self.defects: list[BaseException] = []
        self.changed = asyncio.Event()

    def participant(self, place: Side) -> Side:
        return place

    def seat_taken(self, side: Side) -> None:
        self.changed.set()

    def load_began(self, sides: Iterable[Side]) -> None:
        self.changed.set()

    def load_said(self, side: Side, event: LoadEvent) -> None:
        self.loads.append((side, event))
        self.changed.set()

    def turned_away(self, text: str, sides: Iterable[Side]) -> bool:
        self.returned += [text] if tuple(sides) in self.closed_to else []
        return tuple(sides) in self.closed_to

    def question_asked(self, text: str, sides: Iterable[Side], *, waited: bool) -> bool:
        self.asked.append((text, tuple(sides)))
        self.waited.append(waited)
        self.changed.set()
        return self.swaps

    def question_asked_again(self, sides: Iterable[Side]) -> None:
        self.again.append(tuple(sides))
        self.changed.set()

    def side_said(self, side: Side, event: ReplyEvent) -> None:
        self.said.append((side, event))
        self.changed.set()

    def queue_changed(self, waiting: tuple[Sent, ...]) -> None:
        self.waiting = tuple(sent.text for sent in waiting)
        self.changed.set()

    def saving_failed(self, question: str | None, message: str) -> None:
        self.unsaved.append((question, message))
        self.changed.set()

    def not_asked(self, sides: Iterable[Side]) -> None:
        self.unasked.append(tuple(sides))
        self.changed.set()

    def defect_met(self, error: BaseException) -> None:
        self.defects.append(error)
        self.changed.set()

    def ended(self) -> list[Side]:
        return [side for side, event in self.said if isinstance(event, Finished | Failed)]

    async def until(self, condition: Callable[[], object]) -> None:
        """Waits until `condition` holds."""
        async with asyncio.timeout(PATIENCE):
            while not condition():
                self.changed.clear()
                await self.changed.wait()


async def test_a_question_waits_for_the_models_and_is_asked_once_both_are_loaded(make_duo: MakeDuo) -> None:
    gate = asyncio.Event()
    ears = Ears()
    talk = Talk(make_duo(ScriptedEngine(loads=[[Hold(gate)]]), ScriptedEngine()), ears)
    talk.load()
    talk.send("first")
    await ears.until(lambda: any(side is Side.RIGHT and isinstance(event, Loaded) for side, event in ears.loads))
    assert ears.waiting == ("first",)
    assert ears.asked == []
    gate.set()
    await ears.until(lambda: len(ears.ended()) == 2)
    assert ears.asked == [("first", (Side.LEFT, Side.RIGHT))]
    assert not ears.waiting
    await talk.close()


async def test_questions_wait_in_order_and_the_last_can_be_taken_back(make_duo: MakeDuo) -> None:
    gate = asyncio.Event()
    ears = Ears()
    talk = Talk(make_duo(ScriptedEngine(["a", Hold(gate), "b"]), ScriptedEngine(["c"])), ears)
    talk.load()
    for text in ("one", "two", "three"):
        talk.send(text)
    await ears.until(lambda: ears.asked)
    assert ears.waiting == ("two", "three")
    assert talk.take_back() == "three"
    gate.set()
    await ears.until(lambda: len(ears.ended()) == 4)
    assert [text for text, _ in ears.asked] == ["one", "two"]
    assert talk.take_back() is None
    await talk.close()


async def test_only_a_question_that_is_asked_as_it_is_sent_did_not_wait(make_duo: MakeDuo) -> None:
    ears = Ears()
    talk = Talk(make_duo(ScriptedEngine(), ScriptedEngine()), ears)
    talk.load()
    talk.send("while they load")
    await ears.until(lambda: len(ears.ended()) == 2 and not talk.busy)
    talk.send("when nothing is under way")
    talk.send("while they answer")
    await ears.until(lambda: len(ears.ended()) == 6)
    assert ears.waited == [True, False, True]
    await talk.close()


async def test_a_question_that_is_turned_away_holds_up_no_other(make_duo: MakeDuo) -> None:
    ears = Ears()
    left = ScriptedEngine()
    talk = Talk(make_duo(left, ScriptedEngine()), ears)
    talk.load()
    talk.send("first")
    talk.send("left only", (Side.LEFT,))
    talk.send("second")
    ears.closed_to.add((Side.LEFT,))
    await ears.until(lambda: len(ears.ended()) == 4)
    assert [text for text, _ in ears.asked] == ["first", "second"]
    assert ears.returned == ["left only"]
    assert [heard[-1].text for heard in left.heard] == ["first", "second"]
    await talk.close()


async def test_stopping_one_side_leaves_the_other_alone(make_duo: MakeDuo) -> None:
    left_gate, right_gate = asyncio.Event(), asyncio.Event()
    ears = Ears()
    talk = Talk(
        make_duo(ScriptedEngine(["a", Hold(left_gate), "b"]), ScriptedEngine(["c", Hold(right_gate), "d"])), ears
    )
    talk.load()
    talk.send("go")
    await ears.until(lambda: sum(isinstance(event, Delta) for _, event in ears.said) == 2)
    talk.stop(Side.LEFT)
    await ears.until(lambda: ears.ended() == [Side.LEFT])
    right_gate.set()
    await ears.until(lambda: len(ears.ended()) == 2)
    answers = talk.duo.conversation.exchanges[0].answers
    assert (answers[Side.LEFT].text, answers[Side.LEFT].finish_reason) == ("a", FinishReason.STOPPED)
    assert (answers[Side.RIGHT].text, answers[Side.RIGHT].finish_reason) == ("cd", FinishReason.STOP)
    await talk.close()


@pytest.mark.parametrize("stopped", [None, Side.LEFT])
async def test_a_stop_right_after_the_question_holds(make_duo: MakeDuo, archive: Archive, stopped: Side | None) -> None:
    ears = Ears()
    left, right = ScriptedEngine(["a"]), ScriptedEngine(["b"])
    talk = Talk(make_duo(left, right), ears)
    talk.load()
    await ears.until(lambda: len(ears.loads) == 2)
    talk.send("go")
    talk.stop(stopped)
    await ears.until(lambda: len(ears.ended()) == 2)
    assert (len(left.heard), len(right.heard)) == ((0, 0) if stopped is None else (0, 1))
    kept = archive.conversation(archive.latest_id() or 0).exchanges[0]
    assert kept.question.text == "go"
    assert kept.answers[Side.LEFT].finish_reason is FinishReason.STOPPED
    assert kept.answers[Side.RIGHT].text == ("" if stopped is None else "b")
    await talk.close()


async def test_a_side_that_failed_is_not_asked_until_it_was_loaded_again(make_duo: MakeDuo) -> None:
    ears = Ears()
    left = ScriptedEngine(["never", Death("The engine died.")], ["back"])
    talk = Talk(make_duo(left, ScriptedEngine(["fine"])), ears)
    talk.load()
    talk.send("one")
    talk.send("two")
    await ears.until(lambda: len(ears.ended()) == 3)
    assert ears.asked[1] == ("two", (Side.RIGHT,))
    assert talk.failed == (Side.LEFT,)
    talk.load(talk.failed)
    talk.send("three")
    await ears.until(lambda: len(ears.ended()) == 5)
    assert ears.asked[2] == ("three", (Side.LEFT, Side.RIGHT))
    assert not talk.failed
    assert left.load_count == 2
    await talk.close()


async def test_a_question_waits_while_no_model_can_be_asked(make_duo: MakeDuo) -> None:
    ears = Ears()
    broken = [[Death("No such file.")], []]
    talk = Talk(make_duo(ScriptedEngine(loads=broken), ScriptedEngine(loads=broken)), ears)
    talk.send("anyone?")
    talk.load()
    await ears.until(lambda: sum(isinstance(event, Failed) for _, event in ears.loads) == 2)
    assert ears.waiting == ("anyone?",)
    talk.load(talk.failed)
    await ears.until(lambda: len(ears.ended()) == 2)
    assert not ears.waiting
    await talk.close()


async def test_closing_in_mid_answer_keeps_what_was_said_as_interrupted(make_duo: MakeDuo, archive: Archive) -> None:
    ears = Ears()
    left, right = (ScriptedEngine(["so far", Hold(asyncio.Event())]) for _ in Side)
    talk = Talk(make_duo(left, right), ears)
    talk.load()
    talk.send("go on for ever")
    await ears.until(lambda: sum(isinstance(event, Delta) for _, event in ears.said) == 2)
    await asyncio.wait_for(talk.close(), PATIENCE)
    kept = archive.conversation(archive.latest_id() or 0).exchanges[0]
    assert kept.question.text == "go on for ever"
    for side in Side:
        assert kept.answers[side].text == "so far"
        assert kept.answers[side].finish_reason is FinishReason.INTERRUPTED
    assert left.closed
    assert right.closed
    assert ears.defects == []


async def test_a_question_that_cannot_be_saved_is_given_back(make_duo: MakeDuo, archive: Archive) -> None:
    ears = Ears()
    talk = Talk(make_duo(ScriptedEngine(), ScriptedEngine()), ears)
    talk.load()
    archive.close()
    talk.send("lost?")
    await ears.until(lambda: ears.unsaved)
    assert ears.unsaved[0][0] == "lost?"
    assert ears.said == []
    await talk.close()
