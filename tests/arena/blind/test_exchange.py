"""Whether a vote on a blind exchange counts as blind."""

from dataclasses import replace

import pytest

from tui.arena.blind.exchange import BlindExchange
from tui.chat.conversation import NOTHING_COMPUTED, FinishReason, Side
from tui.chat.events import Failed, Finished

BOTH = tuple(Side)
DONE = Finished(FinishReason.STOP, NOTHING_COMPUTED)


def test_vote_counts_as_blind_once_both_have_ended() -> None:
    asked = BlindExchange.of(BOTH)
    ended = asked.ended(Side.LEFT, DONE).ended(Side.RIGHT, DONE)
    assert asked.waiting == {*Side}
    assert not ended.waiting
    assert ended.counts_as_blind


@pytest.mark.parametrize("regenerated", [False, True])
def test_stop_costs_the_blind_vote_even_if_both_answer_again(regenerated: bool) -> None:
    stopped = BlindExchange.of(BOTH).ended(Side.LEFT, replace(DONE, reason=FinishReason.STOPPED))
    wanted = BlindExchange.of(BOTH).stop_requested()
    for each in (stopped, wanted):
        assert not (each.regenerated(BOTH) if regenerated else each).counts_as_blind


def test_stop_after_both_have_ended_costs_nothing() -> None:
    ended = BlindExchange.of(BOTH).ended(Side.LEFT, DONE).ended(Side.RIGHT, DONE)
    assert ended.stop_requested().counts_as_blind


def test_failure_is_known() -> None:
    assert BlindExchange.of(BOTH).ended(Side.LEFT, Failed("It died.")).failed
    assert not BlindExchange.of(BOTH).ended(Side.LEFT, DONE).failed
