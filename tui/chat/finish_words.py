"""The words for how an answer ended, by its finish reason."""

from collections.abc import Mapping

from tui.chat.conversation import FinishReason

PREDICATES: Mapping[FinishReason, str] = {
    FinishReason.STOP: "ended by itself",
    FinishReason.LENGTH: "reached its limit",
    FinishReason.STOPPED: "was stopped",
    FinishReason.FAILED: "failed",
    FinishReason.INTERRUPTED: "was interrupted",
}
"""What a sentence says about an answer, as in "The left answer was stopped."."""

STATES: Mapping[FinishReason, str] = {
    **{reason: words.removeprefix("was ") for reason, words in PREDICATES.items()},
    FinishReason.STOP: "done",
}
"""What stands beside an answer, as in "stopped"."""
