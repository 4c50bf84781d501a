"""The safe mode after a worker that crashed before the model had computed anything."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from tests import tiny
from tests.engine.asking import ONE, Collected, ask, collect, collect_checked, load, setup, user
from tests.engine.crashing import FIRST_PROMPT, LATER, LOAD, NEVER, WARM_UP, CrashingPython
from tui.chat.conversation import FinishReason
from tui.chat.events import Failed, Finished, Loaded, Prefill, Restarted
from tui.chat.scores import Done, Passage, Scored
from tui.engine.process.engine import ProcessEngine
from tui.engine.process.fallback import FallbackEngine
from tui.engine.process.safe_mode import Cause, SafeMode

SCRIPT = {"\n": ["Hello", " you", " two", " there", "."]}
ANSWER = "Hello you two there."


class Machine:
    """A model on disk, and engines for it whose workers may crash; they share one record of crashes."""

    def __init__(self, folder: Path) -> None:
        (folder / "sound").mkdir()
        self.sound = CrashingPython(folder / "sound", NEVER, signal.SIGILL)
        self.model = tiny.write(folder / "m.gguf", script=SCRIPT)
        self.memory = SafeMode(folder / "state" / "safe-mode", os.environ)

    def engine(self, python: CrashingPython) -> FallbackEngine:
        def make(safe_mode: bool) -> ProcessEngine:
            python_path = str(python.path)
            return ProcessEngine(self.model, context=256, environ=os.environ, python=python_path, safe_mode=safe_mode)

        return FallbackEngine(make, self.memory)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.mark.parametrize(
    ("where", "number"),
    [
        (LOAD, signal.SIGILL),
        (LOAD, signal.SIGSEGV),
        (LOAD, signal.SIGABRT),
        (WARM_UP, signal.SIGILL),
        (WARM_UP, signal.SIGSEGV),
        (WARM_UP, signal.SIGABRT),
    ],
)
async def test_crash_while_loading_restarts_in_safe_mode(
    machine: Machine, tmp_path: Path, where: tuple[str, int], number: signal.Signals
) -> None:
    python = CrashingPython(tmp_path, where, number)
    engine = machine.engine(python)
    event = await load(engine)
    assert isinstance(event, Loaded), event
    assert event.safe_mode
    assert f"{number.name} while loading" in event.notes[0]
    assert (await ask(engine, "hi")).text == ANSWER
    await engine.close()
    assert python.starts == ["", "--safe"]
    assert machine.memory.recall() == Cause(number.name, "loading")


async def test_recorded_crash_starts_in_safe_mode(machine: Machine, tmp_path: Path) -> None:
    machine.memory.remember(Cause("SIGILL", "loading"))
    python = CrashingPython(tmp_path, WARM_UP, signal.SIGILL)
    engine = machine.engine(python)
    event = await load(engine)
    await engine.close()
    assert isinstance(event, Loaded)
    assert event.safe_mode
    assert "safe mode" in event.notes[0]
    assert python.starts == ["--safe"]


async def test_crash_at_first_prompt_restarts_in_safe_mode(machine: Machine, tmp_path: Path) -> None:
    python = CrashingPython(tmp_path, FIRST_PROMPT, signal.SIGILL)
    engine = machine.engine(python)
    before = await load(engine)
    assert isinstance(before, Loaded)
    assert not before.safe_mode
    collected = await ask(engine, "hi")
    await engine.close()
    assert collected.text == ANSWER
    (restarted,) = [event for event in collected.events if isinstance(event, Restarted)]
    assert restarted.loaded.safe_mode
    assert "SIGILL while reading the first prompt" in restarted.loaded.notes[0]
    assert python.starts == ["", "--safe"]
    assert machine.memory.recall() == Cause("SIGILL", "reading the first prompt")


async def test_crash_while_scoring_restarts_in_safe_mode(machine: Machine, tmp_path: Path) -> None:
    python = CrashingPython(tmp_path, FIRST_PROMPT, signal.SIGILL)
    engine = machine.engine(python)
    await load(engine)
    events = [event async for event in engine.score(Passage("Some words to read."), ONE)]
    await engine.close()
    assert events[-1] == Done()
    assert any(isinstance(event, Scored) for event in events)
    assert [type(event) for event in events].index(Restarted) == 0
    assert python.starts == ["", "--safe"]
    assert machine.memory.recall() == Cause("SIGILL", "reading the first prompt")


@pytest.mark.parametrize("where", [LOAD, WARM_UP, FIRST_PROMPT])
async def test_build_for_another_processor_gets_one_sentence(
    machine: Machine, tmp_path: Path, where: tuple[str, int]
) -> None:
    python = CrashingPython(tmp_path, where, signal.SIGILL, safe_too=True)
    engine = machine.engine(python)
    event = await load(engine)
    failed = event if isinstance(event, Failed) else (await collect_failed(engine)).failed
    assert "SIGILL" in failed.message
    assert "compile it for this machine with" in failed.message
    assert "pip install --force-reinstall" in failed.message
    assert "\n" not in failed.message
    assert python.starts == ["", "--safe"]
    assert machine.memory.recall() is None
    await engine.close()


async def collect_failed(engine: FallbackEngine) -> Collected:
    return await collect(engine.reply((user("hi"),), setup(), ONE))


async def test_file_that_aborts_in_both_modes_is_not_recorded(machine: Machine, tmp_path: Path) -> None:
    whole = machine.model.read_bytes()
    machine.model.write_bytes(whole.replace(b"\1\0\0\0\0\0\0\0A", b"\1\0\0\0\0\0\0\0B", 1))
    engine = machine.engine(machine.sound)
    event = await load(engine)
    assert isinstance(event, Failed)
    assert machine.sound.starts == ["", "--safe"]
    assert "SIGABRT" in event.message
    assert "fetch the weights again or choose another model" in event.message
    assert machine.memory.recall() is None
    machine.model.write_bytes(whole)
    mended = await load(engine)
    await engine.close()
    assert isinstance(mended, Loaded)
    assert not mended.safe_mode


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGKILL])
async def test_other_signals_after_the_warm_up_fail_without_a_restart(
    machine: Machine, tmp_path: Path, number: signal.Signals
) -> None:
    python = CrashingPython(tmp_path, FIRST_PROMPT, number)
    engine = machine.engine(python)
    await load(engine)
    failed = (await collect_failed(engine)).failed
    assert failed.fatal
    assert f"{number.name} while answering" in failed.message
    assert "load it again" in failed.message
    assert python.starts == [""]
    assert machine.memory.recall() is None
    await engine.close()


async def test_illegal_instruction_after_the_first_words_fails_without_a_restart(
    machine: Machine, tmp_path: Path
) -> None:
    python = CrashingPython(tmp_path, LATER, signal.SIGILL)
    engine = machine.engine(python)
    await load(engine)
    first = await collect_checked(engine.reply((user("hi"),), setup(max_tokens=1), ONE))
    assert first.text == "Hello"
    assert "SIGILL" in (await collect_failed(engine)).failed.message
    assert python.starts == [""]
    await engine.close()


async def test_killed_worker_fails_without_a_restart(machine: Machine, tmp_path: Path) -> None:
    python = CrashingPython(tmp_path, LOAD, signal.SIGKILL)
    event = await load(machine.engine(python))
    assert isinstance(event, Failed)
    assert python.starts == [""]


async def test_lack_of_memory_fails_without_a_restart(machine: Machine, tmp_path: Path) -> None:
    words = "terminate called after throwing an instance of 'std::bad_alloc'\\n"
    python = CrashingPython(tmp_path, LOAD, signal.SIGABRT, words=words)
    event = await load(machine.engine(python))
    assert isinstance(event, Failed)
    assert "close other programs or choose a smaller model" in event.message
    assert python.starts == [""]


async def test_stop_while_the_safe_mode_loads_ends_the_answer(machine: Machine, tmp_path: Path) -> None:
    python = CrashingPython(tmp_path, FIRST_PROMPT, signal.SIGILL)
    engine = machine.engine(python)
    await load(engine)
    events = engine.reply((user("hi"),), setup(), ONE)
    first = await anext(events)
    assert isinstance(first, Prefill)
    asking = asyncio.create_task(collect(events))
    while len(python.starts) < 2:  # noqa: ASYNC110 - another process writes that
        await asyncio.sleep(0.01)
    await engine.stop()
    last = (await asking).events[-1]
    await engine.close()
    assert isinstance(last, Finished)
    assert last.reason is FinishReason.STOPPED


async def test_close_while_the_safe_mode_loads_leaves_no_worker(machine: Machine, tmp_path: Path) -> None:
    python = CrashingPython(tmp_path, FIRST_PROMPT, signal.SIGILL)
    engine = machine.engine(python)
    await load(engine)
    asking = asyncio.create_task(collect_failed(engine))
    while len(python.starts) < 2:  # noqa: ASYNC110 - another process writes that
        await asyncio.sleep(0.01)
    await engine.close()
    assert (await asking).failed.message
    assert engine.pid is None
    assert machine.memory.recall() is None
    again = await load(engine)
    assert isinstance(again, Loaded)
    assert not again.safe_mode
    assert (await ask(engine, "hi")).text == ANSWER
    await engine.close()
    assert machine.memory.recall() == Cause("SIGILL", "reading the first prompt")


async def test_stop_between_crash_and_its_detection_ends_the_answer(machine: Machine, tmp_path: Path) -> None:
    python = CrashingPython(tmp_path, FIRST_PROMPT, signal.SIGILL)
    engine = machine.engine(python)
    await load(engine)
    events = engine.reply((user("hi"),), setup(), ONE)
    await anext(events)
    await engine.stop()
    collected = await collect(events)
    await engine.close()
    assert collected.reason is FinishReason.STOPPED
    assert collected.text == ""


async def test_reload_uses_the_crash_that_another_engine_recorded(machine: Machine) -> None:
    engine = machine.engine(machine.sound)
    await load(engine)
    before = engine.pid
    assert before is not None
    machine.memory.remember(Cause("SIGILL", "loading"))
    event = await load(engine)
    assert isinstance(event, Loaded)
    assert event.safe_mode
    with pytest.raises(ProcessLookupError):
        os.kill(before, 0)
    await engine.close()


async def test_crash_of_one_side_does_not_affect_the_other(machine: Machine, tmp_path: Path) -> None:
    python = CrashingPython(tmp_path, FIRST_PROMPT, signal.SIGILL)
    crashing, whole = machine.engine(python), machine.engine(machine.sound)
    await asyncio.gather(load(crashing), load(whole))
    answers = await asyncio.gather(ask(crashing, "hi"), ask(whole, "hi"))
    assert [collected.text for collected in answers] == [ANSWER, ANSWER]
    assert not any(isinstance(event, Restarted) for event in answers[1].events)
    await asyncio.gather(crashing.close(), whole.close())
