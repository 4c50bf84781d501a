"""Owns the line below an answer that says whose it is, where the pane's title cannot, and how it was judged."""

from tui.chat.conversation import Exchange, Side
from tui.chat.judgment import Verdict
from tui.text import clean_line

BETTER = "✓ the better answer"
_TOLD = {Verdict.TIE: "= a tie", Verdict.BOTH_BAD: "✗ both bad"}


def signature(exchange: Exchange, participant: Side, *, named: bool) -> tuple[str, bool]:
    """What stands below `player`'s answer, "" for nothing, and whether it is the better one; `named` adds its model."""
    answer, judgment = exchange.answers.get(participant), exchange.judgment
    better = judgment is not None and judgment.verdict == participant.value
    mark = BETTER if better else _TOLD.get(judgment.verdict, "") if judgment is not None else ""
    name = f"— {clean_line(answer.model.name or answer.model.model, 60)}" if named and answer is not None else ""
    return "   ".join(part for part in (name, mark) if part), better
