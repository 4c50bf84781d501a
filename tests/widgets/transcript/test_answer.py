"""The line below an answer: the model's name and the verdict."""

import pytest

from tui.session.events import Outcome, Signature
from tui.widgets.transcript.answer import BETTER, signature_line


@pytest.mark.parametrize(
    ("outcome", "line"), [(None, ""), ("better", BETTER), ("tie", "= a tie"), ("both bad", "✗ both bad")]
)
def test_each_outcome_has_its_mark(outcome: Outcome | None, line: str) -> None:
    assert signature_line(Signature(None, outcome)) == line


def test_name_comes_first_and_is_cleaned() -> None:
    line = signature_line(Signature("Ant\x1b[2J\n", "better"))
    assert line.startswith("— Ant␛[2J")
    assert line.endswith(BETTER)
