"""What many divergences come to."""

import pytest

from tui.arena.stats.divergence import partings, spread
from tui.chat.scores import Divergence, Parted


def divergences(*nats: float) -> list[Divergence]:
    return [Divergence(at, at + 1, each, each < 1, (-1.0, -2.0)) for at, each in enumerate(nats)]


def test_the_spread_of_many() -> None:
    found = spread(divergences(*(each / 100 for each in range(101)), 5.0))
    assert found.tokens == 102
    assert found.mean == pytest.approx((50.5 + 5) / 102)
    assert found.median == pytest.approx(0.505)
    assert found.high == pytest.approx(0.9999)
    assert found.largest == 5
    assert found.agreement == pytest.approx(100 / 102)
    assert found.surprises[0].perplexity == pytest.approx(2.718281828)
    assert found.surprises[1].perplexity == pytest.approx(7.389056099)


def test_one_is_its_own_spread() -> None:
    found = spread(divergences(0.25))
    assert (found.mean, found.median, found.high, found.largest, found.agreement) == (0.25, 0.25, 0.25, 0.25, 1)


def test_answers_that_part_are_counted() -> None:
    found = partings(
        [
            Parted("a", 7, "", (" x", " y")),
            Parted("b", 64, "", None),
            Parted("c", 3, "", ("", " y")),
            Parted("d", 2, "", None),
        ]
    )
    assert (found.answers, found.parted, found.first, found.share) == (4, 2, 3, 0.5)


def test_where_none_parts_there_is_no_first() -> None:
    assert partings([Parted("a", 7, "", None)]).first is None
    assert partings([]).share == 0
