"""Two runs on one archive, one of which is killed."""

import json
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep

import pytest

from tui.archive.store import Archive
from tui.chat.conversation import Answer, FinishReason, Side

Acknowledged = tuple[int, str | None, int, str | None]


@contextmanager
def child(work: str, file: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a child that does `work` with `file`; kill it at the end of the block."""
    command = [sys.executable, "-m", "tests.archive.children", work, str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.kill()


def acknowledged_by(process: subprocess.Popen[bytes]) -> list[Acknowledged]:
    """Return what the killed child had acknowledged, without an unfinished last line."""
    assert process.stdout is not None
    lines = process.stdout.read().decode().split("\n")[:-1]
    return [tuple(json.loads(line)) for line in lines]


def answers_in(file: Path) -> list[dict[Side, Answer]]:
    """Return the answers of every exchange, in the order of the questions in each conversation."""
    archive = Archive.open(file)
    assert archive.notice is None
    found = [archive.conversation(each.id) for each in archive.conversations()]
    archive.close()
    return [dict(exchange.answers) for conversation in found for exchange in conversation.exchanges]


def furthest(acknowledged: list[Acknowledged]) -> list[tuple[int, str | None]]:
    """Return the last acknowledged state of each answer, sorted: its characters and its finish reason."""
    last = {(number, side): (length, reason) for number, side, length, reason in acknowledged if side}
    return sorted(last.values(), key=str)


def test_killed_run_loses_nothing_that_it_acknowledged(tmp_path: Path) -> None:
    moments = random.Random(29)
    for round_number in range(15):
        file = tmp_path / str(round_number) / "archive.db"
        with child("write", file) as one, child("write", file) as two:
            assert one.stdout is not None
            one.stdout.readline()
            sleep(moments.uniform(0, 0.06))
            one.kill()
            sleep(moments.uniform(0, 0.02))
            two.kill()
            promised = furthest(acknowledged_by(one) + acknowledged_by(two))
        kept = [answer for answers in answers_in(file) for answer in answers.values()]
        assert all(answer.finish_reason in {FinishReason.STOP, FinishReason.INTERRUPTED} for answer in kept)
        assert all(set(answer.text) <= {"汉"} for answer in kept)
        ended = [answer for answer in kept if answer.finish_reason is FinishReason.STOP]
        assert len(ended) >= sum(reason == "stop" for _, reason in promised)
        lengths = sorted((len(answer.text) for answer in kept), reverse=True)
        wanted = sorted((length for length, _ in promised), reverse=True)
        assert all(has >= needs for has, needs in zip(lengths, wanted, strict=False))
        assert len(lengths) >= len(wanted)


def test_only_answers_of_an_ended_run_become_interrupted(tmp_path: Path) -> None:
    file = tmp_path / "archive.db"
    with child("hold", file) as living, child("hold", file) as dying:
        for process in (living, dying):
            assert process.stdout is not None
            process.stdout.readline()
        living.send_signal(signal.SIGSTOP)
        dying.kill()
        dying.wait()
        reasons = [answer.finish_reason for answers in answers_in(file) for answer in answers.values()]
        assert sorted(map(str, reasons)) == ["None", "None", "interrupted", "interrupted"]
    kept = answers_in(file)
    assert {answer.finish_reason for answers in kept for answer in answers.values()} == {FinishReason.INTERRUPTED}
    assert [answers[Side.LEFT].text for answers in kept] == ["Ni", "Ni"]


def test_lock_files_of_ended_runs_are_removed(tmp_path: Path) -> None:
    file = tmp_path / "archive.db"
    with child("hold", file) as process:
        assert process.stdout is not None
        process.stdout.readline()
    answers_in(file)
    assert {each.name for each in tmp_path.iterdir()} == {"archive.db", "archive.db.lock"}


@pytest.mark.parametrize("ending", ["json", "md", "html"])
def test_killed_export_leaves_a_whole_file(tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"transcript.{ending}"
    for wait in (0.0, 0.004, 0.013):
        with child("export", file) as process:
            assert process.stdout is not None
            process.stdout.readline()
            whole = file.read_bytes()
            sleep(wait)
        assert file.read_bytes() == whole
        assert all(each.stat().st_mode & 0o777 == 0o600 for each in tmp_path.iterdir())
