"""What `duochat leaderboard` prints: a page for eyes, lines for pipes, one document for programs."""

import io
import json
import re

import pytest
from rich.console import Console

from tests.archive.sample import HOSTILE
from tests.arena.ratings.voters import vote, votes
from tests.cli.test_history import ESCAPES, pipe, printed, terminal
from tests.reports.test_leaderboard import CLEAR, SPECS
from tui.arena.ratings.from_votes import rate
from tui.chat.judgment import Verdict
from tui.cli.leaderboard import show
from tui.cli.ratings import to_json

EMPTY = rate([])
TAGGED = rate([*votes(("ant", "bee", 20, 2, 9)), *(vote("ant", "bee", Verdict.LEFT, tags=("code",)) for _ in range(3))])


def test_a_terminal_gets_the_whole_page() -> None:
    console = terminal(100)
    show(console, pipe(), TAGGED, SPECS, blind=False)
    shown = ESCAPES.sub("", printed(console))
    for part in ("Leaderboard of 34 votes", "Ant 1B Instruct", "Formica, FR", "taken out", "The left answer won"):
        assert part in shown
    assert "Who beat whom" in shown
    assert "Of 3 votes: #code" in shown


def test_a_pipe_gets_a_line_a_model_and_the_sentences_go_elsewhere() -> None:
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
def test_without_votes_one_sentence_says_what_to_do(console: Console, blind: bool, step: str) -> None:
    console, notices = Console(file=io.StringIO(), force_terminal=console.is_terminal), pipe(200)
    show(console, notices, EMPTY, SPECS, blind=blind)
    assert printed(console) == ""
    assert step in printed(notices)
    assert printed(notices).count("\n") == 1


def test_the_document_holds_everything() -> None:
    document = json.loads(to_json(TAGGED, SPECS, blind=True))
    assert document["overall"]["votes"] == 34
    assert document["blind_only"] is True
    assert document["models"]["ant"] == {
        "name": "Ant 1B Instruct",
        "maker": "Formica",
        "country": "FR",
        "in_catalogue": True,
    }
    assert document["controlled"].keys() == document["matrix"].keys() == {"ant", "bee"}
    assert document["matrix"]["ant"]["bee"]["tally"]["wins"] == 23
    assert [habit["words"] for habit in document["habits"]] == [habit.words for habit in TAGGED.habits]
    assert [(one["kind"], one["name"]) for one in document["subsets"]] == [("tag", "code")]


def test_the_document_is_json_whatever_the_votes_are() -> None:
    unbeaten = json.loads(to_json(rate(votes(("a\udc80", "b", 20, 0, 0))), SPECS, blind=False))
    assert unbeaten["overall"]["rows"][0]["rating"]["high"] is None
    assert unbeaten["models"]["a\udc80"]["in_catalogue"] is False
    assert json.loads(to_json(EMPTY, SPECS, blind=False))["overall"]["rows"] == []


@pytest.mark.parametrize("console", [pipe(), terminal(60), terminal(200)], ids=["pipe", "narrow", "wide"])
def test_nothing_foreign_acts(console: Console) -> None:
    notices = pipe()
    board = rate([vote(HOSTILE, "ant", Verdict.LEFT, tags=(f"{HOSTILE} [/x]",)) for _ in range(12)])
    show(console, notices, board, SPECS, blind=False)
    shown = ESCAPES.sub("", printed(console) + printed(notices))
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", shown)
