"""Extra buffers are used where they were measured to pay off."""

import os
from pathlib import Path

import pytest
from gguf import GGMLQuantizationType

from tests import uniform
from tests.engine.asking import load
from tests.engines import engine, engines
from tui.chat.events import Loaded
from tui.engine.cpu import processor
from tui.engine.process.extra_buffers import ExtraBuffers, Kernels, kernels, pay_off
from tui.engine.process.safe_mode import Cause, SafeMode
from tui.models.gguf import metadata

AVX512 = frozenset({"avx2", "avx512f", "avx512_vnni"})


@pytest.mark.parametrize(
    ("features", "machine", "expected"),
    [
        ({"avx2"}, "x86_64", Kernels.AVX2),
        (AVX512, "x86_64", Kernels.AVX512),
        ({"avx2", "avx512f"}, "x86_64", Kernels.OTHER),
        ({"avx2", "avx_vnni"}, "x86_64", Kernels.OTHER),
        (AVX512 | {"amx_tile", "amx_int8"}, "x86_64", Kernels.AMX),
        ({"asimddp"}, "aarch64", Kernels.ARM),
        (set(), "arm64", Kernels.ARM),
        (set(), "AMD64", Kernels.OTHER),
    ],
)
def test_kernels_follow_from_features(features: set[str], machine: str, expected: Kernels) -> None:
    assert kernels(features, machine) is expected


@pytest.mark.parametrize(
    ("weights", "on", "expected"),
    [
        ({"Q4_0": 90, "Q6_K": 10}, Kernels.AVX512, True),
        ({"Q4_K": 70, "Q6_K": 30}, Kernels.AVX512, False),
        ({"Q4_K": 70, "Q6_K": 30}, Kernels.AVX2, False),
        ({"Q2_K": 100}, Kernels.AVX512, False),
        ({"MXFP4": 80, "Q8_0": 20}, Kernels.AVX512, True),
        ({"Q4_0": 90, "Q4_K": 10}, Kernels.AVX512, True),
        ({"Q4_0": 30, "Q4_K": 70}, Kernels.AVX512, False),
        ({"Q4_K": 100}, Kernels.AMX, True),
        ({"Q4_K": 100}, Kernels.ARM, True),
        ({"Q4_K": 100}, Kernels.OTHER, True),
    ],
)
def test_extra_buffers_follow_the_measurements(weights: dict[str, int], on: Kernels, expected: bool) -> None:
    assert pay_off(weights, on) is expected


def test_types_are_copied_where_kernels_exist_and_pay_off(tmp_path: Path) -> None:
    memory = SafeMode(tmp_path, os.environ)
    avx512, amx = (ExtraBuffers(AVX512 | more, metadata.read, memory) for more in (set(), {"amx_tile"}))
    assert avx512.copied({"Q4_0": 90, "Q6_K": 10}) == 90
    assert avx512.copied({"Q4_K": 90, "Q6_K": 10}) == 0
    assert avx512.copied({"Q4_K": 90, "Q6_K": 10}, extra_buffers=True) == 90
    assert avx512.copied({"Q4_0": 90, "Q6_K": 10}, extra_buffers=False) == 0
    assert amx.copied({"Q4_K": 90, "Q6_K": 10}) == 100


def test_amx_counts_as_missing_in_safe_mode(tmp_path: Path) -> None:
    memory = SafeMode(tmp_path, os.environ)
    path = uniform.write(tmp_path / "q4_k.gguf", GGMLQuantizationType.Q4_K, width=256, feed_forward=256, layers=1)
    buffers = ExtraBuffers(AVX512 | {"amx_tile"}, metadata.read, memory)
    assert buffers.pay(path, safe_mode=False)
    assert not buffers.pay(path, safe_mode=True)
    assert buffers.copied({"Q4_K": 90}) == 90
    memory.remember(Cause("SIGILL", "loading"))
    assert buffers.copied({"Q4_K": 90}) == 0


def test_file_without_a_header_gets_llama_cpps_default(tmp_path: Path) -> None:
    assert ExtraBuffers(AVX512, metadata.read, SafeMode(tmp_path, {})).pay(tmp_path / "missing.gguf", safe_mode=False)


async def test_worker_copies_weights_only_where_asked(tmp_path: Path) -> None:
    path = uniform.write(tmp_path / "q4_0.gguf", GGMLQuantizationType.Q4_0, width=256, feed_forward=256, layers=1)
    events = []
    for wanted in (True, False):
        made = engine(path, extra_buffers=lambda _, wanted=wanted: wanted)
        events.append(await load(made))
        await made.close()
    with_copies, without = events
    assert isinstance(with_copies, Loaded)
    assert isinstance(without, Loaded)
    assert not without.extra_buffers
    assert without.repacked == 0
    if {"avx2", "asimddp"} & processor().features and not with_copies.safe_mode:
        assert with_copies.repacked > 0


async def test_measured_policy_reaches_the_worker(tmp_path: Path) -> None:
    path = uniform.write(tmp_path / "q4_k.gguf", GGMLQuantizationType.Q4_K, width=256, feed_forward=256, layers=1)
    expected = engines().buffers.pay(path, safe_mode=engines().memory.recall() is not None)
    made = engines()(path, 256)
    event = await load(made)
    await made.close()
    assert isinstance(event, Loaded)
    assert event.extra_buffers is expected
