"""Snapshots of a transcript and a status line: dark and light, wide and narrow."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from tests.screens.host import until
from tests.widgets.markdown.samples import RICH
from tui.chat.conversation import FinishReason, PaneSide
from tui.widgets.status import Status, StatusView
from tui.widgets.transcript.widget import Transcript


class Gallery(App[None]):
    """One pane's transcript and status line with everything in them."""

    CSS = "Transcript { height: 1fr; }"

    def __init__(self, theme: str, side: PaneSide) -> None:
        super().__init__()
        self.theme = theme
        self._side = side

    def compose(self) -> ComposeResult:
        yield Transcript(self._side, clock=lambda: 0.0)
        yield Status()

    def on_mount(self) -> None:
        transcript = self.query_one(Transcript)
        transcript.begin("Name three rivers.\n请列出三条河。")
        transcript.think("The user wants **rivers**.\n\nI shall name three.")
        transcript.write(RICH)
        transcript.end(None, FinishReason.LENGTH, 3200)
        transcript.begin("And lakes?")
        transcript.toggle_thinking()
        transcript.write("The Caspian Se")
        transcript.end("The model's process ended: out of memory. Choose a smaller model.", FinishReason.FAILED)
        view = StatusView(state="failed", failed=True, first_ms=412, rate=28.4, shared=True, used=1234, context=4096)
        self.query_one(Status).show(replace(view, memory=983_000_000))


@pytest.mark.parametrize(
    ("theme", "side", "width", "height"),
    [
        ("textual-dark", PaneSide.LEFT, 58, 70),
        ("textual-light", PaneSide.RIGHT, 98, 60),
        ("textual-dark", PaneSide.RIGHT, 30, 90),
    ],
)
def test_a_pane(snap_compare: Callable[..., bool], theme: str, side: PaneSide, width: int, height: int) -> None:
    app = Gallery(theme, side)

    async def settled(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: app.query_one(Transcript).column.unsettled() is None)

    assert snap_compare(app, terminal_size=(width, height), run_before=settled)
