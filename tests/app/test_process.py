"""What the process that draws loads: nothing that computes, and nothing that talks to the hub."""

import os
import subprocess
import sys
from pathlib import Path

from tests import tiny
from tests.patience import GUARD

ROOT = Path(__file__).parents[2]

PROGRAM = """
import asyncio, os, sys
from pathlib import Path
from tests.engines import engines
from tests.screens.host import until
from tui import paths
from tui.app.app import DuoApp
from tui.archive.store import Archive
from tui.chat.conversation import Side
from tui.models import memory
from tui.models.catalogue import catalogue
from tui.screens.menu.screen import MenuScreen
from tui.screens.compare.screen import CompareScreen
from tui.session.preload import Preloader
from tui.session.prepare import Preparer
from tui.settings import Settings
from tui.session.memory_check import Selection, MemoryCheck
from tui.widgets.status import Status
from tui.engine.cores import Cores

async def main():
    known = catalogue.load(paths.shipped_models_file(), paths.user_models_file())
    spec = known.find(sys.argv[1])
    archive = Archive.open(paths.archive_file())
    memory_check = MemoryCheck(environ=os.environ, available=memory.available)
    preloader = Preloader(memory_check, engines())
    preparer = Preparer(
        environ=os.environ, archive=archive, memory_check=memory_check, preloader=preloader, cores=Cores(2)
    )
    app = DuoApp(
        catalogue=known, settings=Settings(), settings_file=paths.settings_file(), archive=archive,
        memory_check=memory_check,
        preparer=lambda: preparer,
        selections={side: Selection(spec=spec) for side in Side}, resume=None,
    )
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, CompareScreen))
        await pilot.press(*"Hi", "enter", "f4", "ctrl+s", "f1", "escape")
        await until(pilot, lambda: [each.view.state for each in app.screen.query(Status)] == ["done", "done"])
        await pilot.press("ctrl+n")
        await until(pilot, lambda: isinstance(app.screen, MenuScreen))
    archive.close()

asyncio.run(main())
print(*sorted({"llama_cpp", "huggingface_hub", "numpy", "jinja2"} & sys.modules.keys()))
"""


def test_the_process_that_draws_computes_nothing(tmp_path: Path) -> None:
    model = tiny.write(tmp_path / "tiny.gguf", script={"\n": ["Hello", " there"]})
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(model)],
        cwd=ROOT,
        env=os.environ | {"DUOCHAT_HOME": str(tmp_path), "HF_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=2 * GUARD,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip() == ""
