"""`duochat leaderboard` as a command of its own: its document, its sentence, and an archive that cannot be read."""

import json
from pathlib import Path

from tests.archive import sample
from tests.archive.test_store import keep
from tests.end_to_end.conftest import environ_for, run
from tui.archive.store import Archive
from tui.chat.conversation import Exchange, Side
from tui.chat.judgment import Judgment, Verdict


def judge(home: Path, *verdicts: Verdict) -> None:
    """Keeps a blind judgment on an exchange of its own for each verdict, and an open tie."""
    archive = Archive.open(home / "data" / "archive.db")
    judgments = [Judgment(verdict=verdict, at=sample.WHEN, blind=True) for verdict in verdicts]
    answers = {side: sample.answered(side, "yes") for side in Side}
    for judgment in (*judgments, Judgment(verdict=Verdict.TIE, at=sample.WHEN)):
        keep(archive, sample.conversation(Exchange(sample.question(), answers, judgment=judgment)))
    archive.close()


def test_the_document_and_the_lines_tell_of_the_votes(tmp_path: Path) -> None:
    judge(tmp_path, Verdict.LEFT, Verdict.LEFT, Verdict.RIGHT)
    printed = run(("leaderboard", "--json"), environ_for(tmp_path))
    assert (printed.returncode, printed.stderr) == (0, "")
    document = json.loads(printed.stdout)
    assert document["overall"]["votes"] == 4
    assert document["overall"]["rows"][0]["model"] == "qwen-small"
    lines = run(("leaderboard", "--blind"), environ_for(tmp_path))
    assert [line.split("\t")[3] for line in lines.stdout.splitlines()] == ["model", "qwen-small", "smol"]
    assert "Too few votes to say: 3 votes, and 10 are the least." in lines.stderr
    assert "qwen-small, smol are not in the catalogue" in lines.stderr


def test_without_a_vote_it_is_a_sentence(tmp_path: Path) -> None:
    printed = run(("leaderboard",), environ_for(tmp_path))
    assert (printed.returncode, printed.stdout) == (0, "")
    assert printed.stderr.startswith("No vote yet: ask two models something")


def test_an_archive_of_a_newer_duochat_is_a_sentence(tmp_path: Path) -> None:
    import sqlite3

    (tmp_path / "data").mkdir()
    newer = sqlite3.connect(tmp_path / "data" / "archive.db")
    newer.execute("PRAGMA user_version = 99")
    newer.close()
    printed = run(("leaderboard", "--json"), environ_for(tmp_path))
    assert (printed.returncode, printed.stdout) == (1, "")
    assert "was written by a newer duochat" in printed.stderr
    assert len(printed.stderr.splitlines()) == 1
