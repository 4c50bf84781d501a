"""The whole program on a pseudo-terminal, from an empty home to a transcript, with the real starter pair."""

import json
import os
import re
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep

import pytest

from tests.end_to_end.conftest import DUOCHAT, PAIR, both_write, environ_for, run
from tests.patience import GUARD
from tests.terminal import Terminal

ESCAPE, CTRL_Q, CTRL_S, F1, F8 = "\x1b", "\x11", "\x13", "\x1bOP", "\x1b[19~"
AUDIT = """
import atexit, os, sys
atexit.register(lambda: open(os.environ["MODULES"], "w").write("\\n".join(sys.modules)))
from tui.cli.main import main
main()
"""


def workers_of(pid: int) -> list[int]:
    """The living children of a process."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and f"\nPPid:\t{pid}\n" in (entry / "status").read_text():
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def alive(pid: int) -> bool:
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_until_gone(pids: list[int]) -> None:
    """Returns once none of `pids` runs any more."""
    until = monotonic() + GUARD
    while any(map(alive, pids)):
        assert monotonic() < until, [pid for pid in pids if alive(pid)]
        sleep(0.05)


def left_is(state: str) -> Callable[[str], bool]:
    """Whether a screen says `state` below the left pane."""
    return lambda text: any(line.startswith(f"│ {state} ") for line in text.splitlines())


def both_ended(text: str) -> bool:
    """Whether a screen says below both panes that an answer has ended in order."""
    end = "(done|stopped|reached its limit) "
    return re.search(f"│ {end}.*││ {end}", text) is not None


def stop_left_in_mid_answer(terminal: Terminal) -> None:
    """Asks for long stories until the left model has not ended its own before it is stopped."""
    for attempt in range(5):
        terminal.send(f"Write a very long story about lighthouse number {attempt}.\r")
        terminal.wait_for(f"lighthouse number {attempt}.")
        terminal.wait_for(left_is("writing"))
        terminal.send(F8)
        terminal.wait_for(lambda text: not left_is("writing")(text))
        if left_is("stopped")(terminal.text):
            return
        terminal.wait_for(both_ended)
    raise AssertionError("the left model ended every story before it could be stopped")


def test_from_an_empty_home_to_a_transcript(tmp_path: Path) -> None:
    home, modules = tmp_path / "home", tmp_path / "modules"
    environ = {**environ_for(home), "MODULES": str(modules)}
    with Terminal([sys.executable, "-c", AUDIT], environ) as terminal:
        terminal.wait_for("Both together need")
        assert "SmolLM2 135M" in terminal.text
        assert "Qwen2.5 Coder 0.5B" in terminal.text
        terminal.send("\r")
        terminal.wait_for("Right model")
        terminal.send("\r")
        terminal.wait_for("package index")
        terminal.wait_for(lambda text: text.count("│ ready ") == 2, 1800)
        terminal.send("用中文写一句话介绍长江。\r")
        terminal.wait_for("▌ 用中文写一句话介绍长江。")
        terminal.wait_for(both_ended)
        stop_left_in_mid_answer(terminal)
        terminal.send(ESCAPE)
        terminal.wait_for(both_ended)
        terminal.send(CTRL_S)
        terminal.wait_for("Saved")
        children = workers_of(terminal.process.pid)
        assert len(children) >= 2
        terminal.send(CTRL_Q)
        assert terminal.wait_for_end() == 0
    wait_until_gone(children)
    transcripts = sorted(path.suffix for path in (home / "data" / "transcripts").iterdir())
    assert transcripts == [".json", ".md"]
    file = next((home / "data" / "transcripts").glob("*.json"))
    chinese, *_, story = json.loads(file.read_text("utf-8"))["exchanges"]
    assert chinese["question"]["text"] == "用中文写一句话介绍长江。"
    assert any("\u4e00" <= each <= "\u9fff" for each in chinese["right"]["text"])
    assert story["left"]["finish_reason"] == "stopped"
    assert story["left"]["text"]
    assert story["right"]["weights"]["sha256"] in {path.stem for path in (home / "data" / "weights").iterdir()}
    loaded = set(modules.read_text().splitlines())
    assert "textual" in loaded
    assert not loaded & {"llama_cpp", "huggingface_hub", "numpy"}


def test_models_on_the_command_line_skip_the_menu_and_quitting_never_waits(greedy: Path) -> None:
    with Terminal([*DUOCHAT, *PAIR], environ_for(greedy)) as terminal:
        terminal.wait_for(lambda text: text.count("│ ready ") == 2)
        terminal.send("Write a very long story about a lighthouse.\r")
        terminal.wait_for(lambda text: text.count("writing ") == 2)
        terminal.send(CTRL_Q)
        assert terminal.wait_for_end() == 0
    exported = json.loads(run(("history", "export", "1", "--format", "json"), environ_for(greedy)).stdout)
    reasons = {exported["exchanges"][0][side]["finish_reason"] for side in ("left", "right")}
    assert reasons == {"interrupted"}
    assert all(exported["exchanges"][0][side]["text"] for side in ("left", "right"))
    with Terminal([*DUOCHAT, "--resume", "1"], environ_for(greedy)) as terminal:
        terminal.wait_for("▌ Write a very long story about a lighthouse.")
        terminal.send(CTRL_Q)
        assert terminal.wait_for_end() == 0


def test_one_model_on_the_command_line_takes_the_left_side_and_the_menu_asks_for_the_other(home: Path) -> None:
    with Terminal([*DUOCHAT, PAIR[1]], environ_for(home)) as terminal:
        terminal.wait_for("Both together need")
        terminal.wait_for(lambda text: text.splitlines()[1].count("Qwen2.5 Coder 0.5B") == 2)
        terminal.send(CTRL_Q)
        assert terminal.wait_for_end() == 0


def test_a_dead_worker_is_told_in_its_pane_and_can_be_loaded_again(greedy: Path) -> None:
    with Terminal([*DUOCHAT, *PAIR], environ_for(greedy)) as terminal:
        terminal.wait_for(lambda text: text.count("│ ready ") == 2)
        terminal.send("Write a very long story about a lighthouse.\r")
        terminal.wait_for(lambda text: text.count("writing ") == 2)
        victim = next(
            pid
            for pid in workers_of(terminal.process.pid)
            if "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32"
            in Path(f"/proc/{pid}/maps").read_text()
        )
        os.kill(victim, signal.SIGKILL)
        terminal.wait_for("SIGKILL")
        terminal.wait_for(lambda text: "writing " not in text)
        terminal.send("\x1b[15~")
        terminal.wait_for(lambda text: "│ ready " in text)
        terminal.send("Say yes.\r")
        terminal.wait_for("▌ Say yes.")
        terminal.wait_for("││ done ")
        terminal.send(CTRL_Q)
        assert terminal.wait_for_end() == 0


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_whatever_ends_the_program_what_was_said_is_kept_and_no_worker_stays(greedy: Path, end: signal.Signals) -> None:
    with Terminal([*DUOCHAT, *PAIR], environ_for(greedy)) as terminal:
        terminal.wait_for(lambda text: text.count("│ ready ") == 2)
        terminal.send("Write a very long story about a lighthouse.\r")
        terminal.wait_for(lambda text: text.count("writing ") == 2)
        terminal.wait_for(lambda _: both_write(greedy))
        children = workers_of(terminal.process.pid)
        terminal.process.send_signal(end)
        terminal.wait_for_end()
    assert children
    wait_until_gone(children)
    exported = json.loads(run(("history", "export", "1", "--format", "json"), environ_for(greedy)).stdout)
    for side in ("left", "right"):
        assert exported["exchanges"][0][side]["finish_reason"] == "interrupted"
        assert exported["exchanges"][0][side]["text"]


def test_after_a_stop_from_outside_it_goes_on_and_gives_the_terminal_back_as_it_was(home: Path) -> None:
    with Terminal([*DUOCHAT], environ_for(home)) as terminal:
        terminal.wait_for("Both together need")
        for _ in range(2):
            terminal.process.send_signal(signal.SIGSTOP)
            os.waitid(os.P_PID, terminal.process.pid, os.WSTOPPED)
            terminal.wipe()
            terminal.process.send_signal(signal.SIGCONT)
            terminal.wait_for(lambda text: all(each in text for each in ("Left model", "Both together need", "Quit")))
        terminal.send(F1)
        terminal.wait_for("Esc closes")
        terminal.send(ESCAPE + CTRL_Q)
        assert terminal.wait_for_end() == 0
        assert terminal.settings == terminal.settings_before


def test_a_terminal_of_twenty_by_five_is_told_what_to_do(home: Path) -> None:
    with Terminal([*DUOCHAT], environ_for(home), columns=20, rows=5) as terminal:
        terminal.wait_for("small")
        terminal.send(CTRL_Q)
        assert terminal.wait_for_end() == 0


DEFECT = """
from tui.screens.menu.screen import MenuScreen
def broken(self): raise RuntimeError("broken on purpose")
MenuScreen.on_mount = broken
from tui.cli.main import main
main()
"""


def test_a_defect_is_kept_in_a_file_and_off_the_terminal(home: Path) -> None:
    with Terminal([sys.executable, "-c", DEFECT], environ_for(home)) as terminal:
        terminal.wait_for("please report it")
        assert terminal.wait_for_end() == 1
        assert b"Traceback" not in terminal.raw
    assert "broken on purpose" in (home / "state" / "crash.log").read_text("utf-8")


def test_without_a_terminal_the_other_way_is_named(home: Path) -> None:
    ended = run((), environ_for(home))
    assert ended.returncode == 1
    assert "duochat ask" in ended.stderr
    assert "\x1b" not in ended.stdout + ended.stderr
