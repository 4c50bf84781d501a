"""The line below an answer: the name of its model, where the pane's title does not tell it, and how it was judged."""

from tui.session.events import Outcome, Signature
from tui.text import clean_line

BETTER = "✓ the better answer"
_OUTCOMES: dict[Outcome, str] = {"better": BETTER, "tie": "= a tie", "both bad": "✗ both bad"}


def signature_line(signature: Signature) -> str:
    """Return the line, "" for none."""
    name = f"— {clean_line(signature.name, 60)}" if signature.name is not None else ""
    outcome = _OUTCOMES[signature.outcome] if signature.outcome is not None else ""
    return "   ".join(part for part in (name, outcome) if part)
