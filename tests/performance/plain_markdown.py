"""The child process that the screen is compared with, `python -m tests.performance.plain_markdown SCRIPT`.

Two of Textual's Markdown widgets show the same words through Textual's own stream, without figures and archive.
"""

import sys
from collections.abc import Mapping

import msgspec
from textual.app import App, ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Input, Markdown

from tui.bench.harness import greedy, steady
from tui.bench.scripted_engine import ScriptedEngine
from tui.bench.scripted_session import Script, scripted_engines
from tui.chat.conversation import Side
from tui.chat.events import Delta

PROMPT = "Ask:"
"""Text in the prompt that shows that it is ready."""


class PlainMarkdownApp(App[None]):
    """Two answers side by side as they come, and a line to ask in."""

    CSS = ".pane { width: 1fr; } #panes { height: 1fr; }"

    def __init__(self, engines: Mapping[Side, ScriptedEngine]) -> None:
        super().__init__()
        self._engines = engines

    def compose(self) -> ComposeResult:
        """Yield the panes, and the line below them."""
        with Horizontal(id="panes"):
            for side in Side:
                with VerticalScroll(id=side.value, classes="pane"):
                    yield Markdown()
        yield Input(placeholder=PROMPT)

    def on_mount(self) -> None:
        """Focus the line."""
        self.query_one(Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Let both answer."""
        event.input.clear()
        for side in Side:
            self.run_worker(self._answer(side))

    async def _answer(self, side: Side) -> None:
        pane = self.query_one(f"#{side.value}", VerticalScroll)
        pane.anchor()
        stream = Markdown.get_stream(pane.query_one(Markdown))
        async for event in self._engines[side].reply((), greedy(1), steady(1)):
            if isinstance(event, Delta):
                await stream.write(event.text)
        await stream.stop()


if __name__ == "__main__":
    script = msgspec.json.decode(sys.argv[1], type=Script)
    PlainMarkdownApp(dict(zip(Side, scripted_engines(script), strict=True))).run()
