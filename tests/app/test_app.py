"""The whole program on the screen: from the menu to two answers, its keys and colors, and its end."""

import asyncio
import signal
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from textual import events
from textual.color import Color
from textual.theme import Theme

from tests import tiny
from tests.ledgers import TrustingLedger
from tests.screens.host import find_command, press, screen_text, settle, until
from tests.scripted import Hold, ScriptedEngine
from tui import settings
from tui.app import themes
from tui.app.app import DuoApp
from tui.archive.store import Archive
from tui.chat.conversation import FinishReason, Side
from tui.engine.cores import Cores
from tui.models.catalogue.catalogue import Catalogue
from tui.models.catalogue.spec import ModelSpec
from tui.screens.compare.screen import CompareScreen
from tui.screens.download.screen import FetchScreen
from tui.screens.help import HelpScreen
from tui.screens.menu.screen import MenuScreen
from tui.session.memory_check import MemoryCheck, Selection
from tui.session.preload import Preloader
from tui.session.prepare import Preparer
from tui.settings import Settings
from tui.widgets.prompt import Prompt
from tui.widgets.status import Status

MakeApp = Callable[..., DuoApp]


class Lasting(DuoApp):
    """The app, whose notices stand until they are looked at, however late that is."""

    NOTIFICATION_TIMEOUT = 3600
    CSS_PATH = str(Path(themes.__file__).with_name("app.tcss"))


@pytest.fixture
def make_app(archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeApp:
    """Makes the program with two tiny models on disk, under the starter pair's ids, and scripted engines."""
    monkeypatch.setenv("DUOCHAT_HOME", str(tmp_path))
    file = tiny.write(tmp_path / "tiny.gguf")
    specs = tuple(
        ModelSpec(id=name, name=name.title(), file=file.name, path=file, sha256="00" * 32, size=file.stat().st_size)
        for name in ("smollm2-135m", "qwen2.5-coder-0.5b")
    )

    def make(
        *engines: ScriptedEngine,
        wanted: Settings | None = None,
        skip: bool = False,
        missing: bool = False,
        environ: Mapping[str, str] | None = None,
    ) -> DuoApp:
        waiting = list(engines)
        if missing:
            file.unlink()
        memory_check = MemoryCheck(
            environ={"HF_HOME": str(tmp_path)}, available=lambda: 64 * 10**9, ledger=TrustingLedger()
        )
        preloader = Preloader(memory_check, lambda *_: waiting.pop(0) if waiting else ScriptedEngine())
        return Lasting(
            catalogue=Catalogue(specs),
            settings=wanted or Settings(),
            settings_file=tmp_path / "config" / "settings.toml",
            archive=archive,
            memory_check=memory_check,
            preparer=lambda: Preparer(
                environ={"HF_HOME": str(tmp_path)},
                archive=archive,
                memory_check=memory_check,
                preloader=preloader,
                cores=Cores(2),
            ),
            selections={side: Selection(spec=spec) for side, spec in zip(Side, specs, strict=True)} if skip else {},
            resume=None,
            environ=environ or {"PATH": ""},
        )

    return make


def states(app: DuoApp) -> list[str]:
    return [status.view.state for status in app.screen.query(Status)]


async def test_the_first_run_needs_enter_twice_and_a_question(make_app: MakeApp, archive: Archive) -> None:
    app = make_app(ScriptedEngine(["Left answers."]), ScriptedEngine(["Right answers."]))
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, MenuScreen))
        await press(pilot, "enter", "enter")
        await until(pilot, lambda: isinstance(app.screen, CompareScreen))
        await pilot.press(*"Hi", "enter")
        await until(pilot, lambda: "Left answers." in screen_text(app) and "Right answers." in screen_text(app))
    assert archive.latest_pair() == ("smollm2-135m", "qwen2.5-coder-0.5b")


async def test_named_models_skip_the_menu_and_ctrl_n_leads_there(make_app: MakeApp) -> None:
    app = make_app(skip=True)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, CompareScreen))
        await pilot.press("ctrl+n")
        await until(pilot, lambda: isinstance(app.screen, MenuScreen))
        await pilot.press("f5")
        await until(pilot, lambda: isinstance(app.screen, CompareScreen))


async def test_what_is_typed_while_the_weights_are_fetched_is_in_the_prompt(make_app: MakeApp, tmp_path: Path) -> None:
    app = make_app(skip=True, missing=True)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, FetchScreen) and app.screen.has_class("-failed"))
        await press(pilot, *"Hix", "backspace")
        app.post_message(events.Paste(" 你好"))
        tiny.write(tmp_path / "tiny.gguf")
        await pilot.press("f5")
        await until(pilot, lambda: isinstance(app.screen, CompareScreen))
        assert app.screen.query_one(Prompt).text == "Hi 你好"


async def test_weights_that_are_not_there_are_said_and_esc_leads_back(make_app: MakeApp) -> None:
    app = make_app(skip=True, missing=True)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, FetchScreen) and app.screen.has_class("-failed"))
        await until(pilot, lambda: "F5 Try again" in screen_text(app))
        await pilot.press("f5")
        await until(pilot, lambda: app.screen.has_class("-failed"))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, MenuScreen))


async def test_ctrl_q_in_mid_answer_ends_at_once_and_keeps_both_answers(make_app: MakeApp, archive: Archive) -> None:
    engines = [ScriptedEngine(["so far", Hold(asyncio.Event())]) for _ in Side]
    app = make_app(*engines, skip=True)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, CompareScreen))
        await pilot.press(*"Go", "enter")
        await until(pilot, lambda: states(app) == ["writing", "writing"])
        await pilot.press("ctrl+q")
    answers = archive.conversation(archive.latest_id() or 0).exchanges[0].answers
    assert {(answer.text, answer.finish_reason) for answer in answers.values()} == {
        ("so far", FinishReason.INTERRUPTED)
    }
    assert all(engine.closed for engine in engines)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_ends_it_with_everything_kept(
    make_app: MakeApp, archive: Archive, number: signal.Signals
) -> None:
    app = make_app(*(ScriptedEngine(["so far", Hold(asyncio.Event())]) for _ in Side), skip=True)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, CompareScreen))
        await pilot.press(*"Go", "enter")
        await until(pilot, lambda: states(app) == ["writing", "writing"])
        signal.raise_signal(number)
        await until(pilot, lambda: not app.is_running)
    assert app.return_code == 128 + number
    answers = archive.conversation(archive.latest_id() or 0).exchanges[0].answers
    assert {answer.finish_reason for answer in answers.values()} == {FinishReason.INTERRUPTED}


async def test_f1_lists_every_key_as_the_user_has_bound_it(make_app: MakeApp) -> None:
    app = make_app(skip=True, wanted=Settings(keys={"stop": "f12"}))
    async with app.run_test(size=(120, 50)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, CompareScreen))
        await pilot.press("f1")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        text = screen_text(app)
        assert "F12" in text
        for shown in ("Ctrl+J or Shift+Enter", "Copy the last left answer", "Ctrl+S", "stop"):
            assert shown in text
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, CompareScreen))


async def test_keys_can_be_bound_by_id_and_unknown_ids_are_said(make_app: MakeApp) -> None:
    wanted = Settings(keys={"send": "f12", "stop": "f10", "fly": "f9", "[b]x": "f8"})
    app = make_app(ScriptedEngine(["so far", Hold(asyncio.Event())]), skip=True, wanted=wanted)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await until(pilot, lambda: "does not exist: [b]x, fly." in screen_text(app))
        await until(pilot, lambda: isinstance(app.screen, CompareScreen))
        await press(pilot, *"Hi", "enter")
        assert app.screen.query_one(Prompt).text == "Hi\n"
        await pilot.press("f12")
        await until(pilot, lambda: states(app)[0] == "writing")
        await pilot.press("f10")
        await until(pilot, lambda: states(app)[0] == "stopped")


async def test_the_palette_runs_what_has_a_key(make_app: MakeApp) -> None:
    app = make_app(skip=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, CompareScreen))
        await pilot.press("ctrl+p")
        await until(pilot, lambda: "Stop both, take back" in screen_text(app))
        await pilot.press("escape")
        await find_command(pilot, "other models")
        assert "Choose other models" in screen_text(app)
        assert "again" not in screen_text(app)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, MenuScreen))


async def test_a_theme_from_the_palette_is_remembered(make_app: MakeApp, tmp_path: Path) -> None:
    file = tmp_path / "config" / "settings.toml"
    app = make_app(skip=True, wanted=Settings(keys={"stop": "f12"}))
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, CompareScreen))
        await find_command(pilot, "duochat-light")
        assert "Theme: duochat-light" in screen_text(app)
        await pilot.press("enter")
        await until(pilot, file.is_file)
    assert settings.load(file) == Settings(theme="duochat-light", keys={"stop": "f12"})


async def test_duochats_own_themes_are_offered_before_all_others(make_app: MakeApp) -> None:
    app = make_app(skip=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, CompareScreen))
        await find_command(pilot, "light")
        assert screen_text(app).index("Theme: duochat-light") < screen_text(app).index("Theme: ansi-light")


async def test_every_theme_can_be_shown(make_app: MakeApp) -> None:
    app = make_app(skip=True, wanted=Settings(theme="no-such"))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await until(pilot, lambda: "There is no theme no-such" in screen_text(app))
        for name in ("nord", "textual-light", "duochat-light", "textual-ansi"):
            if name in app.available_themes:
                app.theme = name
                await settle(pilot)


async def test_ctrl_c_says_what_quits_and_copies_a_selection(make_app: MakeApp) -> None:
    app = make_app(skip=True, wanted=Settings(keys={"quit": "f10"}))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await until(pilot, lambda: isinstance(app.screen, CompareScreen))
        await pilot.press("ctrl+c")
        await until(pilot, lambda: "F10 quits. Ctrl+C copies what is selected." in screen_text(app))
        await press(pilot, *"words", "shift+home", "ctrl+c")
        await until(pilot, lambda: app.clipboard == "words")


async def test_copying_says_no_more_than_is_known(make_app: MakeApp) -> None:
    app = make_app(ScriptedEngine(["**Bold** answer\x1b[201~"]), skip=True)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await until(pilot, lambda: isinstance(app.screen, CompareScreen))
        await pilot.press("f2")
        await until(pilot, lambda: "There is no left answer yet." in screen_text(app))
        await pilot.press(*"Hi", "enter")
        await until(pilot, lambda: states(app) == ["done", "done"])
        await pilot.press("f2")
        await until(pilot, lambda: "Sent 21 characters to the terminal's clipboard (OSC 52)." in screen_text(app))
        assert app.clipboard == "**Bold** answer␛[201~"


async def test_a_block_of_code_is_copied_without_its_fence(make_app: MakeApp) -> None:
    engines = (ScriptedEngine(["Look:\n```python\nprint(1)\n```\nSo."]), ScriptedEngine(["No code."]))
    app = make_app(*engines, skip=True)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await until(pilot, lambda: isinstance(app.screen, CompareScreen))
        await pilot.press(*"Hi", "enter")
        await until(pilot, lambda: states(app) == ["done", "done"])
        await pilot.press("f6")
        await until(pilot, lambda: app.clipboard.strip() == "print(1)")
        await pilot.press("f7")
        await until(pilot, lambda: "There is no block of code on the right yet." in screen_text(app))


@pytest.mark.parametrize("theme", themes.OWN, ids=lambda theme: theme.name)
def test_every_color_of_text_can_be_read(theme: Theme) -> None:
    """WCAG AA: a contrast of 4.5 against each background that text stands on."""
    texts = [
        theme.foreground,
        theme.error,
        theme.warning,
        *(theme.variables[name] for name in ("left", "right", "quiet")),
    ]
    for background in (theme.background, theme.surface, theme.panel):
        for text in texts:
            assert text is not None
            assert background is not None
            assert contrast(Color.parse(text), Color.parse(background)) >= 4.5, (text, background)


def contrast(one: Color, other: Color) -> float:
    """The contrast ratio of two colors, as WCAG 2.1 defines it."""
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def luminance(color: Color) -> float:
    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in color.normalized]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
