"""Two models never run more threads than there are cores, one each at the least."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.chat.conversation import Side
from tui.engine.cores import shares, usable_cores


@given(st.integers(1, 256))
def test_shares_fill_the_cores_and_leave_nobody_out(cores: int) -> None:
    both = shares(cores, list(Side))
    assert set(both) == set(Side)
    assert sum(both.values()) == max(2, cores)
    assert abs(both[Side.LEFT] - both[Side.RIGHT]) <= 1
    assert shares(cores, [Side.RIGHT]) == {Side.RIGHT: cores}
    assert shares(cores, []) == {}


@pytest.mark.parametrize(
    ("text", "limit"), [("150000 100000", 1), ("20000 100000", 1), ("max 100000", None), ("?", None)]
)
def test_a_quota_counts_whole_cores_and_one_at_the_least(tmp_path: Path, text: str, limit: int | None) -> None:
    free = usable_cores(tmp_path)
    (tmp_path / "cpu.max").write_text(text)
    assert usable_cores(tmp_path) == (free if limit is None else limit)
