"""Sizes and durations as text."""

import pytest

from tui.amounts import duration, elapsed, size


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (999.6, "1 kB"),
        (98_362_432, "98 MB"),
        (999_600_000, "1.0 GB"),
        (1_100_000_000, "1.1 GB"),
        (120e9, "120 GB"),
        (10**16, "10000 TB"),
    ],
)
def test_size_is_in_decimal_units(count: float, text: str) -> None:
    assert size(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (89.4, "89 s"), (90, "2 min"), (3540, "59 min"), (3599, "1 h 0 min"), (4800, "1 h 20 min")],
)
def test_duration_has_its_two_largest_units(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("ms", "text"), [(0, "0.0 s"), (3_240, "3.2 s"), (59_949, "59.9 s"), (59_950, "1 min 0 s"), (65_000, "1 min 5 s")]
)
def test_elapsed_time_has_tenths_below_a_minute(ms: float, text: str) -> None:
    assert elapsed(ms) == text
