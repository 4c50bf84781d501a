"""The line below an answer: whose it is, and how it was judged."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tui.chat.conversation import Answer, Exchange, ModelInfo, Question, Side, Weights
from tui.chat.generation_settings import GenerationSettings, Overrides
from tui.chat.judgment import Judgment, Verdict
from tui.widgets.transcript.signature import BETTER, signature


def exchange(verdict: Verdict | None) -> Exchange:
    setup = GenerationSettings(overrides=Overrides(), max_tokens=8).setup(1)
    models = {side: ModelInfo(model=f"{side}-1b", name="", weights=Weights(None, "x", 1, "")) for side in Side}
    asked = Exchange(
        Question("Who?", datetime.now(UTC)), {side: Answer(model=model, setup=setup) for side, model in models.items()}
    )
    return replace(asked, judgment=Judgment(verdict=verdict, at=datetime.now(UTC)) if verdict else None)


@pytest.mark.parametrize(
    ("verdict", "left", "right"),
    [
        (None, ("", False), ("", False)),
        (Verdict.LEFT, (BETTER, True), ("", False)),
        (Verdict.RIGHT, ("", False), (BETTER, True)),
        (Verdict.TIE, ("= a tie", False), ("= a tie", False)),
        (Verdict.BOTH_BAD, ("✗ both bad", False), ("✗ both bad", False)),
    ],
)
def test_each_verdict_has_its_mark(verdict: Verdict | None, left: tuple[str, bool], right: tuple[str, bool]) -> None:
    judged = exchange(verdict)
    assert signature(judged, Side.LEFT, named=False) == left
    assert signature(judged, Side.RIGHT, named=False) == right


def test_a_name_stands_first_and_is_cleaned() -> None:
    judged = exchange(Verdict.LEFT)
    evil = replace(judged.answers[Side.LEFT], model=replace(judged.answers[Side.LEFT].model, name="Ant\x1b[2J\n"))
    text, better = signature(judged.with_answer(Side.LEFT, evil), Side.LEFT, named=True)
    assert text.startswith("— Ant␛[2J")
    assert text.endswith(BETTER)
    assert better
    assert signature(judged, Side.RIGHT, named=True) == ("— right-1b", False)
