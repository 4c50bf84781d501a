"""What the program says in passing: once, and the last of it is what holds."""

from tests.app.test_app import MakeApp, make_app
from tests.screens.host import press, screen_text, until
from tui.screens.compare.screen import CompareScreen
from tui.widgets.prompt import Prompt

__all__ = ["make_app"]


async def test_what_still_stands_there_is_not_said_again(make_app: MakeApp) -> None:
    app = make_app(skip=True)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await until(pilot, lambda: isinstance(app.screen, CompareScreen))
        await press(pilot, "f2", "f2", "f3", "f2")
        await until(pilot, lambda: "There is no right answer yet." in screen_text(app))
        assert screen_text(app).count("There is no left answer yet.") == 1


async def test_what_is_said_last_is_what_holds(make_app: MakeApp) -> None:
    app = make_app(skip=True)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await until(pilot, lambda: isinstance(app.screen, CompareScreen))
        await press(pilot, "shift+f12", "shift+f12", "shift+f12")
        await until(pilot, lambda: "come with their names" in screen_text(app))
        assert "blind" in str(app.screen.query_one(Prompt).border_subtitle)
        assert screen_text(app).rindex("come without names") > screen_text(app).rindex("come with their names")
