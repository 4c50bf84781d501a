"""The machine load during a measurement."""

import os
import subprocess
import sys

import pytest

from tui.bench.machine_load import LoadWatch, MachineLoad, cpu_seconds, family, highest


def test_cpu_time_of_a_process_only_grows() -> None:
    before = cpu_seconds(os.getpid())
    while cpu_seconds(os.getpid()) == before:
        pass
    assert cpu_seconds(os.getpid()) > before > 0


def test_a_process_that_has_ended_uses_no_cpu() -> None:
    process = subprocess.Popen([sys.executable, "-S", "-c", ""])
    process.wait()
    assert cpu_seconds(process.pid) == 0.0


def test_a_family_is_a_process_and_its_children() -> None:
    process = subprocess.Popen([sys.executable, "-S", "-c", "input()"], stdin=subprocess.PIPE)
    try:
        assert family(os.getpid())[0] == os.getpid()
        assert process.pid in family(os.getpid())
    finally:
        process.communicate(b"\n")


def test_the_cpu_of_other_programs_is_counted_without_the_own_processes() -> None:
    load = LoadWatch().load()
    assert load.load is not None
    assert load.others is not None
    assert load.others >= 0
    assert load.stolen is not None


@pytest.mark.parametrize(
    ("load", "noisy", "quiet"),
    [
        (MachineLoad(load=3.0, others=0.05, stolen=0.0), False, True),
        (MachineLoad(load=None, others=None, stolen=None), False, False),
        (MachineLoad(load=0.0, others=0.5, stolen=0.0), True, False),
        (MachineLoad(load=0.0, others=0.0, stolen=0.1), True, False),
    ],
)
def test_a_machine_is_noisy_when_others_used_it(load: MachineLoad, noisy: bool, quiet: bool) -> None:
    assert (load.noisy, load.quiet) == (noisy, quiet)


def test_the_highest_load_counts_by_field() -> None:
    assert highest([]) is None
    loads = [MachineLoad(1.0, 0.5, None), MachineLoad(2.0, 0.1, None)]
    assert highest(loads) == MachineLoad(2.0, 0.5, None)
