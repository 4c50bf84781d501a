"""The memory of duochat's processes."""

import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests import tiny
from tests.engine.asking import loaded
from tui.engine.footprint import own, programs

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux reports proportional sizes")


async def test_program_has_worker_with_its_child_processes(tmp_path: Path) -> None:
    assert own() is None
    async with loaded(tiny.write(tmp_path / "m.gguf")) as engine:
        program = own()
        assert program is not None
        assert program.pid in {each.pid for each in programs()}
        worker = psutil.Process(engine.pid)
        family = [worker, *worker.children(recursive=True)]
        assert len(family) == 2, "the worker and its renderer of chat templates"
        (size,) = program.workers
        assert size == pytest.approx(sum(each.memory_full_info().pss for each in family), rel=0.2)
        assert 0 < program.size < psutil.Process().memory_info().rss
        assert program.total == program.size + size


def test_worker_of_another_program_is_found_until_it_ends() -> None:
    """It is taken for a worker by its command line."""
    script = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'input()', 'tui.engine.worker'])"
    with subprocess.Popen((sys.executable, "-c", script), stdin=subprocess.PIPE) as program:
        assert program.stdin is not None
        while not psutil.Process(program.pid).children():
            time.sleep(0.01)
        (worker,) = psutil.Process(program.pid).children()
        while "tui.engine.worker" not in worker.cmdline():
            time.sleep(0.01)
        (found,) = (each for each in programs() if each.pid == program.pid)
        assert len(found.workers) == 1
        assert found.total > 0
        program.stdin.close()
        program.wait()
    assert program.pid not in {each.pid for each in programs()}
    assert own() is None


def test_psutil_is_imported_when_memory_is_asked_for() -> None:
    """It is taken for a worker by its command line."""
    script = "import sys, tui.engine.footprint; print('psutil' in sys.modules)"
    output = subprocess.run((sys.executable, "-c", script), stdout=subprocess.PIPE, check=True).stdout
    assert output == b"False\n"
