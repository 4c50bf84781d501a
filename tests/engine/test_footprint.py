"""How much memory duochat's processes hold, read from /proc."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import tiny
from tests.engine.asking import loaded
from tui.engine.footprint import family, held, held_by_family, own, programs

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /proc")

SLEEP = (sys.executable, "-S", "-c", "input()")


def test_a_process_holds_something_and_one_that_is_gone_nothing() -> None:
    own, anonymous = held(os.getpid()), held(os.getpid(), "Anonymous")
    assert own is not None
    assert anonymous is not None
    assert 0 < anonymous < own
    assert held(os.getpid(), "Nonsense") is None
    assert held(2**22 + 1) is held_by_family(2**22 + 1) is None


def test_a_family_is_a_process_and_its_children() -> None:
    with subprocess.Popen(SLEEP, stdin=subprocess.PIPE) as process:
        try:
            assert family(os.getpid())[0] == os.getpid()
            assert process.pid in family(os.getpid())
            both, own = held_by_family(os.getpid()), held(os.getpid())
            assert both is not None
            assert own is not None
            assert both > own
        finally:
            process.kill()


async def test_a_program_is_who_has_a_worker(tmp_path: Path) -> None:
    assert own() is None
    async with loaded(tiny.write(tmp_path / "m.gguf")) as engine:
        program = own()
        assert program is not None
        assert program.pid in {each.pid for each in programs()}
        assert engine.pid is not None
        worker = held_by_family(engine.pid)
        assert worker is not None
        (size,) = program.workers
        assert size == pytest.approx(worker, rel=0.2)
        assert program.total == program.size + size
