"""Child processes of the archive's tests, run as a module with a command and a file.

`write FILE`: ask and answer without end; print a line of JSON after each write that was acknowledged.
`hold FILE`: print a line once an answer is in progress, then wait.
`export FILE`: save the same transcript again and again; print a line after the first time.
"""

import json
import signal
import sys
from dataclasses import replace
from pathlib import Path

from tests.archive import sample
from tui.archive.store import Archive
from tui.archive.transcript.export import save
from tui.chat.conversation import FinishReason, Side


def write(file: Path) -> None:
    """Ask and answer without end; acknowledge (exchange, side, characters, reason) of each write."""
    archive = Archive.open(file)
    conversation = archive.begin(sample.conversation())
    assert conversation.id is not None
    acknowledge(conversation.id, None, 0, None)
    while True:
        answers = sample.partial_answers()
        exchange = archive.ask(conversation.id, sample.question(), answers)
        for side in Side:
            acknowledge(exchange, side, 0, None)
        for length in (40, 80):
            for side, empty in answers.items():
                archive.checkpoint(exchange, side, replace(empty, text="汉" * length))
                acknowledge(exchange, side, length, None)
        for side, empty in answers.items():
            archive.finish(exchange, side, replace(empty, text="汉" * 120, finish_reason=FinishReason.STOP))
            acknowledge(exchange, side, 120, FinishReason.STOP)


def hold(file: Path) -> None:
    """Leave the left answer at two letters and the right one empty."""
    archive = Archive.open(file)
    conversation = archive.begin(sample.conversation())
    assert conversation.id is not None
    answers = sample.partial_answers()
    exchange = archive.ask(conversation.id, sample.question(), answers)
    archive.checkpoint(exchange, Side.LEFT, replace(answers[Side.LEFT], text="Ni"))
    acknowledge(exchange, Side.LEFT, 2, None)
    signal.pause()


def acknowledge(number: int, side: Side | None, length: int, reason: FinishReason | None) -> None:
    """Tell the parent what has been saved."""
    sys.stdout.write(json.dumps([number, side, length, reason]) + "\n")
    sys.stdout.flush()


def export(file: Path) -> None:
    """Save the same transcript again and again."""
    exchanges = sample.rivers().exchanges * 50
    save(sample.conversation(*exchanges), file)
    acknowledge(0, None, 0, None)
    while True:
        save(sample.conversation(*exchanges), file)


if __name__ == "__main__":
    {"write": write, "hold": hold, "export": export}[sys.argv[1]](Path(sys.argv[2]))
