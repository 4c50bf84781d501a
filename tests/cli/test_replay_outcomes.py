"""The output of `duochat replay` for answers and for edits of the transcript."""

from io import StringIO

import pytest
from rich.console import Console

from tests.archive import sample
from tui.archive.transcript.digests import AnswerPart, DocumentPart, ExchangePart, JudgmentPart, Part
from tui.archive.transcript.json_reader import SavedTranscript
from tui.chat.conversation import FinishReason, Side
from tui.cli import replay_outcomes
from tui.session.replay import EndedOtherwise, Identical, NotRun, Outcome, Parted, Replayed

LEFT = AnswerPart(1, Side.LEFT, 1, 1)


def said(outcome: Outcome) -> str:
    out = Console(file=StringIO(), width=40)
    replay_outcomes.show(out, Replayed(LEFT, "m", outcome), edited=False)
    assert isinstance(out.file, StringIO)
    return out.file.getvalue()


@pytest.mark.parametrize(
    ("outcome", "sentence"),
    [
        (Identical(1300), "identical, 1,300 tokens"),
        (Parted(7, "Nile", "Rhine"), "differs from token 7 on: 'Nile' then, 'Rhine' now"),
        (Parted(7, "", ""), "differs from token 7 on, though the text is the same"),
        (Parted(None, "Nile", ""), "differs: 'Nile' then, '' now"),
        (
            EndedOtherwise(12, FinishReason.LENGTH, FinishReason.STOP),
            "differs at its end, after the same 12 tokens: it reached its limit then, and ended by itself now",
        ),
        (NotRun("It failed."), "not compared. It failed."),
    ],
)
def test_answer_is_one_line(outcome: Outcome, sentence: str) -> None:
    assert said(outcome) == f"1 left  m: {sentence}\n"


def test_document_holds_both_finish_reasons() -> None:
    replayed = Replayed(LEFT, "m", EndedOtherwise(12, FinishReason.LENGTH, FinishReason.STOP))
    saved = SavedTranscript(sample.rivers(), (), has_digests=True)
    (entry,) = replay_outcomes.document([replayed], saved, same=False)["answers"]
    assert (entry["outcome"], entry["ended"]) == ("differs", {"saved": "length", "now": "stop"})


@pytest.mark.parametrize(
    ("part", "words"),
    [
        (LEFT, "0 of 0 answers came out identical. 1 edited since the transcript was saved."),
        (JudgmentPart(2), "The judgment of question 2 was edited"),
        (ExchangePart(3), "Question 3 was edited"),
        (DocumentPart(), "The transcript was edited"),
    ],
)
def test_edit_is_reported_once(part: Part, words: str) -> None:
    out = Console(file=StringIO())
    replay_outcomes.show_all(out, [], SavedTranscript(sample.rivers(), (part,), has_digests=True))
    assert isinstance(out.file, StringIO)
    assert out.file.getvalue().startswith(words)
    assert out.file.getvalue().count("edited") == 1
