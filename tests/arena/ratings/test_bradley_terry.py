"""The fit itself: hard data, and the ties that are lent."""

import numpy as np
import pytest

from tests.arena.ratings.voters import votes
from tui.arena.ratings.bradley_terry import Problem, anchor, expectation, fit, lent
from tui.arena.ratings.design_matrix import Blocks, Pairs, Table
from tui.arena.ratings.standings import fitted
from tui.arena.ratings.tally import count, reach

PAIR = Pairs(np.array([0]), np.array([1]), 2)
GAUGE = anchor(np.array([[0.5, 0.5]]))


def test_a_million_to_one_is_found() -> None:
    found = fit(Problem(PAIR, np.array([1e6]), np.array([1e6 + 1]), GAUGE))
    assert found[0] - found[1] == pytest.approx(np.log(1e6))


def test_a_chain_of_lopsided_pairs_is_the_sum_of_its_links() -> None:
    models = 12
    first = np.arange(models - 1)
    design = Pairs(first, first + 1, models)
    found = fit(Problem(design, np.full(11, 99.5), np.full(11, 100.0), anchor(np.full((1, models), 1 / models))))
    assert found[0] - found[-1] == pytest.approx(11 * np.log(199), abs=1e-6)
    assert found.sum() == pytest.approx(0, abs=1e-6)


def test_fits_beside_each_other_are_the_fits_one_by_one() -> None:
    points, games = np.array([[3.0], [5.0], [8.5]]), np.array([[9.0], [6.0], [10.0]])
    together = fit(Problem(PAIR, points, games, GAUGE))
    for k in range(3):
        assert together[k] == pytest.approx(fit(Problem(PAIR, points[k], games[k], GAUGE)))


def test_pairs_and_a_table_are_the_same_map() -> None:
    pairs = Pairs(np.array([0, 0, 1]), np.array([1, 2, 2]), 3)
    table = Table(np.array([[1.0, -1, 0], [1, 0, -1], [0, 1, -1]]))
    rng = np.random.default_rng(2)
    coefficients, rows = rng.random(3), rng.random(3)
    assert pairs.odds(coefficients) == pytest.approx(table.odds(coefficients))
    assert pairs.gather(rows) == pytest.approx(table.gather(rows))
    assert pairs.curvature(rows) == pytest.approx(table.curvature(rows))


def test_blocks_and_a_table_are_the_same_map() -> None:
    blocks = Blocks(Pairs(np.array([0, 1, 1]), np.array([2, 2, 3]), 4), np.array([0, 2, 3]))
    table = Table(np.array([[1.0, -1, 0], [1, -1, 0], [1, 0, -1]]))
    rng = np.random.default_rng(2)
    coefficients, rows = rng.random(3), rng.random(3)
    assert blocks.odds(coefficients) == pytest.approx(table.odds(coefficients))
    assert blocks.gather(rows) == pytest.approx(table.gather(rows))
    assert blocks.curvature(rows) == pytest.approx(table.curvature(rows))


def test_votes_that_all_went_one_way_say_nothing_of_the_strengths_on_either_side() -> None:
    """With ever fewer ties lent between them, strengths within a component become those of its own votes."""
    counted = count(
        votes(("a", "b", 7, 0, 3), ("b", "c", 5, 1, 2), ("a", "c", 2, 0, 2), ("c", "x", 9, 0, 0), ("a", "x", 1, 0, 0))
    )
    ties = np.array([0, 0, 1e-9, 0, 1e-9])
    points = counted.outcomes[:, 0] + (counted.outcomes[:, 1] + ties) / 2
    together = fit(Problem(counted.design, points, counted.games + ties, anchor(np.array([[1, 1, 1, 0]]) / 3)))
    alone = fitted(votes(("a", "b", 7, 0, 3), ("b", "c", 5, 1, 2), ("a", "c", 2, 0, 2)), 1, 0).estimate.strengths
    assert np.diff(together[:3]) == pytest.approx(np.diff(alone), abs=1e-6)


def test_lent_ties_are_one_less_than_the_models_and_go_where_votes_are_few() -> None:
    counted = count(votes(("a", "b", 40, 0, 1), ("b", "c", 3, 1, 0), ("a", "c", 200, 3, 5), ("x", "y", 1, 0, 0)))
    penalty = anchor(np.array([[1, 1, 1, 0, 0], [0, 0, 0, 1, 1]]) / 3)
    ties = dict(zip(counted.pairs, lent(counted.design, counted.games, penalty), strict=True))
    assert sum(ties.values()) == pytest.approx(2 + 1)
    assert ties[3, 4] == pytest.approx(1)
    assert ties[0, 2] > ties[0, 1] > ties[1, 2]  # leverage: many votes of few paths say most about their pair


def test_points_that_lead_round_bound_everyone() -> None:
    assert reach(count(votes(("a", "b", 1, 0, 0), ("b", "c", 1, 0, 0), ("c", "a", 1, 0, 0)))).all()
    assert not reach(count(votes(("a", "b", 1, 0, 0), ("b", "c", 1, 0, 0), ("a", "c", 1, 0, 0)))).all()
    assert reach(count(votes(("a", "b", 0, 1, 0)))).all()


def test_no_odds_overflow() -> None:
    assert expectation(np.array([-1e6, 0.0, 1e6])).tolist() == [0.0, 0.5, 1.0]
