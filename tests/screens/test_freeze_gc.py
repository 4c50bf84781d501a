"""What the garbage collector is spared: a screen that stays, and never its rubbish for good."""

import gc
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.screens.conftest import MakeDuo
from tests.screens.host import Host, until
from tests.scripted import ScriptedEngine
from tui.screens import freeze_gc
from tui.screens.compare.screen import CompareScreen


class Ring:
    """Holds itself, so that only the collector ever frees it."""

    def __init__(self) -> None:
        self.own = self


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    gc.unfreeze()
    yield
    gc.unfreeze()


def test_what_is_alive_is_spared_and_what_becomes_rubbish_goes_at_the_next_call() -> None:
    ring = Ring()
    watched = weakref.ref(ring)
    freeze_gc.freeze()
    assert all(each is not ring for each in gc.get_objects())
    del ring
    gc.collect()
    assert watched() is not None
    freeze_gc.freeze()
    assert watched() is None


async def test_a_screen_that_stays_is_spared(make_duo: MakeDuo, tmp_path: Path) -> None:
    screen = CompareScreen(make_duo(ScriptedEngine(), ScriptedEngine()), transcripts=tmp_path, keys={})
    async with Host(screen).run_test() as pilot:
        await until(pilot, lambda: gc.get_freeze_count() > 0)
        assert all(each is not screen for each in gc.get_objects())
