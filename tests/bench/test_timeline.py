"""When tokens came, and how fast they were while both sides were writing."""

from collections.abc import AsyncGenerator, Sequence

import pytest

from tui.bench.figures import BenchError
from tui.bench.timeline import Timeline, Timelines, for_seconds, listen, rates
from tui.chat.conversation import FinishReason, Side, Usage
from tui.chat.events import Delta, Failed, Finished, Prefill, ReplyEvent

USAGE = Usage(prompt_tokens=3, reused_tokens=0, completion_tokens=2, started_ms=0, ended_ms=9, threads=1)


def timelines(left: Sequence[tuple[float, int]], right: Sequence[tuple[float, int]]) -> Timelines:
    return {Side.LEFT: Timeline(list(left)), Side.RIGHT: Timeline(list(right))}


async def stream(*events: tuple[Side, ReplyEvent]) -> AsyncGenerator[tuple[Side, ReplyEvent], None]:
    for event in events:
        yield event


def test_a_rate_counts_only_while_both_write() -> None:
    # The left writes alone until 2 s, and the right alone from 4 s on.
    both = timelines([(0.0, 0), (2.0, 200), (4.0, 220)], [(2.0, 1), (3.0, 6), (6.0, 300)])
    both[Side.LEFT].ended = 4.0
    assert rates(both)[Side.LEFT] == pytest.approx(10.0)
    assert rates(both)[Side.RIGHT] == pytest.approx((6 + 98 - 1) / 2)


def test_a_side_that_writes_nothing_has_a_rate_of_0() -> None:
    starved = rates(timelines([(0.0, 1), (2.0, 21), (4.0, 41)], [(2.0, 1)]))
    assert starved == {Side.LEFT: pytest.approx(10.0), Side.RIGHT: 0.0}


def test_moments_between_two_marks_are_interpolated() -> None:
    timeline = Timeline([(1.0, 10), (2.0, 20)])
    assert [timeline.when(tokens) for tokens in (0, 10, 15, 20, 99)] == [1.0, 1.0, 1.5, 2.0, 2.0]


def test_tokens_between_two_marks_are_interpolated() -> None:
    timeline = Timeline([(1.0, 10), (2.0, 20)])
    assert [timeline.at(moment) for moment in (0.0, 1.0, 1.25, 2.0, 9.0)] == [10.0, 10.0, 12.5, 20.0, 20.0]


def test_answers_without_a_common_time_have_no_rate() -> None:
    with pytest.raises(BenchError, match="too short"):
        rates(timelines([(0.0, 1)], [(0.0, 1)]))
    few = timelines([(0.0, 1), (1.0, 4)], [(0.0, 1), (1.0, 4)])
    assert rates(few) == {Side.LEFT: 3.0, Side.RIGHT: 3.0}
    few[Side.RIGHT].ended = 1.0
    with pytest.raises(BenchError, match="too short"):
        rates(few)
    few[Side.RIGHT].reason = FinishReason.STOPPED
    assert rates(few) == {Side.LEFT: 3.0, Side.RIGHT: 3.0}
    early = timelines([(0.0, 1), (1.0, 9)], [(1.0, 1), (2.0, 9)])
    early[Side.LEFT].ended = 1.0
    with pytest.raises(BenchError, match="too short"):
        rates(early)
    with pytest.raises(BenchError, match="too short"):
        rates(timelines([(0.0, 1)], []))


async def test_listening_ends_with_the_answers() -> None:
    events = stream(
        (Side.LEFT, Prefill(done=1, total=3, reused=0)),
        (Side.LEFT, Delta("a", thinking=False, tokens=1)),
        (Side.RIGHT, Prefill(done=2, total=3, reused=0)),
        (Side.LEFT, Finished(FinishReason.STOP, USAGE)),
    )
    found = await listen(events, (Side.LEFT, Side.RIGHT))
    assert [tokens for _, tokens in found[Side.LEFT].marks] == [1]
    assert found[Side.LEFT].usage == USAGE
    assert found[Side.RIGHT].reading
    assert found[Side.RIGHT].ended is None


async def test_listening_ends_early_when_asked_to() -> None:
    events = stream(*((Side.LEFT, Delta("a", thinking=False, tokens=count)) for count in range(1, 9)))
    found = await listen(events, (Side.LEFT,), lambda found: found[Side.LEFT].marks[-1][1] == 3)
    assert found[Side.LEFT].marks[-1][1] == 3


async def test_a_failed_answer_raises() -> None:
    with pytest.raises(BenchError, match=r"It broke; mend it\."):
        await listen(stream((Side.LEFT, Failed("It broke; mend it."))), (Side.LEFT,))


def test_an_answer_is_cut_unless_it_was_stopped() -> None:
    ends = (Failed("It broke."), Finished(FinishReason.LENGTH, USAGE), Finished(FinishReason.STOPPED, USAGE))
    cut = []
    for end in ends:
        timeline = Timeline()
        timeline.add(Delta("a", thinking=False, tokens=1), 1.0)
        assert not timeline.cut
        timeline.add(end, 2.0)
        cut.append((timeline.ended, timeline.cut))
    assert cut == [(2.0, True), (2.0, True), (2.0, False)]


def test_time_counts_from_the_later_first_token() -> None:
    enough = for_seconds(2.0)
    assert not enough(timelines([(0.0, 1), (5.0, 9)], []))
    assert not enough(timelines([(0.0, 1), (5.0, 9)], [(4.0, 1)]))
    assert enough(timelines([(0.0, 1), (6.0, 9)], [(4.0, 1)]))
    ended = timelines([(0.0, 1)], [])
    ended[Side.LEFT].ended = 0.1
    assert enough(ended)
