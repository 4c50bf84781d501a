"""How busy the machine is with other things."""

import os
import subprocess
import sys

from tui.bench.figures import Pair
from tui.bench.weather import Watch, cpu_s, watched
from tui.engine.footprint import family


def test_the_cpu_of_a_process_only_grows() -> None:
    before = cpu_s(os.getpid())
    while cpu_s(os.getpid()) == before:
        pass
    assert cpu_s(os.getpid()) > before > 0


def test_a_process_that_is_gone_uses_nothing() -> None:
    process = subprocess.Popen([sys.executable, "-S", "-c", ""])
    process.wait()
    assert cpu_s(process.pid) == 0.0


def test_the_family_of_a_process_is_itself_and_its_children() -> None:
    process = subprocess.Popen([sys.executable, "-S", "-c", "input()"], stdin=subprocess.PIPE)
    try:
        assert family(os.getpid())[0] == os.getpid()
        assert process.pid in family(os.getpid())
    finally:
        process.communicate(b"\n")


def test_what_others_do_is_known_here() -> None:
    weather = Watch().weather()
    assert weather.load is not None
    assert weather.others is None or weather.others >= 0


async def test_a_pair_is_watched_while_it_is_measured() -> None:
    async def measuring() -> Pair:
        return Pair(2.0, 1.0)

    pair = await watched(measuring())
    assert (pair.measured, pair.against) == (2.0, 1.0)
    assert pair.weather is not None
