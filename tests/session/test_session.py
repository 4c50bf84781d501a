"""What a session asks, what waits, and what is saved: without a screen."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.patience import PATIENCE, named
from tests.screens.conftest import MakeDuo, archive, make_duo
from tests.scripted import Death, Hold, ScriptedEngine
from tui.archive.store import Archive
from tui.arena.blind.masking import MARK
from tui.chat.conversation import FinishReason, PaneSide, Side
from tui.chat.events import Delta, Failed, Finished, Loaded
from tui.chat.judgment import Verdict
from tui.session.duo import Duo
from tui.session.events import (
    AnswerProgressed,
    AnswersReleased,
    DefectMet,
    LoadProgressed,
    ModelShown,
    QuestionReturned,
    QuestionShown,
    QueueChanged,
    SavingFailed,
    SessionEvent,
    StateShown,
    TurnRevealed,
)
from tui.session.session import RefusedError, Session

__all__ = ["archive", "make_duo"]


class Log:
    """Keeps every event of a session."""

    def __init__(self) -> None:
        self.events: list[SessionEvent] = []
        self.changed = asyncio.Event()

    def __call__(self, event: SessionEvent) -> None:
        self.events.append(event)
        self.changed.set()

    @property
    def asked(self) -> list[tuple[str, PaneSide]]:
        """The questions that were put to a model."""
        return [(event.text, event.pane) for event in self.events if isinstance(event, QuestionShown)]

    @property
    def texts(self) -> list[str]:
        """The questions that were asked, each once."""
        return list(dict.fromkeys(text for text, _ in self.asked))

    @property
    def waiting(self) -> tuple[str, ...]:
        """The questions that wait now."""
        queues = [event.waiting for event in self.events if isinstance(event, QueueChanged)]
        return tuple(question.text for question in queues[-1]) if queues else ()

    @property
    def loaded(self) -> list[PaneSide]:
        """The panes whose models were loaded, or could not be."""
        loads = (event for event in self.events if isinstance(event, LoadProgressed))
        return [event.pane for event in loads if isinstance(event.event, Loaded | Failed)]

    @property
    def ended(self) -> list[PaneSide]:
        """The panes whose answers ended."""
        answers = (event for event in self.events if isinstance(event, AnswerProgressed))
        return [event.pane for event in answers if isinstance(event.event, Finished | Failed)]

    @property
    def deltas(self) -> int:
        """How many pieces of text came."""
        return sum(isinstance(event, AnswerProgressed) and isinstance(event.event, Delta) for event in self.events)

    def of(self, kind: type[SessionEvent]) -> list[SessionEvent]:
        """The events of one kind."""
        return [event for event in self.events if isinstance(event, kind)]

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until `condition` holds."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not condition():
                    self.changed.clear()
                    await self.changed.wait()
        except TimeoutError:
            raise AssertionError(f"Not within {PATIENCE} s: {named(condition)}\nEvents: {self.events}") from None


def begun(duo: Duo, *, blind: bool = False) -> tuple[Session, Log]:
    """A session that loads both models, and its log."""
    log = Log()
    session = Session(duo, log, blind=blind, draw=lambda: True)
    session.begin()
    return session, log


async def test_question_waits_until_both_models_are_loaded(make_duo: MakeDuo) -> None:
    gate = asyncio.Event()
    session, log = begun(make_duo(ScriptedEngine(loads=[[Hold(gate)]]), ScriptedEngine()))
    session.ask("first")
    await log.until(lambda: PaneSide.RIGHT in log.loaded)
    assert log.waiting == ("first",)
    assert log.asked == []
    gate.set()
    await log.until(lambda: len(log.ended) == 2)
    assert log.asked == [("first", PaneSide.LEFT), ("first", PaneSide.RIGHT)]
    assert not log.waiting
    await session.close()


async def test_waiting_questions_keep_their_order_and_the_last_can_be_taken_back(make_duo: MakeDuo) -> None:
    gate = asyncio.Event()
    session, log = begun(make_duo(ScriptedEngine(["a", Hold(gate), "b"]), ScriptedEngine(["c"])))
    for text in ("one", "two", "three"):
        session.ask(text)
    await log.until(lambda: log.asked)
    assert log.waiting == ("two", "three")
    assert session.take_back() == "three"
    gate.set()
    await log.until(lambda: len(log.ended) == 4)
    assert log.texts == ["one", "two"]
    assert session.take_back() is None
    await session.close()


async def test_question_that_waited_does_not_scroll(make_duo: MakeDuo) -> None:
    session, log = begun(make_duo(ScriptedEngine(), ScriptedEngine()))
    session.ask("while they load")
    await log.until(lambda: len(log.ended) == 2 and not session.busy)
    session.ask("when nothing is under way")
    session.ask("while they answer")
    await log.until(lambda: len(log.ended) == 6)
    shown = {event.text: event.follow for event in log.events if isinstance(event, QuestionShown)}
    assert shown == {"while they load": False, "when nothing is under way": True, "while they answer": False}
    await session.close()


async def test_question_to_one_side_that_waited_until_names_were_hidden_is_returned(make_duo: MakeDuo) -> None:
    gate = asyncio.Event()
    left = ScriptedEngine(["a", Hold(gate)])
    session, log = begun(make_duo(left, ScriptedEngine()))
    await log.until(lambda: len(log.loaded) == 2)
    session.ask("first")
    session.toggle_blind()
    session.ask("blind")
    session.next_target()
    session.ask("left only")
    for _ in range(2):
        session.next_target()
    session.ask("last")
    gate.set()
    await log.until(lambda: len(log.of(AnswersReleased)) == 2)
    returned = [event.text for event in log.events if isinstance(event, QuestionReturned)]
    assert returned == ["left only"]
    assert [heard[-1].text for heard in left.heard] == ["first", "blind", "last"]
    await session.close()


async def test_stop_of_one_side_leaves_the_other_alone(make_duo: MakeDuo) -> None:
    left_gate, right_gate = asyncio.Event(), asyncio.Event()
    left, right = ScriptedEngine(["a", Hold(left_gate), "b"]), ScriptedEngine(["c", Hold(right_gate), "d"])
    session, log = begun(make_duo(left, right))
    session.ask("go")
    await log.until(lambda: log.deltas == 2)
    session.stop(PaneSide.LEFT)
    await log.until(lambda: log.ended == [PaneSide.LEFT])
    right_gate.set()
    await log.until(lambda: len(log.ended) == 2)
    answers = session.conversation.exchanges[0].answers
    assert (answers[Side.LEFT].text, answers[Side.LEFT].finish_reason) == ("a", FinishReason.STOPPED)
    assert (answers[Side.RIGHT].text, answers[Side.RIGHT].finish_reason) == ("cd", FinishReason.STOP)
    await session.close()


@pytest.mark.parametrize("stopped", [None, PaneSide.LEFT])
async def test_stop_right_after_the_question_holds(
    make_duo: MakeDuo, archive: Archive, stopped: PaneSide | None
) -> None:
    left, right = ScriptedEngine(["a"]), ScriptedEngine(["b"])
    session, log = begun(make_duo(left, right))
    await log.until(lambda: len(log.loaded) == 2)
    session.ask("go")
    session.stop(stopped)
    await log.until(lambda: len(log.ended) == 2)
    assert (len(left.heard), len(right.heard)) == ((0, 0) if stopped is None else (0, 1))
    kept = archive.conversation(archive.latest_id() or 0).exchanges[0]
    assert kept.question.text == "go"
    assert kept.answers[Side.LEFT].finish_reason is FinishReason.STOPPED
    assert kept.answers[Side.RIGHT].text == ("" if stopped is None else "b")
    await session.close()


async def test_side_that_failed_is_not_asked_until_it_is_loaded_again(make_duo: MakeDuo) -> None:
    left = ScriptedEngine(["never", Death("The engine died.")], ["back"])
    session, log = begun(make_duo(left, ScriptedEngine(["fine"])))
    session.ask("one")
    session.ask("two")
    await log.until(lambda: len(log.ended) == 3)
    assert [pane for text, pane in log.asked if text == "two"] == [PaneSide.RIGHT]
    assert session.failed == (Side.LEFT,)
    session.load_again()
    session.ask("three")
    await log.until(lambda: len(log.ended) == 5)
    assert [pane for text, pane in log.asked if text == "three"] == [PaneSide.LEFT, PaneSide.RIGHT]
    assert not session.failed
    assert left.load_count == 2
    await session.close()


async def test_question_waits_while_no_model_can_be_asked(make_duo: MakeDuo) -> None:
    broken = [[Death("No such file.")], []]
    session, log = begun(make_duo(ScriptedEngine(loads=broken), ScriptedEngine(loads=broken)))
    session.ask("anyone?")
    await log.until(lambda: len(log.loaded) == 2)
    assert log.waiting == ("anyone?",)
    session.load_again()
    await log.until(lambda: len(log.ended) == 2)
    assert not log.waiting
    await session.close()


async def test_close_in_mid_answer_saves_it_as_interrupted(make_duo: MakeDuo, archive: Archive) -> None:
    left, right = (ScriptedEngine(["so far", Hold(asyncio.Event())]) for _ in Side)
    session, log = begun(make_duo(left, right))
    session.ask("on and on")
    await log.until(lambda: log.deltas == 2)
    await asyncio.wait_for(session.close(), PATIENCE)
    kept = archive.conversation(archive.latest_id() or 0).exchanges[0]
    assert kept.question.text == "on and on"
    for side in Side:
        assert kept.answers[side].text == "so far"
        assert kept.answers[side].finish_reason is FinishReason.INTERRUPTED
    assert left.closed
    assert right.closed
    assert log.of(DefectMet) == []


async def test_question_that_cannot_be_saved_is_returned(make_duo: MakeDuo, archive: Archive) -> None:
    session, log = begun(make_duo(ScriptedEngine(), ScriptedEngine()))
    archive.close()
    session.ask("lost?")
    await log.until(lambda: log.of(QuestionReturned))
    assert log.of(SavingFailed)
    assert log.of(QuestionReturned) == [QuestionReturned("lost?", None)]
    assert log.of(AnswerProgressed) == []
    await session.close()


async def test_blind_answers_are_released_together_and_nothing_before_tells_them_apart(make_duo: MakeDuo) -> None:
    gate = asyncio.Event()
    left, right = ScriptedEngine(["I am Qwen."]), ScriptedEngine(["slow ", Hold(gate), "one"])
    session, log = begun(make_duo(left, right), blind=True)
    session.ask("Who?")
    await log.until(lambda: session.duo.answering == {Side.RIGHT})
    gate.set()
    await log.until(lambda: log.of(AnswersReleased))
    [released] = [event for event in log.events if isinstance(event, AnswersReleased)]
    assert released.texts == {PaneSide.LEFT: "slow one", PaneSide.RIGHT: f"I am {MARK}."}, "the draw swapped them"
    assert {event.model for event in log.events if isinstance(event, ModelShown)} == {None}
    assert log.of(AnswerProgressed) == log.of(LoadProgressed) == log.of(TurnRevealed) == []
    states = [(event.pane, event.state) for event in log.events if isinstance(event, StateShown)]
    assert states[::2] == [(PaneSide.LEFT, state) for _, state in states[1::2]], "the same in both, left first"
    await session.close()


@pytest.mark.parametrize("stop", [False, True])
async def test_vote_counts_as_blind_unless_a_stop_was_wanted_or_names_were_shown(
    make_duo: MakeDuo, archive: Archive, stop: bool
) -> None:
    gates = [asyncio.Event(), asyncio.Event()]
    left = ScriptedEngine(["a", Hold(gates[0])], ["c", Hold(gates[1])])
    session, log = begun(make_duo(left, ScriptedEngine(["b"], ["d"])), blind=True)
    session.ask("One?")
    await log.until(lambda: session.duo.answering == {Side.LEFT})
    if stop:
        session.stop(PaneSide.LEFT)
    gates[0].set()
    await log.until(lambda: log.of(AnswersReleased))
    session.judging.vote(Verdict.LEFT, note="", tags=())
    await log.until(lambda: len(log.of(TurnRevealed)) == 2)
    session.ask("Two?")
    gates[1].set()
    await log.until(lambda: len(log.of(AnswersReleased)) == 2)
    session.judging.reveal()
    session.judging.vote(Verdict.TIE, note="", tags=())
    await log.until(lambda: session.conversation.exchanges[-1].judgment)
    votes = [exchange.judgment for exchange in archive.conversation(archive.latest_id() or 0).exchanges]
    assert [(vote.verdict, vote.blind) for vote in votes if vote] == [(Verdict.RIGHT, not stop), (Verdict.TIE, False)]
    await session.close()


async def test_same_verdict_again_leaves_a_blind_vote_as_it_was(make_duo: MakeDuo) -> None:
    session, log = begun(make_duo(ScriptedEngine(), ScriptedEngine()), blind=True)
    session.ask("Who?")
    await log.until(lambda: log.of(AnswersReleased) and not session.busy)
    session.judging.vote(Verdict.TIE, note="", tags=())
    await log.until(lambda: session.conversation.exchanges[0].judgment)
    first = session.conversation.exchanges[0].judgment
    session.judging.vote(Verdict.TIE, note="", tags=())
    session.judging.annotate(note="close")
    await log.until(lambda: session.conversation.exchanges[0].judgment != first)
    assert first is not None
    assert session.conversation.exchanges[0].judgment == replace(first, note="close")
    await session.close()


async def test_what_would_tell_the_models_apart_is_refused_while_names_are_hidden(make_duo: MakeDuo) -> None:
    session, log = begun(make_duo(ScriptedEngine(), ScriptedEngine()), blind=True)
    session.ask("Who?")
    await log.until(lambda: log.of(AnswersReleased) and not session.busy)
    refused: list[Callable[[], object]] = [
        session.swap,
        session.check_replaceable,
        session.check_at_rest,
        session.check_prompts_known,
        lambda: session.switch_thinking(PaneSide.LEFT),
        lambda: session.regenerate(PaneSide.LEFT),
    ]
    for each in refused:
        with pytest.raises(RefusedError):
            each()
    await session.close()
