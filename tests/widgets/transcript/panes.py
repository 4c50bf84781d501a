"""An app with two transcripts, and a mouse for it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from textual import events, messages
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.pilot import Pilot

from tests.screens.host import settle
from tests.widgets.manual_clock import ManualClockApp
from tui.chat.conversation import (
    Answer,
    Exchange,
    FinishReason,
    ModelInfo,
    PaneSide,
    Question,
    Setup,
    Side,
    Weights,
)
from tui.chat.sampling import resolve
from tui.widgets.transcript.widget import Transcript

SAMPLING = resolve(seed=1, user={}, catalogue={}, gguf={})
MODEL = ModelInfo(model="m", name="M", weights=Weights(None, "m.gguf", 1, ""))


class Panes(ManualClockApp):
    """Two transcripts side by side; `now` is their clock."""

    CSS = "Transcript { width: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.laid_out = 0

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Transcript(PaneSide.LEFT, id="left", frame_clock=self.frame_clock, clock=lambda: self.now)
            yield Transcript(PaneSide.RIGHT, id="right", frame_clock=self.frame_clock, clock=lambda: self.now)

    @property
    def left(self) -> Transcript:
        return self.query_one("#left", Transcript)

    @property
    def right(self) -> Transcript:
        return self.query_one("#right", Transcript)

    def count(self, message: Message) -> None:
        self.laid_out += isinstance(message, messages.Layout)


@asynccontextmanager
async def panes(width: int = 80, height: int = 20) -> AsyncIterator[tuple[Panes, Pilot[None]]]:
    app = Panes()
    async with app.run_test(size=(width, height), message_hook=app.count) as pilot:
        await settle(pilot)
        yield app, pilot


async def mouse(
    pilot: Pilot[None], kind: type[events.MouseEvent], transcript: Transcript, place: tuple[int, int]
) -> None:
    """Send a mouse event as a terminal does; the app makes clicks of them."""
    x, y = transcript.region.offset + place
    pilot.app.post_message(kind(None, x, y, 0, 0, 1, shift=False, meta=False, ctrl=False, screen_x=x, screen_y=y))
    await settle(pilot)


async def drag(pilot: Pilot[None], transcript: Transcript, start: tuple[int, int], end: tuple[int, int]) -> None:
    """Press the button at `start` and release it at `end`."""
    await mouse(pilot, events.MouseDown, transcript, start)
    await mouse(pilot, events.MouseMove, transcript, end)
    await mouse(pilot, events.MouseUp, transcript, end)


def screen_text(transcript: Transcript) -> list[str]:
    return [transcript.render_line(y).text.rstrip() for y in range(transcript.size.height)]


def backgrounds(transcript: Transcript) -> set[str]:
    strips = [transcript.render_line(y) for y in range(transcript.size.height)]
    return {str(segment.style.bgcolor) for strip in strips for segment in strip if segment.style}


def lines(count: int, first: int = 0) -> str:
    return "".join(f"line {n}\n" for n in range(first, first + count))


def exchange(question: str, text: str = "", thinking: str = "") -> Exchange:
    """Return a question to the left side with its answer, as the archive returns them."""
    answer = Answer(
        model=MODEL,
        setup=Setup(sampling=SAMPLING, max_tokens=9),
        text=text or f"Answer {question}.",
        thinking=thinking,
        finish_reason=FinishReason.STOP,
    )
    return Exchange(Question(question, datetime(2025, 1, 1, tzinfo=UTC)), {Side.LEFT: answer})


async def select(pilot: Pilot[None], transcript: Transcript, words: str) -> None:
    """Select the row with `words`."""
    y = screen_text(transcript).index(f" {words}")
    await drag(pilot, transcript, (1, y), (30, y))
    assert pilot.app.screen.get_selected_text() == words
