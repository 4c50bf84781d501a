"""When the tokens of two answers came, and how fast they were while both were being written."""

from bisect import bisect_left
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from time import monotonic

from tui.bench.figures import BenchError
from tui.chat.conversation import FinishReason, Side, Usage
from tui.chat.events import Delta, Failed, Finished, Prefill, ReplyEvent

TOO_SHORT = "The answers were too short to be measured: choose models that write more."

_FEWEST = 8
"""Tokens of all sides together that a speed is taken from when an answer ended early."""


@dataclass(slots=True)
class Timeline:
    """One answer as it came: `marks` are seconds (on one clock for both sides) and tokens by then."""

    marks: list[tuple[float, int]] = field(default_factory=list)
    reading: bool = False
    ended: float | None = None
    reason: FinishReason | None = None
    usage: Usage | None = None

    @property
    def cut(self) -> bool:
        """Whether the answer ended before it was stopped."""
        return self.ended is not None and self.reason is not FinishReason.STOPPED

    @property
    def first(self) -> float:
        """Seconds until the first text; infinite without text."""
        return self.marks[0][0] if self.marks else float("inf")

    @property
    def last(self) -> float:
        """Seconds until the latest text; 0 without text."""
        return self.marks[-1][0] if self.marks else 0.0

    def when(self, tokens: int) -> float:
        """Return the seconds until so many tokens, linear between two marks; the last mark for more tokens."""
        after = bisect_left(self.marks, tokens, key=lambda mark: mark[1])
        if after in {0, len(self.marks)}:
            return self.last if after else self.first
        (t0, n0), (t1, n1) = self.marks[after - 1], self.marks[after]
        return t0 + (t1 - t0) * (tokens - n0) / (n1 - n0)

    def at(self, moment: float) -> float:
        """Return the tokens by `moment`, linear between two marks."""
        after = bisect_left(self.marks, (moment, 0))
        if after in {0, len(self.marks)}:
            return float(self.marks[max(0, after - 1)][1])
        (t0, n0), (t1, n1) = self.marks[after - 1], self.marks[after]
        return n0 + (n1 - n0) * (moment - t0) / (t1 - t0)

    def add(self, event: ReplyEvent, now: float) -> None:
        """Record an event that came `now`."""
        match event:
            case Prefill(done=done, total=total):
                self.reading = 0 < done < total
            case Delta(tokens=tokens):
                if self.marks and self.marks[-1][0] >= now:
                    self.marks.pop()
                self.marks.append((now, tokens))
            case Finished(reason=reason, usage=usage):
                self.ended, self.reason, self.usage = now, reason, usage
            case Failed():
                self.ended, self.reason = now, FinishReason.FAILED
            case _:
                pass


Timelines = dict[Side, Timeline]

Enough = Callable[[Timelines], bool]
"""Whether to stop listening, asked at each event."""


async def listen(
    events: AsyncGenerator[tuple[Side, ReplyEvent], None], sides: tuple[Side, ...], enough: Enough | None = None
) -> Timelines:
    """Record what `sides` write until it is `enough`, or all have ended. Raises BenchError."""
    asked = monotonic()
    timelines: Timelines = {side: Timeline() for side in sides}
    async with aclosing(events):
        async for side, event in events:
            if isinstance(event, Failed):
                raise BenchError(event.message)
            timelines[side].add(event, monotonic() - asked)
            if enough is not None and enough(timelines):
                break
    return timelines


def for_seconds(seconds: float) -> Enough:
    """Return a condition: all have been writing for `seconds`, or one has ended."""

    def enough(timelines: Timelines) -> bool:
        if any(timeline.ended is not None for timeline in timelines.values()):
            return True
        begun = max(timeline.first for timeline in timelines.values())
        return max(timeline.last for timeline in timelines.values()) - begun >= seconds

    return enough


def rates(timelines: Mapping[Side, Timeline]) -> dict[Side, float]:
    """Return the tokens per second of each side, from when the last side began to write until the first has ended.

    A side that wrote nothing meanwhile has a speed of 0. Raises BenchError.
    """
    both = timelines.values()
    start = max(timeline.first for timeline in both)
    end = min([timeline.ended for timeline in both if timeline.ended is not None] + [max(each.last for each in both)])
    if end <= start:
        raise BenchError(TOO_SHORT)
    tokens = {side: timeline.at(end) - timeline.at(start) for side, timeline in timelines.items()}
    if any(timeline.cut for timeline in both) and sum(tokens.values()) < _FEWEST:
        raise BenchError(TOO_SHORT)
    return {side: count / (end - start) for side, count in tokens.items()}
