"""The child process that is watched beside duochat's, `python -m tui.bench.plain RECITAL`: what Textual itself offers.

Two of its Markdown widgets show the same words as duochat's panes, through the stream that it has for that: no figures,
no keys, no archive.
"""

import sys
from collections.abc import Mapping

import msgspec
from textual.app import App, ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Input, Markdown

from tui.archive.transcript import json_document
from tui.bench.player import PlayerEngine
from tui.bench.stage import TRANSCRIPT, Recital, players
from tui.chat.conversation import Setup, Side
from tui.chat.events import Delta
from tui.chat.generation_settings import GenerationSettings, Overrides
from tui.engine.cores import Threads

PROMPT = "Ask:"
"""What the prompt says as soon as it can be written into."""


class PlainApp(App[None]):
    """Two answers side by side as they come, and a line to ask in."""

    CSS = ".pane { width: 1fr; } #panes { height: 1fr; }"

    def __init__(self, engines: Mapping[Side, PlayerEngine], setup: Setup) -> None:
        super().__init__()
        self._engines = engines
        self._setup = setup

    def compose(self) -> ComposeResult:
        """The panes, and the line below them."""
        with Horizontal(id="panes"):
            for side in Side:
                with VerticalScroll(id=side.value, classes="pane"):
                    yield Markdown()
        yield Input(placeholder=PROMPT)

    def on_mount(self) -> None:
        """Asks for what the user writes."""
        self.query_one(Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Lets both answer."""
        event.input.clear()
        for side in Side:
            self.run_worker(self._answer(side))

    async def _answer(self, side: Side) -> None:
        pane = self.query_one(f"#{side.value}", VerticalScroll)
        pane.anchor()
        stream = Markdown.get_stream(pane.query_one(Markdown))
        async for event in self._engines[side].reply((), self._setup, Threads(1, 1)):
            if isinstance(event, Delta):
                await stream.write(event.text)
        await stream.stop()


def main() -> None:
    """Shows the panes until it is ended."""
    recital = msgspec.json.decode(sys.argv[1], type=Recital)
    saved = json_document.from_json(TRANSCRIPT.read_text(encoding="utf-8"))
    engines = dict(zip(Side, players(saved, recital), strict=True))
    PlainApp(engines, GenerationSettings(overrides=Overrides(), max_tokens=recital.tokens).setup(1)).run()


if __name__ == "__main__":
    main()
