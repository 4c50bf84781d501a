"""Usable cores by /sys and cgroups, and the processor by /proc/cpuinfo."""

from dataclasses import replace
from pathlib import Path

import pytest

from tui.engine.cores import Cores
from tui.engine.cpu import Processor, cores_for, cores_of, limited, processor, quota, usable_cores

XEON = """\
processor\t: 0
vendor_id\t: GenuineIntel
model name\t: Intel(R) Xeon(R) Processor
flags\t\t: fpu avx2 avx512f amx_tile amx_int8

processor\t: 1
flags\t\t: other
"""

ARM = """\
processor\t: 0
BogoMIPS\t: 50.00
Features\t: fp asimd asimddp
CPU implementer\t: 0x41
CPU part\t: 0xd40
"""


def add_cpu(root: Path, number: int, siblings: str = "", capacity: int | None = None) -> None:
    folder = root / "sys/devices/system/cpu" / f"cpu{number}"
    (folder / "topology").mkdir(parents=True)
    (folder / "topology" / "core_cpus_list").write_text(f"{siblings or number}\n")
    if capacity is not None:
        (folder / "cpu_capacity").write_text(f"{capacity}\n")


def test_every_processor_is_a_core_where_sys_is_empty(tmp_path: Path) -> None:
    assert cores_of({0, 1, 5}, tmp_path) == Cores(3)


def test_hardware_threads_of_one_core_count_once(tmp_path: Path) -> None:
    for number, siblings in enumerate(["0,4", "1,5", "0,4", "1,5"]):
        add_cpu(tmp_path, number, siblings)
    assert cores_of({0, 1, 2, 3}, tmp_path) == Cores(2)
    assert cores_of({2}, tmp_path) == Cores(1)


def test_intel_lists_performance_and_efficiency_cores(tmp_path: Path) -> None:
    for number in range(8):
        add_cpu(tmp_path, number, f"{number - number % 2}-{number - number % 2 + 1}" if number < 4 else "")
    (tmp_path / "sys/devices/cpu_core").mkdir(parents=True)
    (tmp_path / "sys/devices/cpu_core/cpus").write_text("0-3\n")
    assert cores_of(set(range(8)), tmp_path) == Cores(2, 4)
    assert cores_of({4, 5}, tmp_path) == Cores(2)


def test_capacities_tell_performance_and_efficiency_cores(tmp_path: Path) -> None:
    for number, capacity in enumerate([400, 400, 870, 1024]):
        add_cpu(tmp_path, number, capacity=capacity)
    assert cores_of({0, 1, 2, 3}, tmp_path) == Cores(2, 2)


@pytest.mark.parametrize(
    ("text", "limit"),
    [("150000 100000", 1), ("400000 100000", 4), ("20000 100000", 0), ("max 100000", None), ("?", None)],
)
def test_quota_counts_whole_cores(tmp_path: Path, text: str, limit: int | None) -> None:
    (tmp_path / "sys/fs/cgroup").mkdir(parents=True)
    (tmp_path / "sys/fs/cgroup/cpu.max").write_text(text)
    assert quota(tmp_path) == limit


def test_smallest_quota_of_all_cgroups_applies(tmp_path: Path) -> None:
    inner = tmp_path / "sys/fs/cgroup/user.slice/session.scope"
    inner.mkdir(parents=True)
    (inner / "cpu.max").write_text("max 100000")
    (inner.parent / "cpu.max").write_text("300000 100000")
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text("0::/user.slice/session.scope\n")
    assert quota(tmp_path) == 3


def test_quota_of_cgroup_version_1_applies(tmp_path: Path) -> None:
    folder = tmp_path / "sys/fs/cgroup/cpu"
    folder.mkdir(parents=True)
    (folder / "cpu.cfs_period_us").write_text("100000")
    (folder / "cpu.cfs_quota_us").write_text("-1")
    assert quota(tmp_path) is None
    (folder / "cpu.cfs_quota_us").write_text("250000")
    assert quota(tmp_path) == 2


def test_limit_removes_efficiency_cores_first_and_leaves_one_core() -> None:
    assert limited(Cores(4, 4), None) == Cores(4, 4)
    assert limited(Cores(4, 4), 6) == Cores(4, 2)
    assert limited(Cores(4, 4), 2) == Cores(2)
    assert limited(Cores(4), 0) == Cores(1)


def test_setting_of_the_user_overrides_the_usable_cores() -> None:
    more = usable_cores().total + 1
    assert cores_for(more, None) == Cores(more, whole=True)
    assert cores_for(more, 3) == Cores(more, whole=True, fixed=3)
    assert cores_for(1, None) == Cores(1, whole=True)
    assert cores_for(None, 3) == replace(usable_cores(), fixed=3)


def test_this_machine_has_a_usable_core() -> None:
    assert usable_cores().performance >= 1


def test_processor_is_read_from_its_first_entry(tmp_path: Path) -> None:
    (tmp_path / "xeon").write_text(XEON)
    (tmp_path / "arm").write_text(ARM)
    xeon, arm = processor(tmp_path / "xeon"), processor(tmp_path / "arm")
    assert xeon.features == {"fpu", "avx2", "avx512f", "amx_tile", "amx_int8"}
    assert "Intel(R) Xeon(R) Processor" in xeon.identity
    assert arm.features == {"fp", "asimd", "asimddp"}
    assert "0xd40" in arm.identity


def test_processor_without_cpuinfo_has_no_known_features(tmp_path: Path) -> None:
    found = processor(tmp_path / "missing")
    assert isinstance(found, Processor)
    assert found.features == frozenset()
