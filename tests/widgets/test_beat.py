"""The beat: everything that has something to paint paints at the same moment."""

from functools import partial
from time import monotonic

from textual.app import App, ComposeResult
from textual.containers import Horizontal

from tui.chat.conversation import Side
from tui.widgets.beat import BEAT, Beat
from tui.widgets.reply import Transcript
from tui.widgets.status import Status, StatusView


class Two(App[None]):
    """Two transcripts and two status lines at one beat, and how often they were put together."""

    def __init__(self) -> None:
        super().__init__()
        self.beat = Beat(self)
        self.frames = 0

    def compose(self) -> ComposeResult:
        with Horizontal():
            for side in Side:
                yield Transcript(side, beat=self.beat)
        for _ in Side:
            yield Status(beat=self.beat)

    def post_display_hook(self) -> None:
        self.frames += 1


async def test_two_panes_and_their_lines_of_figures_cost_one_frame_a_beat() -> None:
    app = Two()
    async with app.run_test(size=(80, 20)) as pilot:
        panes = list(app.query(Transcript))
        for pane in panes:
            pane.begin("Go")
        await pilot.pause(3 * BEAT)
        began, app.frames = monotonic(), 0
        for word in range(24):
            for pane, status in zip(panes, app.query(Status), strict=True):
                pane.write(f"word{word} ")
                status.show(StatusView(state="writing", tokens=word + 1))
            await pilot.pause(0.04)
        beats = (monotonic() - began) / BEAT
        await pilot.pause(3 * BEAT)
        assert 2 <= app.frames <= beats + 3
        for pane in panes:
            assert any("word23" in pane.render_line(y).text for y in range(pane.size.height))
        assert ["24 tokens" in status.render_line(0).text for status in app.query(Status)] == [True, True]


async def test_what_is_due_later_comes_later_and_once() -> None:
    app = Two()
    async with app.run_test() as pilot:
        called: list[tuple[str, float]] = []
        began = monotonic()

        def call(name: str) -> None:
            called.append((name, monotonic() - began))

        late, soon = partial(call, "late"), partial(call, "soon")
        app.beat.after(3, late)
        for _ in range(2):
            app.beat.after(1, soon)
        await pilot.pause(5 * BEAT)
        assert [name for name, _ in called] == ["soon", "late"]
        assert called[1][1] > 2 * BEAT
