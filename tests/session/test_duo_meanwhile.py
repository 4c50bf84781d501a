"""What happens while a duo waits for its archive or for a model: nothing of it is lost, and nobody is mistaken."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.scripted import LOADED, Hold, ScriptedEngine
from tests.session.test_duo import ask, loaded
from tui.archive.store import Archive
from tui.chat.conversation import Answer, Conversation, ModelInfo, Side, Weights
from tui.chat.events import Loading
from tui.chat.generation_settings import GenerationSettings, Overrides
from tui.chat.judgment import Judgment, Verdict
from tui.engine.cores import Cores
from tui.session.duo import Duo, Participant
from tui.session.recorder import Recorder


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    opened = Archive.open(tmp_path / "archive.db")
    yield opened
    opened.close()


def participant(engine: ScriptedEngine) -> Participant:
    model = ModelInfo(model="m", name="M", weights=Weights(None, "m.gguf", 1, ""))
    return Participant(model=model, engine=engine, settings=GenerationSettings(overrides=Overrides(), max_tokens=50))


def duo_of(recorder: Recorder, left: ScriptedEngine, right: ScriptedEngine) -> Duo:
    return Duo(
        participants={Side.LEFT: participant(left), Side.RIGHT: participant(right)},
        conversation=Conversation(models={}, started_at=datetime.now(UTC)),
        recorder=recorder,
        cores=Cores(4),
    )


class Late(Recorder):
    """Writes at once, and says so later; `written` is set in between."""

    def __init__(self, archive: Archive) -> None:
        super().__init__(archive)
        self.written = asyncio.Event()

    async def begin(self, conversation: Conversation) -> Conversation:
        begun = await super().begin(conversation)
        await self._tarry()
        return begun

    async def again(self, exchange_id: int, partial_answers: Mapping[Side, Answer]) -> None:
        await super().again(exchange_id, partial_answers)
        await self._tarry()

    async def _tarry(self) -> None:
        self.written.set()
        await asyncio.sleep(0.05)


async def test_what_one_who_lost_the_seat_says_makes_nobody_ready(archive: Archive) -> None:
    duo = duo_of(Recorder(archive), ScriptedEngine(loads=[[Loading(0.5), Loading(0.9)]]), ScriptedEngine())
    newcomer = participant(ScriptedEngine())
    async with aclosing(duo.load([Side.LEFT])) as events:
        assert await anext(events) == (Side.LEFT, Loading(0.5))
        await duo.replace_model(Side.LEFT, newcomer)
        assert [event async for event in events] == []
    assert not duo.ready(Side.LEFT)
    assert duo.conversation.models[Side.LEFT] == newcomer.model
    await duo.close()


async def test_a_model_loaded_while_the_first_question_is_kept_is_in_its_seat(archive: Archive) -> None:
    recorder = Late(archive)
    duo = duo_of(recorder, ScriptedEngine(), ScriptedEngine(loads=[[Hold(recorder.written)]]))
    async with aclosing(duo.load()) as events:
        assert await anext(events) == (Side.LEFT, LOADED)
        right = asyncio.ensure_future(anext(events))
        await ask(duo, "one")
        assert await right == (Side.RIGHT, LOADED)
    assert duo.conversation.models[Side.RIGHT].engine == "scripted 1"
    await duo.close()


async def test_a_judgment_given_while_an_answer_is_asked_for_again_stays(archive: Archive) -> None:
    recorder = Late(archive)
    duo = await loaded(duo_of(recorder, ScriptedEngine(), ScriptedEngine()))
    await ask(duo, "one")
    await ask(duo, "two")
    recorder.written.clear()
    said, first = Judgment(verdict=Verdict.LEFT, at=datetime.now(UTC)), duo.conversation.exchanges[0].id
    assert first is not None
    async with aclosing(duo.again()) as events:
        asked = asyncio.ensure_future(anext(events))
        await recorder.written.wait()
        await duo.judge(first, said)
        await asked
        async for _ in events:
            pass
    assert duo.conversation.exchanges[0].judgment == said
    await duo.close()
