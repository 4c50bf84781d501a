"""Cached rendering: lines are rendered once for many frames, and again after each change."""

from textual.app import App, ComposeResult
from textual.containers import Vertical
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import TextArea

from tests.screens.host import screen_text, settle
from tests.widgets.manual_clock import ManualClockApp, next_frame
from tui.chat.conversation import PaneSide
from tui.widgets.cached_rendering import CachedRendering
from tui.widgets.prompt import Prompt
from tui.widgets.transcript.widget import Transcript


class Frame(CachedRendering, Vertical):
    """A frame around a transcript that counts the lines that it renders."""

    DEFAULT_CSS = """
    Frame { border: round red; &.-other { border: double blue; } }
    """

    drawn = 0

    def render_line(self, y: int) -> Strip:
        self.drawn += 1
        return super().render_line(y)


class Framed(ManualClockApp):
    def compose(self) -> ComposeResult:
        with Frame():
            yield Transcript(PaneSide.LEFT, frame_clock=self.frame_clock)

    @property
    def frame(self) -> Frame:
        return self.query_one(Frame)

    def drawn_from_scratch(self) -> list[str]:
        """Return the lines of the frame without the cache."""
        return [line.text for line in Widget.render_lines(self.frame, self.frame.region.size.region)]

    def drawn(self) -> list[str]:
        return [line.text for line in self.frame.render_lines(self.frame.region.size.region)]


async def test_streaming_text_does_not_render_its_frame() -> None:
    app = Framed()
    async with app.run_test(size=(60, 20)) as pilot:
        app.query_one(Transcript).begin("Go")
        await next_frame(app, pilot)
        before, app.frame.drawn = app.frame.drawn, 0
        assert before > 0
        for n in range(10):
            app.query_one(Transcript).write(f"line {n}\n\n")
            await next_frame(app, pilot)
        assert app.frame.drawn == 0
        shown = screen_text(app).splitlines()
        assert any("line 9" in row for row in shown)
        assert all(row.startswith("│") and row.endswith("│") for row in shown[1:-1])


async def test_changes_of_the_frame_are_rendered() -> None:
    app = Framed()
    async with app.run_test(size=(60, 20)) as pilot:
        plain = app.drawn()
        app.frame.border_title = "A title"
        await settle(pilot)
        titled = app.drawn()
        assert "A title" in titled[0]
        assert titled != plain
        app.frame.add_class("-other")
        await settle(pilot)
        assert app.drawn()[0].startswith("╔")
        await pilot.resize_terminal(40, 12)
        await settle(pilot)
        assert [len(line) for line in app.drawn()] == [40] * 12
        assert app.drawn() == app.drawn_from_scratch()
        app.frame.border_title = ""
        await settle(pilot)
        assert "A title" not in screen_text(app)


async def test_theme_change_renders_again() -> None:
    app = Framed()
    async with app.run_test(size=(60, 20)) as pilot:
        size = app.frame.region.size.region
        before = app.frame.render_lines(size)[3]
        app.theme = "textual-light"
        await settle(pilot)
        assert app.frame.render_lines(size)[3] == Widget.render_lines(app.frame, size)[3]
        assert app.frame.render_lines(size)[3] != before


class CountingPrompt(Prompt):
    """A prompt that counts the lines that it renders."""

    rendered = 0

    def render_line(self, y: int) -> Strip:
        self.rendered += 1
        return super().render_line(y)


class Writing(App[None]):
    def compose(self) -> ComposeResult:
        yield CountingPrompt(placeholder="Ask both:")


async def test_idle_prompt_is_not_rendered_again() -> None:
    app = Writing()
    async with app.run_test(size=(40, 8)) as pilot:
        prompt = app.query_one(CountingPrompt)
        prompt.cursor_blink = False
        await settle(pilot)
        region = prompt.region.size.region
        lines = prompt.render_lines(region)
        before = prompt.rendered
        assert before > 0
        assert [prompt.render_lines(region) for _ in range(3)] == [lines] * 3
        assert prompt.rendered == before
        await pilot.press("a")
        await settle(pilot)
        assert prompt.rendered > before


async def test_cached_prompt_shows_every_change() -> None:
    app = Writing()
    async with app.run_test(size=(40, 8)) as pilot:
        prompt = app.query_one(Prompt)
        seen: list[list[Strip]] = []

        async def look() -> None:
            await settle(pilot)
            region = prompt.region.size.region
            kept = prompt.render_lines(region)
            assert kept == TextArea.render_lines(prompt, region)
            assert kept not in seen
            seen.append(kept)

        prompt.cursor_blink = False
        await look()
        await pilot.press(*"ab c")
        await look()
        await pilot.press("left", "left")
        await look()
        await pilot.press("shift+right")
        await look()
        prompt.text = "\n".join(map(str, range(30)))
        await look()
        prompt.scroll_end(animate=False)
        await look()
        app.theme = "textual-light"
        await look()
        prompt.disabled = True
        await look()
