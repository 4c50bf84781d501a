"""Real workers on tiny weights whose files change: before the start, between two questions, and during an answer."""

import asyncio
import hashlib
import os
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import pytest

from tests import tiny
from tests.engine.asking import ONE, Collected, collect, setup, user
from tests.engines import engine as made
from tests.engines import engines
from tests.models.gguf.cached import flip, lay_out
from tests.patience import GUARD
from tests.scripted import LOADED, ScriptedEngine
from tests.ticks import after_tick
from tui.archive.store import Archive
from tui.chat.conversation import FinishReason, Side
from tui.chat.events import Checking, Delta, Failed, Finished, Loaded, LoadEvent, Outdated, ReplyEvent, Restarted
from tui.chat.scores import Contrast, ContrastEvent, Diverged, Done, Passage
from tui.engine.cores import Cores
from tui.engine.protocol import Engine
from tui.models import local
from tui.models.catalogue.spec import ModelSpec
from tui.models.download.parent import Ready
from tui.models.weights.file import WeightsFile
from tui.models.weights.ledger import Ledger
from tui.models.weights.verifier import Verifier
from tui.session.memory_check import MemoryCheck, Selection
from tui.session.preload import Preloader
from tui.session.prepare import Preparer
from tui.session.verified_engine import VerifiedEngine

WORDS = [f" word{number}" for number in range(200)]
SCRIPT = {"\n": ["Hello", *WORDS, " end"]}


def sha256_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


class Bench:
    """A model on a disk with a ledger, as the catalogue, the hub cache, or its user knows it."""

    def __init__(self, home: Path, kind: str) -> None:
        home.mkdir(exist_ok=True)
        content = tiny.write(home / "m.gguf", script=SCRIPT).read_bytes()
        self.path = home / "m.gguf" if kind == "path" else lay_out(home, content)
        self.sha256 = hashlib.sha256(content).hexdigest()
        self.expected = None if kind == "path" else self.sha256
        self.verifier = Verifier(Ledger(home / "verified"), os.environ)

    def file(self) -> WeightsFile:
        return WeightsFile(self.path, self.expected, self.verifier)

    @asynccontextmanager
    async def loaded(self, tick: float = 1.0) -> AsyncIterator[VerifiedEngine]:
        process = made(self.path, patience=GUARD)
        engine = VerifiedEngine(process, self.file(), tick=tick)
        try:
            assert isinstance((await loads(engine))[-1], Loaded)
            after_tick(self.path.resolve())
            yield engine
        finally:
            await engine.close()

    def replace(self) -> None:
        """Put another file in its place, as a program does that saves safely."""
        fresh = tiny.write(self.path.with_name("fresh"), script={"\n": ["Other"]})
        fresh.replace(self.path)


async def loads(engine: Engine) -> list[LoadEvent]:
    return [event async for event in engine.load()]


async def ask(engine: Engine, text: str = "Hi") -> Collected:
    return await collect(engine.reply([user(text)], setup(max_tokens=64), ONE))


async def ask_and(engine: Engine, change: Callable[[], object]) -> Collected:
    """Ask, and make a change when the answer has begun."""
    said: list[ReplyEvent] = []
    async with aclosing(engine.reply([user("Hi")], setup(max_tokens=64), ONE)) as events:
        async for event in events:
            if isinstance(event, Delta) and not any(isinstance(each, Delta) for each in said):
                change()
            said.append(event)
    return Collected(tuple(said))


def checks(said: Collected | list[LoadEvent]) -> bool:
    """Whether anything was hashed."""
    return any(isinstance(event, Checking) for event in (said.events if isinstance(said, Collected) else said))


def notes(heard: Collected) -> list[str]:
    return [event.message for event in heard.events if isinstance(event, Outdated)]


@pytest.fixture(params=["catalogue", "path"])
def bench(tmp_path: Path, request: pytest.FixtureRequest) -> Bench:
    return Bench(tmp_path, request.param)


@pytest.fixture
def own(tmp_path: Path) -> Bench:
    return Bench(tmp_path, "path")


@pytest.fixture
def known(tmp_path: Path) -> Bench:
    return Bench(tmp_path, "catalogue")


# Loading


async def test_verified_file_is_loaded_without_being_read_and_its_hash_named(bench: Bench) -> None:
    async with bench.loaded() as engine:
        said = await loads(engine)
    assert not checks(said)
    assert isinstance(said[-1], Loaded)
    assert (said[-1].sha256, said[-1].size) == (bench.sha256, bench.path.stat().st_size)


async def test_touched_file_is_hashed_and_loaded(known: Bench) -> None:
    async with known.loaded() as engine:
        known.path.touch()
        again, once_more = await loads(engine), await loads(engine)
    assert [checks(again), checks(once_more)] == [True, False]
    assert isinstance(again[-1], Loaded)


async def test_flipped_byte_is_refused_when_the_model_is_loaded_again(known: Bench) -> None:
    async with known.loaded() as engine:
        flip(known.path)
        said = await loads(engine)
        assert isinstance(said[-1], Failed)
        assert said[-1].message.startswith(f"m.gguf ({known.path.resolve()}) has a wrong checksum")
        assert (await ask(engine)).failed.fatal


async def test_changed_file_of_the_users_own_is_loaded_and_named(own: Bench) -> None:
    async with own.loaded() as engine:
        flip(own.path)
        said = await loads(engine)
    now = sha256_of(own.path)
    assert isinstance(said[-1], Loaded)
    assert said[-1].sha256 == now
    assert f"m.gguf changed since it was last used: its sha256 is now {now[:8]}…" in said[-1].notes[-1]


class Meddling:
    """An engine whose weights file changes while it is loaded."""

    def __init__(self, engine: Engine, change: Callable[[], object]) -> None:
        self._engine, self._change = engine, change
        self.reply, self.score, self.contrast = engine.reply, engine.score, engine.contrast
        self.stop, self.set_threads, self.close = engine.stop, engine.set_threads, engine.close

    async def load(self) -> AsyncGenerator[LoadEvent, None]:
        async for event in self._engine.load():
            if isinstance(event, Loaded):
                self._change()
            yield event


@pytest.mark.parametrize("how", ["overwritten", "replaced", "touched", "deleted"])
async def test_file_that_changes_while_it_is_loaded(known: Bench, how: str) -> None:
    changes: dict[str, Callable[[], object]] = {
        "overwritten": lambda: flip(known.path),
        "replaced": known.replace,
        "touched": known.path.touch,
        "deleted": known.path.unlink,
    }
    process = made(known.path)
    engine = VerifiedEngine(Meddling(process, changes[how]), known.file())
    try:
        last = (await loads(engine))[-1]
        if how in {"touched", "deleted"}:
            assert isinstance(last, Loaded)
        else:
            assert isinstance(last, Failed)
            assert f"Its weights file m.gguf was {how} while it was loaded" in last.message
            assert process.pid is None
    finally:
        await engine.close()


async def test_engine_that_is_closed_while_its_file_is_hashed_is_not_loaded(own: Bench) -> None:
    os.truncate(own.path, 50 * 2**30)
    process = made(own.path)
    engine = VerifiedEngine(process, own.file())
    async with asyncio.timeout(GUARD), aclosing(engine.load()) as events:
        async for event in events:
            if isinstance(event, Checking):
                await engine.close()
            else:
                assert event == Failed("Loading was given up; load it again.")
    assert process.pid is None


async def test_model_that_was_never_loaded_says_so(own: Bench) -> None:
    engine = VerifiedEngine(made(own.path), own.file())
    assert (await ask(engine)).failed.message == "The model is not loaded; load it again."


# Between two questions


async def test_unchanged_file_is_not_read_between_questions(known: Bench) -> None:
    async with known.loaded() as engine:
        for _ in range(2):
            heard = await ask(engine)
            assert heard.reason is FinishReason.LENGTH
            assert not checks(heard)


async def test_flipped_byte_is_named_at_the_next_question(bench: Bench) -> None:
    async with bench.loaded() as engine:
        await ask(engine)
        flip(bench.path)
        heard = await ask(engine)
    assert heard.text == ""
    assert heard.failed.fatal
    assert heard.failed.message.startswith("Its weights file m.gguf was overwritten since it was loaded; ")
    assert ("`duochat pull`" in heard.failed.message) is (bench.expected is not None)
    assert heard.failed.message.endswith("load it again.")
    assert checks(heard)


async def test_flipped_byte_with_the_old_time_is_named_at_the_next_question(known: Bench) -> None:
    async with known.loaded() as engine:
        at = known.path.stat().st_mtime_ns
        flip(known.path)
        os.utime(known.path, ns=(at, at))
        assert "overwritten since it was loaded" in (await ask(engine)).failed.message


async def test_touch_alone_is_no_fault_between_questions(known: Bench) -> None:
    async with known.loaded() as engine:
        known.path.touch()
        first, second = await ask(engine), await ask(engine)
    assert [checks(first), checks(second)] == [True, False]
    assert first.reason is second.reason is FinishReason.LENGTH


async def test_replaced_file_is_named_once_and_the_answer_goes_on(known: Bench) -> None:
    async with known.loaded() as engine:
        whole = (await ask(engine)).text
        known.replace()
        first, second = await ask(engine), await ask(engine)
        assert (first.text, second.text) == (whole, whole)
        [note] = notes(first)
        assert note == (
            "The weights file m.gguf was replaced since it was loaded; "
            "this model still answers from the old one. Load it again to use the new one."
        )
        known.path.touch()
        third = await ask(engine)
        assert notes(second) == notes(third) == []
        assert not checks(first)
        known.path.unlink()
        [note] = notes(await ask(engine))
        assert "m.gguf was deleted since it was loaded; this model still answers from the old one." in note


async def test_flipped_byte_is_named_when_the_model_is_to_read(known: Bench) -> None:
    async with known.loaded() as engine:
        passage = Passage("Once upon a time there was a lighthouse.")
        assert [event async for event in engine.score(passage, ONE)][-1] == Done()
        flip(known.path)
        [event] = [event async for event in engine.score(passage, ONE)]
    assert isinstance(event, Failed)
    assert "m.gguf was overwritten since it was loaded" in event.message


async def test_stop_ends_the_hashing_before_an_answer(own: Bench) -> None:
    async with own.loaded() as engine:
        os.truncate(own.path, 50 * 2**30)
        said = []
        async with asyncio.timeout(GUARD), aclosing(engine.reply([user("Hi")], setup(), ONE)) as events:
            async for event in events:
                said.append(event)
                await engine.stop()
    assert isinstance(said[-1], Finished)
    assert said[-1].reason is FinishReason.STOPPED


# During an answer


@pytest.mark.parametrize("tick", [0.0, 1000.0])
async def test_flipped_byte_during_an_answer_keeps_the_text_and_fails_it(known: Bench, tick: float) -> None:
    async with known.loaded(tick) as engine:
        heard = await ask_and(engine, lambda: flip(known.path))
    assert heard.text.startswith("Hello word0")
    assert heard.failed.fatal
    assert "Its weights file m.gguf was overwritten while it answered" in heard.failed.message
    assert "so the answer cannot be attributed" in heard.failed.message


async def test_touch_alone_is_no_fault_during_an_answer(known: Bench) -> None:
    async with known.loaded() as engine:
        first, second = await ask_and(engine, known.path.touch), await ask(engine)
    assert first.reason is FinishReason.LENGTH
    assert [checks(first), checks(second)] == [True, False]


@pytest.mark.parametrize("tick", [0.0, 1000.0])
async def test_file_replaced_during_an_answer_is_named(known: Bench, tick: float) -> None:
    async with known.loaded(tick) as engine:
        whole = (await ask(engine)).text
        heard = await ask_and(engine, known.replace)
    assert heard.text == whole
    assert heard.reason is FinishReason.LENGTH
    [note] = notes(heard)
    assert "m.gguf was replaced since it was loaded" in note


async def test_file_overwritten_and_then_replaced_fails_the_answer(known: Bench) -> None:
    """Once the overwritten file is gone, its bytes cannot be compared any more."""
    async with known.loaded() as engine:
        file = engine._own
        flip(known.path)
        file.change()
        known.replace()
        assert "m.gguf was overwritten since it was loaded" in (await ask(engine)).failed.message


async def test_file_overwritten_and_replaced_during_one_answer_fails_it(known: Bench) -> None:
    changes = iter((lambda: flip(known.path), known.replace))
    async with known.loaded(tick=0.0) as engine:
        said: list[ReplyEvent] = []
        async with aclosing(engine.reply([user("Hi")], setup(max_tokens=64), ONE)) as events:
            async for event in events:
                next(changes, lambda: None)()
                said.append(event)
    assert "m.gguf was overwritten while it answered" in Collected(tuple(said)).failed.message


@pytest.mark.parametrize(
    "change", [None, Bench.replace, lambda bench: bench.path.touch()], ids=["no", "other", "touch"]
)
async def test_worker_that_is_restarted_must_load_the_same_weights(
    known: Bench, change: Callable[[Bench], object] | None
) -> None:
    engine = VerifiedEngine(ScriptedEngine([Restarted(LOADED), "Hi."]), known.file())
    await loads(engine)
    after_tick(known.path.resolve())
    if change is not None:
        change(known)
    heard = await ask(engine)
    if change is Bench.replace:
        assert "Its weights file m.gguf was replaced while it was loaded again" in heard.failed.message
    else:
        assert heard.text == "Hi."


# A comparison


def wanted() -> Contrast:
    return Contrast(Passage("Once upon a time there was a lighthouse. " * 4), (), setup())


@pytest.mark.parametrize("which", ["own", "other"])
async def test_flipped_byte_in_either_file_of_a_comparison_is_refused(known: Bench, tmp_path: Path, which: str) -> None:
    other = Bench(tmp_path / "other", "catalogue")
    process = made(known.path, patience=GUARD)
    engine = VerifiedEngine(process, known.file(), other.file())
    try:
        await loads(engine)
        first = [event async for event in engine.contrast(other.path, wanted(), ONE)]
        after_tick((known if which == "own" else other).path.resolve())
        flip((known if which == "own" else other).path)
        second = [event async for event in engine.contrast(other.path, wanted(), ONE)]
    finally:
        await engine.close()
    assert isinstance(first[-1], Done)
    [failed] = second
    assert isinstance(failed, Failed)
    assert ("overwritten since it was loaded" if which == "own" else "has a wrong checksum") in failed.message


@pytest.mark.parametrize("which", ["own", "other"])
async def test_flipped_byte_during_a_comparison_fails_it(known: Bench, tmp_path: Path, which: str) -> None:
    other = Bench(tmp_path / "other", "catalogue")
    engine = VerifiedEngine(made(known.path, patience=GUARD), known.file(), other.file())
    try:
        await loads(engine)
        said: list[ContrastEvent] = []
        after_tick((known if which == "own" else other).path.resolve())
        async with aclosing(engine.contrast(other.path, wanted(), ONE)) as events:
            async for event in events:
                if isinstance(event, Diverged) and not any(isinstance(each, Diverged) for each in said):
                    flip((known if which == "own" else other).path)
                said.append(event)
    finally:
        await engine.close()
    assert isinstance(said[-1], Failed)
    assert "overwritten while both were compared, so the comparison cannot be attributed" in said[-1].message


# At a table


async def test_what_was_really_loaded_is_recorded(own: Bench, tmp_path: Path) -> None:
    archive = Archive.open(tmp_path / "archive.db")
    memory_check = MemoryCheck(environ={}, available=lambda: 2**40, ledger=Ledger(tmp_path / "verified"))
    preloader = Preloader(memory_check, engines())
    preparer = Preparer(
        environ=os.environ, archive=archive, memory_check=memory_check, preloader=preloader, cores=Cores(2)
    )
    spec = ModelSpec(id="m", name="M", file="m.gguf", path=own.path)
    ready: dict[Side, Ready] = {}
    selections = {side: Selection(spec=spec) for side in Side}
    async with aclosing(preparer.obtain(selections)) as events:
        ready = {side: event async for side, event in events if isinstance(event, Ready)}
    duo = await preparer.duo(selections, ready)
    after_tick(own.path)
    flip(own.path)
    said = [event async for event in duo.load([Side.LEFT])]
    assert isinstance(said[-1][1], Loaded)
    weights = duo.conversation.models[Side.LEFT].weights
    assert weights.sha256 == sha256_of(own.path) != own.sha256
    assert local.find(spec, {}) == own.path
    await duo.close()
    archive.close()
