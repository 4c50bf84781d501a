"""Owns when the tokens of two answers came, and how fast they were while both were being written."""

from bisect import bisect_left
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from time import monotonic

from tui.bench.figures import BenchError
from tui.chat.conversation import FinishReason, Side, Usage
from tui.chat.events import Delta, Failed, Finished, Prefill, ReplyEvent

_FEWEST = 8
"""Tokens of all sides together that a speed is taken from, unless there was time for more."""

_TOO_SHORT = "The answers were too short to be measured: choose models that write more."

Events = AsyncGenerator[tuple[Side, ReplyEvent], None]


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
        """Whether it ended by itself, before anybody stopped it."""
        return self.ended is not None and self.reason is not FinishReason.STOPPED

    @property
    def first(self) -> float:
        """Seconds until the first text; infinite as long as there is none."""
        return self.marks[0][0] if self.marks else float("inf")

    @property
    def last(self) -> float:
        """Seconds until the latest text; 0 as long as there is none."""
        return self.marks[-1][0] if self.marks else 0.0

    def when(self, tokens: int) -> float:
        """Seconds until so many tokens were there, straight between two marks; the last mark where there are fewer."""
        after = bisect_left(self.marks, tokens, key=lambda mark: mark[1])
        if after == len(self.marks):
            return self.last
        if after == 0:
            return self.first
        (t0, n0), (t1, n1) = self.marks[after - 1], self.marks[after]
        return t0 + (t1 - t0) * (tokens - n0) / (n1 - n0)

    def at(self, moment: float) -> float:
        """Tokens by `moment`, straight between two marks."""
        after = bisect_left(self.marks, (moment, 0))
        if after in {0, len(self.marks)}:
            return float(self.marks[max(0, after - 1)][1])
        (t0, n0), (t1, n1) = self.marks[after - 1], self.marks[after]
        return n0 + (n1 - n0) * (moment - t0) / (t1 - t0)

    def hear(self, event: ReplyEvent, now: float) -> None:
        """Takes down what is said `now`."""
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


Heard = dict[Side, Timeline]


Enough = Callable[[Heard], bool]
"""Whether what was heard will do, asked at each event."""


async def listen(events: Events, sides: tuple[Side, ...], enough: Enough | None = None) -> Heard:
    """What `sides` say until it is `enough`, or all have ended."""
    asked = monotonic()
    heard: Heard = {side: Timeline() for side in sides}
    async with aclosing(events):
        async for side, event in events:
            if isinstance(event, Failed):
                raise BenchError(event.message)
            heard[side].hear(event, monotonic() - asked)
            if enough is not None and enough(heard):
                break
    return heard


def for_seconds(seconds: float) -> Enough:
    """Enough as soon as all have been writing for `seconds`, or the first has ended."""

    def enough(heard: Heard) -> bool:
        if any(timeline.ended is not None for timeline in heard.values()):
            return True
        begun = max(timeline.first for timeline in heard.values())
        return max(timeline.last for timeline in heard.values()) - begun >= seconds

    return enough


def rates(heard: Mapping[Side, Timeline]) -> dict[Side, float]:
    """Tokens per second of each side, from when the last of them began to write until the first has ended.

    A side that was kept from writing meanwhile wrote nothing: that is a speed, too.
    """
    timelines = heard.values()
    start = max(timeline.first for timeline in timelines)
    ends = [timeline.ended for timeline in timelines if timeline.ended is not None]
    end = min([*ends, max(timeline.last for timeline in timelines)])
    if end <= start:
        raise BenchError(_TOO_SHORT)
    tokens = {side: timeline.at(end) - timeline.at(start) for side, timeline in heard.items()}
    if any(timeline.cut for timeline in timelines) and sum(tokens.values()) < _FEWEST:
        raise BenchError(_TOO_SHORT)
    return {side: count / (end - start) for side, count in tokens.items()}
