"""What is handed over to be written is written, whoever still waits for it."""

import asyncio
import threading
from pathlib import Path

import pytest

from tests.archive import sample
from tests.patience import PATIENCE
from tui.archive.store import Archive
from tui.session.recorder import Recorder


async def test_a_write_that_waits_its_turn_outlives_who_asked_for_it(tmp_path: Path) -> None:
    archive = Archive.open(tmp_path / "archive.db")
    recorder = Recorder(archive)
    begun = await recorder.begin(sample.conversation())
    assert begun.id is not None
    gate = threading.Event()
    busy = asyncio.create_task(recorder._run(lambda: gate.wait(PATIENCE)))
    asking = asyncio.create_task(recorder.ask(begun.id, sample.question("kept?"), {}))
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    gate.set()
    await busy
    await recorder.close()
    assert [each.question.text for each in archive.conversation(begun.id).exchanges] == ["kept?"]
    archive.close()
