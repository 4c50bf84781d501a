"""A leaderboard in columns: widths, few votes, unknown models and separate groups."""

import pytest
from numpy.random import default_rng
from rich.cells import cell_len

from tests.archive.sample import HOSTILE
from tests.arena.ratings.voters import Voter, vote, votes
from tui.arena.ratings.from_votes import rate
from tui.arena.ratings.leaderboard import Leaderboard
from tui.chat.judgment import Verdict
from tui.models.catalogue.spec import ModelSpec
from tui.reports.columns import Line, padded
from tui.reports.leaderboard import page, standings_section, subset_label, votes_in_words

ANT = ModelSpec(id="ant", name="Ant 1B Instruct", maker="Formica", country="FR", file="ant.gguf")
BEE = ModelSpec(id="bee", name="Bee 2B Instruct", maker="Apis", country="JP", file="bee.gguf")
SPECS = {"ant": ANT, "bee": BEE}
CLEAR = rate(votes(("ant", "bee", 40, 4, 12), ("ant", "cat", 20, 0, 20), ("bee", "cat", 9, 0, 20)))


def text(line: Line) -> str:
    return "".join(part for part, _ in line)


def shown(board: Leaderboard, width: int, section: int = 0) -> list[str]:
    """Return the lines of a section of the page."""
    return [text(line) for line in list(page(board, SPECS, width))[section].lines]


def test_row_has_rank_name_rating_and_votes() -> None:
    head, *rows = shown(CLEAR, 60)
    assert head.split()[:3] == ["rank", "model", "rating"]
    assert [row.split()[0] for row in rows[:3]] == [
        f"{one.best}–{one.worst}" if one.best < one.worst else str(one.best) for one in CLEAR.overall.rows
    ]
    assert [row.split()[-1] for row in rows[:3]] == [str(row.tally.votes) for row in CLEAR.overall.rows]
    assert "Ant 1B Instruct" in "".join(rows)


def test_wider_page_has_more_columns() -> None:
    narrow, *wider = (
        {word for word in shown(CLEAR, width)[0].split() if word.isalpha()} for width in (40, 60, 80, 110)
    )
    assert narrow == {"rank", "model", "rating", "votes"}
    for heads in wider:
        assert narrow <= heads
        narrow = heads
    assert narrow >= {"won", "tied", "lost", "interval", "maker"}


@pytest.mark.parametrize("width", range(40, 150, 3))
def test_rows_fit_the_page_and_bars_are_aligned(width: int) -> None:
    board = rate(Voter([0.2 * k for k in range(12)]).cast(300, default_rng(1)))
    first, controlled, _, matrix = page(board, SPECS, width)
    for section in (first, controlled):
        rows = section.lines[: len(board.overall.rows) + 1]
        assert {cell_len(text(row)) for row in rows} == {cell_len(text(rows[0]))}
        assert cell_len(text(rows[0])) <= width
    assert all(cell_len(text(row)) <= width for row in matrix.lines[: len(board.overall.rows) + 1])


def test_row_with_too_few_votes_is_quiet_and_explained() -> None:
    board = rate([*votes(("ant", "bee", 30, 0, 10)), vote("ant", "cat", Verdict.LEFT)])
    section = standings_section("", board.overall, SPECS, 80)
    row = next(line for line in section.lines if "cat" in text(line))
    assert {role for part, role in row if part.strip()} == {"quiet"}
    assert " ?" in text(row)
    assert "cat · Too few votes to say: 1 vote, and 10 are the least." in [text(line) for line in section.lines]


def test_unknown_model_is_shown_by_id_with_a_note() -> None:
    lines = shown(CLEAR, 80)
    assert "cat is not in the catalogue (any more), and shown by id." in lines
    two = rate(votes(("dog", "cat", 9, 0, 9)))
    assert "cat, dog are not in the catalogue (any more), and shown by id." in shown(two, 80)


def test_groups_that_never_met_are_separate() -> None:
    board = rate(votes(("ant", "bee", 30, 0, 10), ("cat", "dog", 20, 0, 10)))
    lines = shown(board, 80)
    at = lines.index("These have not met the models above:")
    assert "Ant" in lines[at - 3] + lines[at - 2]
    assert "cat" in lines[at + 1]


def test_matrix_shows_the_share_of_the_points() -> None:
    lines = shown(rate(votes(("ant", "bee", 60, 20, 20), ("bee", "cat", 10, 0, 10))), 80, 3)
    assert lines[1].split()[-2:] == ["70", "·"]
    assert lines[2].split()[-2:] == ["30", "50"]


def test_narrow_matrix_says_how_many_columns_are_missing() -> None:
    board = rate(Voter([0.1 * k for k in range(14)]).cast(400, default_rng(1)))
    assert any("more columns need a wider terminal." in line for line in shown(board, 50, 3))
    assert not any("wider terminal" in line for line in shown(board, 120, 3))


def test_change_is_beside_the_controlled_rating() -> None:
    lines = shown(CLEAR, 80, 1)
    best = CLEAR.overall.rows[0]
    change = round(CLEAR.controlled[best.model].value) - round(best.rating.value)
    assert f"{change:+d}" in lines[1]


def test_names_and_tags_are_cleaned() -> None:
    board = rate([vote(HOSTILE, "ant", Verdict.LEFT, tags=(HOSTILE,)) for _ in range(12)])
    for section in page(board, SPECS, 100):
        for line in section.lines:
            assert not {"\x1b", "\x07", "\u202e"} & set(text(line))


def test_subsets_have_labels() -> None:
    told = [vote("ant", "bee", Verdict.LEFT, tags=("code",)), vote("ant", "bee", Verdict.TIE, blind=False)]
    assert [subset_label(one) for one in rate(told).subsets] == ["#code", "blind", "names in view"]
    assert (votes_in_words(1), votes_in_words(1200)) == ("1 vote", "1,200 votes")


@pytest.mark.parametrize(
    ("name", "width", "cut"),
    [
        ("DeepSeek R1 Distill Qwen 1.5B", 20, "DeepSeek R1 …en 1.5B"),
        ("DeepSeek R1", 8, "DeepSee…"),
        ("深度求索深度求索 1.5B", 15, "深度求 …索 1.5B"),
    ],
)
def test_long_name_is_shortened_in_the_middle(name: str, width: int, cut: str) -> None:
    assert padded(name, width) == cut
    assert cell_len(padded(name, width)) == width
