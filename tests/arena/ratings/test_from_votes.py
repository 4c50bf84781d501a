"""What a leaderboard says of votes, small enough to check by hand."""

from dataclasses import replace
from math import inf

import numpy as np
import pytest
from msgspec import json

from tests.arena.ratings.voters import Voter, vote, votes
from tui.arena.ratings.from_votes import rate
from tui.arena.ratings.leaderboard import Leaderboard, Row
from tui.arena.ratings.votes import Contender
from tui.chat.judgment import Verdict


def row(board: Leaderboard, model: str) -> Row:
    return next(row for row in board.overall.rows if row.model == model)


def test_three_wins_of_four_are_odds_of_three() -> None:
    board = rate(votes(("a", "b", 30, 0, 10)))
    assert row(board, "a").rating.value - row(board, "b").rating.value == pytest.approx(400 * np.log10(3))
    assert row(board, "a").rating.value + row(board, "b").rating.value == pytest.approx(2000)


def test_a_tie_and_both_bad_are_half_a_win_each() -> None:
    told = votes(("a", "b", 20, 20, 0)) + [vote("b", "a", Verdict.BOTH_BAD) for _ in range(20)]
    board = rate(told)
    assert row(board, "a").rating.value - row(board, "b").rating.value == pytest.approx(400 * np.log10(2))
    tally = row(board, "b").tally
    assert (tally.wins, tally.ties, tally.losses, tally.both_bad, tally.votes) == (0, 40, 20, 20, 60)
    assert "20 votes called both answers bad; for the ratings that is a tie." in board.overall.notes


def test_the_same_votes_and_seed_give_the_same_leaderboard() -> None:
    cast = Voter([0, 0.3, 0.9]).cast(60, np.random.default_rng(1))
    told = [replace(one, id=number) for number, one in enumerate(cast)]
    assert rate(told, seed=3) == rate(told[::-1], seed=3)
    assert rate(told, seed=3) != rate(told, seed=4)


def test_swapping_sides_turns_no_rating() -> None:
    sides = {Verdict.LEFT: Verdict.RIGHT, Verdict.RIGHT: Verdict.LEFT}
    told = Voter([0, 0.3, 0.9]).cast(60, np.random.default_rng(1))
    turned = [
        vote(one.right.model, one.left.model, sides.get(one.judgment.verdict, one.judgment.verdict)) for one in told
    ]
    assert rate(turned).overall.rows == rate(told).overall.rows


def test_no_votes_make_an_empty_leaderboard() -> None:
    board = rate([])
    assert board.overall.rows == ()
    assert board.overall.votes == 0
    assert board.habits[0].words == "No vote says yet how often the left answer wins."


def test_one_vote_is_too_few() -> None:
    board = rate([vote("a", "b", Verdict.LEFT)])
    assert row(board, "a").doubt == "Too few votes to say: 1 vote, and 10 are the least."
    assert (row(board, "a").best, row(board, "a").worst) == (1, 2)
    assert not board.matrix["a"]["b"].sure


def test_an_unbeaten_model_has_no_finite_rating_and_is_told_so() -> None:
    board = rate(votes(("a", "b", 20, 0, 0), ("b", "c", 15, 5, 10), ("a", "c", 10, 0, 0)))
    assert [one.model for one in board.overall.rows if one.finite] == ["b", "c"]
    best = row(board, "a")
    assert best.doubt == "Too few votes to say: it has won every vote, so nothing shows how much stronger it is."
    assert 1000 < best.rating.low < best.rating.value < best.rating.high == inf
    assert (best.best, best.worst) == (1, 1)
    assert (board.controlled["a"].low > -inf, board.controlled["a"].high) == (True, inf)
    assert row(board, "b").rating.value - row(board, "c").rating.value == pytest.approx(400 * np.log10(17.5 / 12.5))
    assert row(board, "b").rating.value + row(board, "c").rating.value == pytest.approx(2000)
    assert any("cautious guesses" in note for note in board.overall.notes)
    assert row(rate(votes(("b", "a", 0, 0, 20))), "b").doubt == (
        "Too few votes to say: it has lost every vote, so nothing shows how much weaker it is."
    )


def test_a_pair_that_lost_to_another_pair_is_not_finite_though_everyone_won() -> None:
    board = rate(votes(("a", "b", 9, 0, 9), ("c", "d", 9, 0, 9), ("a", "c", 20, 0, 0)))
    assert not any(one.finite for one in board.overall.rows)
    assert row(board, "b").doubt == (
        "Too few votes to say: nothing shows how far it is from the models that set the scale."
    )
    assert [one.model for one in board.overall.rows if one.rating.high == inf] == ["a", "b"]
    assert [one.model for one in board.overall.rows if one.rating.low == -inf] == ["c", "d"]


@pytest.mark.parametrize(
    "few",
    [
        [("new", "c", 0, 0, 1)],
        [("a new one", "c", 2, 0, 0), ("b", "z new", 9, 0, 0)],
        [("new", "newer", 5, 2, 1), ("new", "c", 0, 0, 3), ("e", "newer", 3, 0, 0), ("new", "newest", 1, 0, 0)],
    ],
    ids=["one that lost", "one that won, one that lost", "some that met"],
)
def test_newcomers_that_only_won_or_only_lost_change_no_rating_and_no_interval(
    few: list[tuple[str, str, int, int, int]],
) -> None:
    told = Voter([-1, -0.3, 0.2, 0.5, 0.9]).cast(2000, np.random.default_rng(1))
    known = [replace(one, left=_letter(one.left), right=_letter(one.right)) for one in told]
    before = rate(known)
    after = rate(known + votes(*few))
    for one in before.overall.rows:
        again = row(after, one.model)
        assert (again.rating, again.finite, again.doubt) == (one.rating, True, None)
        assert after.controlled[one.model].value == pytest.approx(before.controlled[one.model].value, abs=0.5)
    strangers = [one for one in after.overall.rows if one.model not in before.controlled]
    assert all(not one.finite and one.doubt for one in strangers)


def _letter(contender: Contender) -> Contender:
    return replace(contender, model="abcde"[int(contender.model[-1])])


def test_a_newcomer_that_won_and_lost_hardly_moves_the_others() -> None:
    known = votes(("a", "b", 300, 0, 200), ("b", "c", 280, 20, 200), ("a", "c", 300, 0, 200))
    before, after = rate(known), rate([*known, *votes(("new", "b", 1, 0, 6))])
    for one in before.overall.rows:
        again = row(after, one.model)
        assert again.finite
        assert again.rating.value == pytest.approx(one.rating.value, abs=1)
        assert again.rating.high - again.rating.low == pytest.approx(one.rating.high - one.rating.low, rel=0.1)


def test_an_end_is_open_where_no_vote_holds_it() -> None:
    known = votes(("a", "b", 30, 0, 20))
    board = rate([*known, *votes(("b", "low", 4, 0, 0), ("low", "lower", 1, 0, 0), ("met", "lower", 1, 0, 0))])
    ends = {one.model: (one.rating.low, one.rating.high) for one in board.overall.rows}
    assert {model for model, (low, _) in ends.items() if low == -inf} == {"low", "lower", "met"}
    assert {model for model, (_, high) in ends.items() if high == inf} == {"met"}


def test_of_components_alike_in_size_the_one_with_more_votes_sets_the_scale() -> None:
    board = rate(votes(("a", "b", 9, 0, 9), ("c", "d", 9, 1, 9), ("a", "c", 20, 0, 0)))
    assert [one.model for one in board.overall.rows if one.finite] == ["c", "d"]
    assert row(board, "c").rating.value == pytest.approx(1000)


def test_models_that_never_met_are_rated_apart() -> None:
    board = rate(votes(("a", "b", 30, 0, 10), ("c", "d", 20, 0, 20), ("d", "e", 20, 0, 20)))
    assert {one.model: one.group for one in board.overall.rows} == {"c": 1, "d": 1, "e": 1, "a": 2, "b": 2}
    assert row(board, "a").rating.value + row(board, "b").rating.value == pytest.approx(2000)
    assert (row(board, "a").best, row(board, "a").worst) == (1, 1)
    assert any("cannot be compared" in note for note in board.overall.notes)
    assert "c" not in board.matrix["a"]


def test_any_rank_is_too_few_votes_until_the_models_are_known_to_be_alike() -> None:
    few = "Too few votes to say: its rank may be any from 1 to 2."
    assert row(rate(votes(("a", "b", 11, 0, 9))), "a").doubt == few
    assert row(rate(votes(("a", "b", 19, 0, 1))), "a").doubt is None
    assert row(rate(votes(("a", "b", 58, 0, 42))), "a").doubt == few
    assert row(rate(votes(("a", "b", 510, 0, 490))), "a").doubt is None


def test_the_matrix_counts_and_says_who_is_better() -> None:
    board = rate(votes(("a", "b", 60, 10, 20), ("b", "c", 31, 0, 29)))
    meeting = board.matrix["b"]["a"]
    assert (meeting.tally.wins, meeting.tally.ties, meeting.tally.losses) == (20, 10, 60)
    assert meeting.sure
    assert meeting.better == pytest.approx(1 - board.matrix["a"]["b"].better)
    assert not board.matrix["b"]["c"].sure


def test_subsets_by_tag_language_and_blindness_equal_a_leaderboard_of_their_own() -> None:
    chinese = [replace(vote("a", "b", Verdict.LEFT, tags=("code",)), language="zh") for _ in range(8)]
    english = [vote("a", "b", Verdict.RIGHT, blind=False, tags=("code", "poem")) for _ in range(4)]
    board = rate(chinese + english)
    found = {(one.kind, one.name): one.standings for one in board.subsets}
    assert {key: standings.votes for key, standings in found.items()} == {
        ("tag", "code"): 12,
        ("tag", "poem"): 4,
        ("language", "en"): 4,
        ("language", "zh"): 8,
        ("blind", "yes"): 8,
        ("blind", "no"): 4,
    }
    assert found["language", "zh"] == rate(chinese, replicates=250).overall
    assert "4 of 12 votes given with the names in view." in board.overall.notes


def test_a_model_against_itself_and_a_masked_name_are_noted() -> None:
    told = votes(("a", "b", 20, 0, 20))
    board = rate([*told, vote("a", "a", Verdict.LEFT), vote("a", "b", Verdict.LEFT, masked=True)])
    assert board.overall.votes == 41
    assert board.overall.notes == (
        "In 1 blind vote an answer named a model or its maker; the name was hidden.",
        "1 vote between a model and itself not counted.",
    )
    assert rate([vote("a", "a", Verdict.LEFT)]).overall.rows == ()


def test_a_leaderboard_is_json() -> None:
    board = rate(Voter([0, 0.3, 0.9]).cast(60, np.random.default_rng(1)))
    assert json.decode(json.encode(board), type=Leaderboard) == board
    open_end = rate(votes(("a", "b", 20, 0, 0)))
    assert json.decode(json.encode(open_end))["overall"]["rows"][0]["rating"]["high"] is None
