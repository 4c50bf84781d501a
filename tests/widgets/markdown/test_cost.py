"""The cost of streamed text in Python calls, which does not depend on the length of the conversation."""

import gc
import sys
from datetime import UTC, datetime
from types import FrameType
from typing import Any

from textual.app import ComposeResult

from tests.widgets.manual_clock import ManualClockApp
from tests.widgets.markdown.samples import RICH
from tests.widgets.transcript.panes import MODEL, SAMPLING
from tui.chat.conversation import Answer, Exchange, FinishReason, PaneSide, Question, Setup, Side
from tui.widgets.transcript.widget import Transcript

WHEN = datetime(2025, 1, 1, tzinfo=UTC)
WORDS = [f"word{n} " if n % 9 else f"**bold{n}** and `code`\n" for n in range(120)]


class One(ManualClockApp):
    def compose(self) -> ComposeResult:
        yield Transcript(PaneSide.LEFT, frame_clock=self.frame_clock)


async def calls(*, earlier: int, blocks: int) -> int:
    """Count the calls that show some more words, below `earlier` exchanges and `blocks` of the same answer."""
    app = One()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = app.query_one(Transcript)
        answer = Answer(
            model=MODEL, setup=Setup(sampling=SAMPLING, max_tokens=9), text=RICH, finish_reason=FinishReason.STOP
        )
        pane.show([Exchange(Question(f"question {n}", WHEN), {Side.LEFT: answer}) for n in range(earlier)])
        pane.begin("Go")
        pane.write("A paragraph of its own.\n\n" * blocks)
        app.frame_clock.tick()
        while pane.column.unsettled() is not None:
            await pilot.pause()
        count = 0

        def call(frame: FrameType, event: str, argument: Any) -> None:
            nonlocal count
            count += event in {"call", "c_call"}

        for word in WORDS:
            pane.write(word)
            gc.collect()
            gc.disable()  # calls during a collection would count
            sys.setprofile(call)
            app.frame_clock.tick()
            lines = pane.render_lines(pane.size.region)
            sys.setprofile(None)
            gc.enable()
        assert any("word119" in line.text for line in lines)
        return count


async def test_earlier_exchanges_cost_nothing() -> None:
    few, many = await calls(earlier=2, blocks=12), await calls(earlier=120, blocks=12)
    assert few > 50 * len(WORDS)
    assert many <= 1.05 * few


async def test_earlier_blocks_of_the_answer_cost_nothing() -> None:
    few, many = await calls(earlier=2, blocks=12), await calls(earlier=2, blocks=2_000)
    assert many <= 1.05 * few
