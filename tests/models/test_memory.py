"""The memory that two models need, what is available, and the refusal if it is too little."""

import os
from pathlib import Path

import psutil
import pytest

from tests.models import weights_files as w
from tui.models import memory
from tui.models.gguf import metadata
from tui.models.gguf.types import CPU_BATCH

MIB, GB = 2**20, 10**9


def _need(
    weights: int, kv: int = 0, compute: int = 0, context: int = 4096, *, file: Path | None = None, copied: int = 0
) -> memory.Need:
    return memory.Need(weights=weights, copied=copied, kv=kv, compute=compute, context=context, file=file)


def test_need_is_weights_and_cache_and_compute(tmp_path: Path) -> None:
    header = metadata.read(w.write(tmp_path / "t.gguf"))
    need = memory.need(header.size, header, 1000)
    assert (need.weights, need.kv) == (header.size, 1000 * 256)
    assert need.total == need.weights + need.kv + need.compute


def test_compute_grows_with_vocabulary_and_context(tmp_path: Path) -> None:
    small = metadata.read(w.write(tmp_path / "s.gguf"))
    large = metadata.read(w.write(tmp_path / "l.gguf", tokenizer__ggml__tokens=[str(n) for n in range(150_000)]))
    scores = 4 * CPU_BATCH * 4096 * (4 + 1)
    assert scores < memory.need(0, small, 4096).compute < scores + 80 * MIB
    more = memory.need(0, large, 4096).compute - memory.need(0, small, 4096).compute
    assert more == 4 * (large.vocabulary - small.vocabulary)
    assert memory.need(0, large, 131_072).compute > 4 * CPU_BATCH * 131_072 * 5


@pytest.mark.parametrize(
    ("size", "true_kib"), [(98_362_432, 22.5), (639_446_688, 112), (2_019_377_696, 112), (2_497_281_120, 144)]
)
def test_cache_estimate_is_near_that_of_models_of_the_size(size: int, true_kib: float) -> None:
    assert 0.7 * true_kib < memory.need(size, None, 1024).kv / 1024 / 1024 < 1.7 * true_kib


def test_fitting_models_are_not_refused() -> None:
    needs = {"left": _need(GB, GB // 2), "right": _need(2 * GB, GB // 2)}
    assert memory.refusal(needs, 4 * GB) is None


def test_refusal_names_the_weights_or_the_context() -> None:
    needs = {"left": _need(GB, GB // 2), "right": _need(2 * GB, GB // 2)}
    assert memory.refusal(needs, 4 * GB - 1) == (
        "The weights of both models (3.0 GB) fit into the 4.0 GB of free memory, but a context of 4,096 tokens takes "
        "1.0 GB more: take a shorter one (--context 2048), or a smaller model or quant."
    )
    assert memory.refusal(needs, 2 * GB) == (
        "The weights of both models take 3.0 GB of memory and 2.0 GB are free: choose smaller models or quants, "
        "or close other programs."
    )


def test_refusal_advises_a_context_only_if_it_fits() -> None:
    refusal = memory.refusal({"left": _need(GB, compute=GB)}, GB)
    assert refusal is not None
    assert "--context" not in refusal
    assert refusal.startswith("The weights (1.0 GB) fit")


def test_advised_context_fits() -> None:
    needs = {"left": _need(GB, 8 * GB, context=65_536), "right": _need(GB, GB, context=4096)}
    refusal = memory.refusal(needs, 4 * GB)
    assert refusal is not None
    assert "(--context 8192)" in refusal


def test_weights_of_one_file_on_both_sides_count_once() -> None:
    file = Path("m.gguf")
    needs = {"left": _need(2 * GB, GB, file=file), "right": _need(2 * GB, GB, file=file)}
    assert memory.refusal(needs, 4 * GB) is None
    assert memory.refusal({side: _need(2 * GB, GB) for side in needs}, 4 * GB) is not None


def test_copied_weights_of_one_file_count_for_each_worker() -> None:
    needs = {side: _need(2 * GB, GB, file=Path("m.gguf"), copied=GB) for side in ("left", "right")}
    assert memory.refusal(needs, 5 * GB) is None
    refusal = memory.refusal(needs, 5 * GB - 1)
    assert refusal is not None
    assert "(3.0 GB)" in refusal


def test_copied_weights_are_the_workers_own(tmp_path: Path) -> None:
    header = metadata.read(w.write(tmp_path / "m.gguf"))
    needs = [memory.need(0, header, 1000, copied=copied) for copied in (0, 5000)]
    assert needs[1].own - needs[0].own == 5000


def _machine(root: Path, **files: str) -> Path:
    """Write a kernel's files under `root`; '__' in a name stands for a slash, '~' for a dot."""
    for name, content in {"proc__meminfo": "MemTotal: 16000 kB\nMemAvailable: 8000 kB\n", **files}.items():
        file = root / name.replace("__", "/").replace("~", ".")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    return root


def test_linux_reports_available_memory(tmp_path: Path) -> None:
    assert memory.by_proc(_machine(tmp_path)) == 8000 * 1024


def test_control_group_version_2_limits_it(tmp_path: Path) -> None:
    group = "sys__fs__cgroup__box"
    files = {
        "proc__self__cgroup": "0::/box/inner\n",
        f"{group}__memory~max": "5000000\n",
        f"{group}__memory~current": "4000000\n",
        f"{group}__memory~stat": "anon 1\ninactive_file 300000\nactive_file 200000\n",
        f"{group}__inner__memory~max": "max\n",
        f"{group}__inner__memory~current": "4000000\n",
    }
    assert memory.by_proc(_machine(tmp_path, **files)) == 1_500_000


def test_control_group_version_1_limits_it(tmp_path: Path) -> None:
    group = "sys__fs__cgroup__memory"
    files = {
        "proc__self__cgroup": "9:cpu:/x\n4:cpuacct,memory:/not/seen/from/inside\n0::/\n",
        f"{group}__memory~limit_in_bytes": "3000000\n",
        f"{group}__memory~usage_in_bytes": "2000000\n",
        f"{group}__memory~stat": "total_inactive_file 7\n",
        "sys__fs__cgroup__memory~max": "max\n",
    }
    assert memory.by_proc(_machine(tmp_path, **files)) == 1_000_007


def test_control_group_over_its_limit_leaves_nothing(tmp_path: Path) -> None:
    files = {
        "proc__self__cgroup": "0::/\n",
        "sys__fs__cgroup__memory~max": "100\n",
        "sys__fs__cgroup__memory~current": "200\n",
    }
    assert memory.by_proc(_machine(tmp_path, **files)) == 0


def test_kernel_without_a_figure_leaves_the_installed_memory(tmp_path: Path) -> None:
    installed = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert memory.by_proc(tmp_path) == installed


def test_this_machine_has_available_memory() -> None:
    assert 0 < memory.available() <= psutil.virtual_memory().total


def test_psutil_reports_available_memory() -> None:
    assert 0 < memory.by_psutil() <= psutil.virtual_memory().total
