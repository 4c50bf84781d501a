"""What `duochat leaderboard` prints: a page on a terminal, rows in a pipe, one JSON document."""

import io
import json
import re
from typing import Any

import pytest
from rich.console import Console

from tests.archive.sample import HOSTILE
from tests.arena.ratings.voters import vote, votes
from tests.cli.test_history import ESCAPES, pipe, printed, terminal
from tests.reports.test_leaderboard import CLEAR, SPECS
from tui.arena.ratings.from_votes import rate
from tui.arena.ratings.leaderboard import Leaderboard
from tui.chat.judgment import Verdict
from tui.cli.leaderboard import document, show
from tui.cli.output import print_json

EMPTY = rate([])
TAGGED = rate([*votes(("ant", "bee", 20, 2, 9)), *(vote("ant", "bee", Verdict.LEFT, tags=("code",)) for _ in range(3))])


def test_terminal_gets_the_whole_page() -> None:
    console = terminal(100)
    show(console, pipe(), TAGGED, SPECS, blind=False)
    shown = ESCAPES.sub("", printed(console))
    for part in ("Leaderboard of 34 votes", "Ant 1B Instruct", "Formica, FR", "taken out", "The left answer won"):
        assert part in shown
    assert "Who beat whom" in shown
    assert "Of 3 votes: #code" in shown


def test_pipe_gets_a_row_for_each_model_and_notes_go_to_stderr() -> None:
    console, notices = pipe(), pipe()
    show(console, notices, CLEAR, SPECS, blind=False)
    head, *lines, end = printed(console).split("\n")
    assert end == ""
    assert {len(line.split("\t")) for line in (head, *lines)} == {16}
    ant = dict(zip(head.split("\t"), next(each for each in lines if "\tant\t" in each).split("\t"), strict=True))
    assert (ant["name"], ant["maker"], ant["country"], ant["votes"]) == ("Ant 1B Instruct", "Formica", "FR", "96")
    assert (ant["won"], ant["tied"], ant["lost"]) == ("60", "4", "32")
    assert float(ant["low"]) < float(ant["rating"]) < float(ant["high"])
    assert "cat is not in the catalogue" in printed(notices)


@pytest.mark.parametrize(("blind", "step"), [(False, "No vote yet: ask"), (True, "duochat --blind")])
@pytest.mark.parametrize("console", [pipe(), terminal()], ids=["pipe", "terminal"])
def test_without_votes_one_sentence_names_the_next_step(console: Console, blind: bool, step: str) -> None:
    console, notices = Console(file=io.StringIO(), force_terminal=console.is_terminal), pipe(200)
    show(console, notices, EMPTY, SPECS, blind=blind)
    assert printed(console) == ""
    assert step in printed(notices)
    assert printed(notices).count("\n") == 1


def printed_document(board: Leaderboard, *, blind: bool) -> Any:
    print_json(file := io.StringIO(), document(board, SPECS, blind=blind))
    return json.loads(file.getvalue())


def test_document_holds_everything() -> None:
    shown = printed_document(TAGGED, blind=True)
    assert shown["overall"]["votes"] == 34
    assert shown["blind_only"] is True
    assert shown["models"]["ant"] == {
        "name": "Ant 1B Instruct",
        "maker": "Formica",
        "country": "FR",
        "in_catalogue": True,
    }
    assert shown["controlled"].keys() == shown["matrix"].keys() == {"ant", "bee"}
    assert shown["matrix"]["ant"]["bee"]["tally"]["wins"] == 23
    assert [habit["words"] for habit in shown["habits"]] == [habit.words for habit in TAGGED.habits]
    assert [(one["kind"], one["name"]) for one in shown["subsets"]] == [("tag", "code")]


def test_document_is_json_for_any_votes() -> None:
    unbeaten = printed_document(rate(votes(("a\udc80", "b", 20, 0, 0))), blind=False)
    assert unbeaten["overall"]["rows"][0]["rating"]["high"] is None
    assert unbeaten["models"]["a\udc80"]["in_catalogue"] is False
    assert printed_document(EMPTY, blind=False)["overall"]["rows"] == []


@pytest.mark.parametrize("console", [pipe(), terminal(60), terminal(200)], ids=["pipe", "narrow", "wide"])
def test_foreign_text_is_inert(console: Console) -> None:
    notices = pipe()
    board = rate([vote(HOSTILE, "ant", Verdict.LEFT, tags=(f"{HOSTILE} [/x]",)) for _ in range(12)])
    show(console, notices, board, SPECS, blind=False)
    shown = ESCAPES.sub("", printed(console) + printed(notices))
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", shown)
