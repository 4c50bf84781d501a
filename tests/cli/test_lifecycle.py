"""Commands clean up when a signal ends them, and print one sentence for every error."""

import asyncio
import os
import signal

import click
import pytest

from tui.cli.lifecycle import run, run_cleanly
from tui.errors import UserError


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_lets_work_clean_up_and_sets_the_status(number: signal.Signals) -> None:
    cleaned: list[str] = []

    async def work() -> int:
        try:
            os.kill(os.getpid(), number)
            await asyncio.sleep(60)
        finally:
            os.kill(os.getpid(), number)
            await asyncio.sleep(0.01)
            os.kill(os.getpid(), signal.SIGINT)
            await asyncio.sleep(0.01)
            cleaned.append("up")
        return 0

    assert run(work()) == 128 + number
    assert cleaned == ["up"]


def test_status_of_work_is_returned() -> None:
    async def work() -> int:
        return 3

    assert run(work()) == 3


class CorrectableError(UserError):
    """An error of the command line."""

    status = 2


@pytest.mark.parametrize(
    ("error", "status", "sentence"),
    [
        (UserError("It is gone: fetch\x1b it."), 1, "duochat: It is gone: fetch␛ it.\n"),
        (CorrectableError("It is unknown."), 2, "duochat: It is unknown.\n"),
        (click.UsageError("Name a model"), 2, "duochat: Name a model. See `duochat --help`.\n"),
        (click.ClickException("No."), 1, "duochat: No.\n"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_error_is_one_sentence_and_a_status(
    error: BaseException, status: int, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended, run_cleanly():
        raise error
    assert ended.value.code == status
    assert capsys.readouterr().err == sentence
