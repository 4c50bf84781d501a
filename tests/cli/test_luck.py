"""`duochat luck`: several answers to one prompt, the output, and what is saved when it ends early."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any, Literal

import pytest
from rich.console import Console

from tests import tiny
from tests.ledgers import TrustingLedger
from tests.patience import GUARD
from tests.scripted import Death, Hold, ScriptedEngine
from tui.archive.store import Archive
from tui.chat.conversation import Conversation, FinishReason, Side
from tui.chat.generation_settings import Overrides
from tui.chat.sampling import MAX_SEED
from tui.cli.luck import ask_repeatedly, with_distinct_seeds
from tui.engine.cores import Cores
from tui.models.catalogue.spec import ModelSpec
from tui.session.memory_check import MemoryCheck, Selection
from tui.session.preload import Preloader
from tui.session.prepare import Preparer

ROOT = Path(__file__).parents[2]


class Harness:
    """Two scripted engines, an archive in a folder, and the output."""

    def __init__(self, folder: Path) -> None:
        self.archive = Archive.open(folder / "archive.db")
        self.out, self.err = StringIO(), StringIO()
        self._files = {side: tiny.write(folder / f"{side}.gguf") for side in Side}

    async def ask(
        self, left: ScriptedEngine, right: ScriptedEngine, times: int, *, as_json: bool = False, terminal: bool = False
    ) -> int:
        engines = {self._files[Side.LEFT]: left, self._files[Side.RIGHT]: right}
        memory_check = MemoryCheck(environ=os.environ, available=lambda: 2**40, ledger=TrustingLedger("ab" * 32))
        preloader = Preloader(memory_check, lambda path, *_: engines[path])
        preparer = Preparer(
            environ=os.environ, archive=self.archive, memory_check=memory_check, preloader=preloader, cores=Cores(2)
        )
        selections = {side: self._selection(side, path) for side, path in self._files.items()}
        out = Console(file=self.out, force_terminal=terminal, color_system=None, width=100, highlight=False)
        err = Console(file=self.err, force_terminal=False, highlight=False, markup=False)
        return await ask_repeatedly(preparer, selections, "17 + 26?", times=times, out=out, err=err, as_json=as_json)

    @property
    def saved(self) -> Conversation:
        """The conversation in the archive."""
        return self.archive.conversation(1)

    def document(self) -> Any:
        return json.loads(self.out.getvalue())

    def _selection(self, side: Side, path: Path) -> Selection:
        spec = ModelSpec(id=f"m-{side}", name=f"Model {side}", file=path.name, path=path, sha256="ab" * 32)
        return Selection(spec=spec, overrides=Overrides(max_tokens=50, sampling={"seed": 7}))


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[Harness]:
    made = Harness(tmp_path)
    yield made
    made.archive.close()


async def test_each_side_answers_the_prompt_with_different_seeds(harness: Harness) -> None:
    left, right = ScriptedEngine(("43",)), ScriptedEngine(("It is ", "42"), ("44",))
    assert await harness.ask(left, right, 4, as_json=True) == 0
    for engine, seeds in ((left, [7, 8, 9, 10]), (right, [11, 12, 13, 14])):
        assert [messages[-1].text for messages in engine.heard] == ["17 + 26?"] * 4
        assert {len(messages) for messages in engine.heard} == {1}
        assert [setup.sampling.seed.value for setup in engine.setups] == seeds
    told = harness.document()
    assert (told["prompt"], told["conversation"], told["times"]) == ("17 + 26?", 1, 4)
    assert [each["text"] for each in told["right"]["answers"]] == ["It is 42", "44", "44", "44"]
    assert told["left"]["finals"] == [{"value": "43", "count": 4}]
    assert told["right"]["finals"] == [{"value": "44", "count": 3}, {"value": "42", "count": 1}]
    assert (told["right"]["shortest"], told["right"]["longest"], told["right"]["without_final"]) == (2, 8, 0)
    assert (told["left"]["agree_within"], told["agree_across"]) == (1.0, 0.0)
    assert (told["p"], told["deals"], told["exact"], told["verdict"]) == (pytest.approx(2 / 70), 70, True, "model")
    assert told["sentence"].startswith("The models differ by more than luck")


async def test_speed_of_each_answer_is_printed_while_it_runs(harness: Harness) -> None:
    assert await harness.ask(ScriptedEngine(("a", "b")), ScriptedEngine(("a", "b")), 2) == 0
    lines = harness.err.getvalue().splitlines()
    assert len(lines) == 4
    assert {" ".join(line.split()[1:5]) for line in lines} == {
        f"{side} {number} of 2:" for side in Side for number in (1, 2)
    }
    assert all("tok/s shared" in line or "tok/s alone" in line for line in lines)
    assert "agree within\t100%\t100%\nagree across: 100%" in harness.out.getvalue()


async def test_terminal_gets_a_table(harness: Harness) -> None:
    await harness.ask(ScriptedEngine(("a",)), ScriptedEngine(("b",)), 1, terminal=True)
    shown = harness.out.getvalue()
    assert "Model left" in shown
    assert "One answer a side can tell nothing about luck: ask at least 4 times." in shown
    assert "\t" not in shown


async def test_failed_side_ends_the_run_and_answers_so_far_are_compared(harness: Harness) -> None:
    right = ScriptedEngine(("b",), ("b",), (Death("It broke; load it again."),))
    assert await harness.ask(ScriptedEngine(("a",)), right, 5, as_json=True) == 1
    told = harness.document()
    assert [len(told[side]["answers"]) for side in ("left", "right")] == [3, 2]
    assert told["notes"] == ["The right side: 1 of 3 answers without an end, left out."]
    assert "right: It broke; load it again." in harness.err.getvalue()


async def test_load_failure_is_printed_once(harness: Harness) -> None:
    right = ScriptedEngine(loads=[[Death("It cannot be read.")]])
    assert await harness.ask(ScriptedEngine(("a",)), right, 5, as_json=True) == 1
    assert harness.err.getvalue().count("It cannot be read.") == 1
    assert [len(harness.document()[side]["answers"]) for side in ("left", "right")] == [1, 0]


class Gate(asyncio.Event):
    """An event that reports when something waits for it."""

    def __init__(self) -> None:
        super().__init__()
        self.reached = asyncio.Event()

    async def wait(self) -> Literal[True]:
        self.reached.set()
        return await super().wait()


async def test_cancelled_run_keeps_answers(harness: Harness) -> None:
    gate = Gate()
    left, right = ScriptedEngine(("one",)), ScriptedEngine(("one",), ("two", Hold(gate)))
    asking = asyncio.create_task(harness.ask(left, right, 5))
    await asyncio.wait_for(gate.reached.wait(), GUARD)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert harness.out.getvalue() == ""
    (exchange,) = harness.saved.exchanges
    assert [answer.text for answer in exchange.earlier[Side.RIGHT]] == ["one"]
    assert exchange.answers[Side.RIGHT].finish_reason is FinishReason.INTERRUPTED
    assert left.closed
    assert right.closed


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (None, None, None),
        (7, None, None),
        (None, 7, 7),
        (7, 7, 12),
        (7, 3, 12),
        (7, 12, 12),
        (MAX_SEED, MAX_SEED, 4),
        (MAX_SEED, 2, 4),
    ],
)
def test_seeds_of_both_sides_never_overlap(left: int | None, right: int | None, expected: int | None) -> None:
    spec = ModelSpec(id="m", name="M", file="m.gguf")
    named = {Side.LEFT: left, Side.RIGHT: right}
    selections = {
        side: Selection(spec=spec, overrides=Overrides(sampling={} if seed is None else {"seed": seed}))
        for side, seed in named.items()
    }
    apart = with_distinct_seeds(selections, 5)
    assert apart[Side.LEFT] == selections[Side.LEFT]
    assert apart[Side.RIGHT].overrides.sampling.get("seed") == expected


def started(home: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tui", *arguments],
        cwd=ROOT,
        env=os.environ | {"DUOCHAT_HOME": str(home), "HF_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("times", ["0", "100000"])
def test_number_out_of_range_is_a_usage_error(tmp_path: Path, times: str) -> None:
    out, errors = (process := started(tmp_path, "luck", "a", "b", "c", "--times", times)).communicate(timeout=GUARD)
    assert (process.returncode, out) == (2, "")
    assert errors.count("\n") == 1
    assert "'--times'" in errors
    assert "is not in the range 1<=x<=50. See `duochat luck --help`." in errors


def test_interrupt_exits_with_130_and_keeps_answers(tmp_path: Path) -> None:
    model = str(tiny.write(tmp_path / "m.gguf", context=4096, script={"\n": ["la", "\n"]}))
    process = started(tmp_path, "luck", model, model, "Sing.", "--times", "50", "--max-tokens", "3000")
    assert process.stderr is not None
    while "2 of 50" not in process.stderr.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=GUARD)
    assert (process.returncode, out) == (130, "")
    assert "Traceback" not in errors
    archive = Archive.open(tmp_path / "data" / "archive.db")
    (exchange,) = archive.conversation(1).exchanges
    archive.close()
    assert exchange.earlier[Side.LEFT][0].text.startswith("la\n")
    assert all(answer.finish_reason is not None for answer in exchange.answers.values())
