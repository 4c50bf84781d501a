"""What lies below the text: drawn once for many frames, and anew as soon as anything about it changes."""

import pytest
from textual.app import App, ComposeResult
from textual.containers import Vertical
from textual.geometry import Region
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
    """A frame around a transcript that counts how often it draws one of its own lines."""

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
        """What the frame would draw if it kept nothing."""
        return [line.text for line in Widget.render_lines(self.frame, self.frame.region.size.region)]

    def drawn(self) -> list[str]:
        return [line.text for line in self.frame.render_lines(self.frame.region.size.region)]


async def test_a_growing_text_draws_nothing_below_it() -> None:
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


async def test_whatever_changes_about_it_is_drawn() -> None:
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


async def test_another_theme_is_another_color() -> None:
    app = Framed()
    async with app.run_test(size=(60, 20)) as pilot:
        size = app.frame.region.size.region
        before = app.frame.render_lines(size)[3]
        app.theme = "textual-light"
        await settle(pilot)
        assert app.frame.render_lines(size)[3] == Widget.render_lines(app.frame, size)[3]
        assert app.frame.render_lines(size)[3] != before


class Writing(App[None]):
    def compose(self) -> ComposeResult:
        yield Prompt(placeholder="Ask both:")


async def test_a_prompt_that_nobody_touches_is_not_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    app, draw, drawn = Writing(), TextArea.render_lines, list[Region]()

    def counted(area: TextArea, crop: Region) -> list[Strip]:
        drawn.append(crop)
        return draw(area, crop)

    monkeypatch.setattr(TextArea, "render_lines", counted)
    async with app.run_test(size=(40, 8)) as pilot:
        prompt = app.query_one(Prompt)
        prompt.cursor_blink = False
        await settle(pilot)
        region = prompt.region.size.region
        prompt.render_lines(region)
        before = len(drawn)
        assert [prompt.render_lines(region) for _ in range(3)] == [draw(prompt, region)] * 3
        assert len(drawn) == before
        await pilot.press("a")
        await settle(pilot)
        assert len(drawn) > before


async def test_a_prompt_that_keeps_its_rows_shows_whatever_happens_to_it() -> None:
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
