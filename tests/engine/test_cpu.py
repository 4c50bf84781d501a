"""What /sys tells of processors becomes cores that may compute."""

from dataclasses import replace
from pathlib import Path

import pytest

from tui.engine.cores import Cores
from tui.engine.cpu import cores_for, cores_of, limited, quota, usable_cores


def processor(root: Path, number: int, siblings: str = "", capacity: int | None = None) -> None:
    place = root / "sys/devices/system/cpu" / f"cpu{number}"
    (place / "topology").mkdir(parents=True)
    (place / "topology" / "core_cpus_list").write_text(f"{siblings or number}\n")
    if capacity is not None:
        (place / "cpu_capacity").write_text(f"{capacity}\n")


def test_without_a_word_of_the_system_every_processor_is_a_core(tmp_path: Path) -> None:
    assert cores_of({0, 1, 5}, tmp_path) == Cores(3)


def test_threads_of_one_core_count_once(tmp_path: Path) -> None:
    for number, siblings in enumerate(["0,4", "1,5", "0,4", "1,5"]):
        processor(tmp_path, number, siblings)
    assert cores_of({0, 1, 2, 3}, tmp_path) == Cores(2)
    assert cores_of({2}, tmp_path) == Cores(1)


def test_intel_lists_its_two_kinds(tmp_path: Path) -> None:
    for number in range(8):
        processor(tmp_path, number, f"{number - number % 2}-{number - number % 2 + 1}" if number < 4 else "")
    (tmp_path / "sys/devices/cpu_core").mkdir(parents=True)
    (tmp_path / "sys/devices/cpu_core/cpus").write_text("0-3\n")
    assert cores_of(set(range(8)), tmp_path) == Cores(2, 4)
    assert cores_of({4, 5}, tmp_path) == Cores(2)


def test_others_give_each_processor_a_capacity(tmp_path: Path) -> None:
    for number, capacity in enumerate([400, 400, 870, 1024]):
        processor(tmp_path, number, capacity=capacity)
    assert cores_of({0, 1, 2, 3}, tmp_path) == Cores(2, 2)


@pytest.mark.parametrize(
    ("text", "limit"),
    [("150000 100000", 1), ("400000 100000", 4), ("20000 100000", 0), ("max 100000", None), ("?", None)],
)
def test_a_quota_counts_whole_cores(tmp_path: Path, text: str, limit: int | None) -> None:
    (tmp_path / "sys/fs/cgroup").mkdir(parents=True)
    (tmp_path / "sys/fs/cgroup/cpu.max").write_text(text)
    assert quota(tmp_path) == limit


def test_the_narrowest_of_all_cgroups_counts(tmp_path: Path) -> None:
    inner = tmp_path / "sys/fs/cgroup/user.slice/session.scope"
    inner.mkdir(parents=True)
    (inner / "cpu.max").write_text("max 100000")
    (inner.parent / "cpu.max").write_text("300000 100000")
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text("0::/user.slice/session.scope\n")
    assert quota(tmp_path) == 3


def test_the_older_kind_of_cgroup_counts_too(tmp_path: Path) -> None:
    place = tmp_path / "sys/fs/cgroup/cpu"
    place.mkdir(parents=True)
    (place / "cpu.cfs_period_us").write_text("100000")
    (place / "cpu.cfs_quota_us").write_text("-1")
    assert quota(tmp_path) is None
    (place / "cpu.cfs_quota_us").write_text("250000")
    assert quota(tmp_path) == 2


def test_a_limit_takes_the_slow_cores_first_and_leaves_one() -> None:
    assert limited(Cores(4, 4), None) == Cores(4, 4)
    assert limited(Cores(4, 4), 6) == Cores(4, 2)
    assert limited(Cores(4, 4), 2) == Cores(2)
    assert limited(Cores(4), 0) == Cores(1)


def test_the_users_word_counts() -> None:
    more = usable_cores().total + 1
    assert cores_for(more, None) == Cores(more, whole=True)
    assert cores_for(more, 3) == Cores(more, whole=True, fixed=3)
    assert cores_for(1, None) == Cores(1, whole=True)
    assert cores_for(None, 3) == replace(usable_cores(), fixed=3)


def test_this_machine_has_a_core() -> None:
    assert usable_cores().performance >= 1
