"""Choosing two models: by Enter alone, by typing, by place; and what is refused."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from textual import events
from textual.widgets import DataTable, Input, Static

from tests.ledgers import TrustingLedger
from tests.screens.host import Host, press, screen_text, settle, until
from tests.scripted import ScriptedEngine
from tui.chat.conversation import Side
from tui.models.catalogue.catalogue import Catalogue
from tui.models.catalogue.spec import ModelSpec
from tui.screens.menu.screen import MenuScreen
from tui.session.memory_check import MemoryCheck, Selection
from tui.session.preload import Preloader
from tui.widgets.model_table import ModelTable, matches, shortened

ANT = ModelSpec(
    id="ant-1b",
    name="Ant 1B",
    maker="Formica",
    country="FR",
    file="ant.gguf",
    size=800_000_000,
    license="mit",
    license_note="Free for any use, said Formica.",
    context=4096,
    quant="Q4_K_M",
    params="1B",
    repo="formica/ant-gguf",
)
BEE = ModelSpec(
    id="bee-2b", name="Bee 2B", maker="Apis", country="JP", file="bee.gguf", size=1_600_000_000, thinks=True
)
COW = ModelSpec(
    id="cow-9b", name="[b]Cow[/b] \x1b[31m9B[/x]", maker="[@click=app.quit]Bos[/]", file="c.gguf", size=9**10
)

MakeMenu = Callable[..., MenuScreen]


@pytest.fixture
def make_menu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeMenu:
    """Makes a menu of three models with some memory free; `chosen` sit there already."""
    monkeypatch.setenv("DUOCHAT_HOME", str(tmp_path))

    def make(chosen: tuple[ModelSpec, ...] = (ANT, BEE), free: int = 64 * 10**9) -> MenuScreen:
        memory_check = MemoryCheck(environ={"HF_HOME": str(tmp_path)}, available=lambda: free, ledger=TrustingLedger())
        preloader = Preloader(memory_check, lambda *_: ScriptedEngine())
        selections = {side: Selection(spec=spec) for side, spec in zip(Side, chosen, strict=False)}
        return MenuScreen(
            catalogue=Catalogue((ANT, BEE, COW)),
            memory_check=memory_check,
            check_memory=preloader.check_memory,
            chosen=selections,
        )

    return make


def ids(selections: Mapping[Side, Selection]) -> list[str]:
    return [selections[side].spec.id for side in Side]


def highlighted(app: Host) -> str | None:
    spec = app.screen.query_one(ModelTable).highlighted
    return spec.id if spec else None


async def test_enter_twice_starts_with_the_models_that_sit_there(make_menu: MakeMenu) -> None:
    app = Host(make_menu())
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: highlighted(app) == "ant-1b")
        await pilot.press("enter")
        await until(pilot, lambda: highlighted(app) == "bee-2b")
        await pilot.press("enter")
        await until(pilot, lambda: app.results)
    assert ids(app.results[0]) == ["ant-1b", "bee-2b"]


async def test_f5_starts_at_once(make_menu: MakeMenu) -> None:
    app = Host(make_menu())
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("f5")
        await until(pilot, lambda: app.results)
    assert ids(app.results[0]) == ["ant-1b", "bee-2b"]


async def test_typing_filters_and_enter_takes_the_match(make_menu: MakeMenu) -> None:
    app = Host(make_menu())
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press(*"jp")
        await until(pilot, lambda: highlighted(app) == "bee-2b")
        assert app.screen.query_one(DataTable).row_count == 1
        await pilot.press("enter")
        await until(pilot, lambda: app.screen.query_one(Input).value == "")
        assert app.screen.query_one(DataTable).row_count == 3
        await pilot.press("enter")
        await until(pilot, lambda: app.results)
    assert ids(app.results[0]) == ["bee-2b", "bee-2b"], "the same model may sit on both sides"


async def test_tab_picks_the_other_place_and_arrows_move(make_menu: MakeMenu) -> None:
    app = Host(make_menu())
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: highlighted(app) == "ant-1b")
        await pilot.press("tab")
        await until(pilot, lambda: highlighted(app) == "bee-2b")
        await press(pilot, "down", "enter")
        await until(pilot, lambda: highlighted(app) == "ant-1b")
        await pilot.press("enter")
        await until(pilot, lambda: app.results)
    assert ids(app.results[0]) == ["ant-1b", "cow-9b"]


async def test_nothing_matching_is_said_and_nothing_is_chosen(make_menu: MakeMenu) -> None:
    app = Host(make_menu())
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press(*"zebra", "enter")
        await until(pilot, lambda: "No model matches" in screen_text(app))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen.query_one(DataTable).row_count == 3)
        assert not app.results


async def test_two_models_that_do_not_fit_are_refused_with_a_next_step(make_menu: MakeMenu) -> None:
    app = Host(make_menu(free=10**9))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("f5")
        fit = app.screen.query_one("#balance", Static)
        await until(pilot, lambda: fit.has_class("-refused"))
        assert "choose smaller models" in screen_text(app)
        assert not app.results


async def test_after_a_refusal_everything_can_be_chosen_anew(make_menu: MakeMenu) -> None:
    app = Host(make_menu(free=10**9))
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, *"bee", "enter", *"bee", "enter")
        await until(pilot, lambda: app.screen.query_one("#balance", Static).has_class("-refused"))
        await until(pilot, lambda: "Right model: type to filter, ↑↓ move, Enter takes it " in screen_text(app))
        assert app.screen.query_one(DataTable).row_count == 3
        assert highlighted(app) == "bee-2b"
        assert not app.results


async def test_the_card_tells_license_and_origin_in_full(make_menu: MakeMenu) -> None:
    app = Host(make_menu())
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "memory" in screen_text(app))
        text = screen_text(app)
    for fact in ("Free for any use, said Formica.", "Formica, FR", "mit", "4,096 tokens", "formica/ant-gguf"):
        assert fact in text


async def test_an_empty_place_has_to_be_filled(make_menu: MakeMenu) -> None:
    app = Host(make_menu(chosen=()))
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await pilot.press("f5")
        await until(pilot, lambda: "Choose a model for the left side first." in screen_text(app))
        assert not app.results
        await press(pilot, "enter", "enter")
        await until(pilot, lambda: app.results)
    assert ids(app.results[0]) == ["ant-1b", "ant-1b"]


@pytest.mark.parametrize("width", [120, 80, 41])
async def test_hostile_names_are_shown_whole_and_inert(make_menu: MakeMenu, width: int) -> None:
    app = Host(make_menu(chosen=(COW, COW)))
    async with app.run_test(size=(width, 40)) as pilot:
        await until(pilot, lambda: "memory" in screen_text(app))
        text = screen_text(app)
        assert "[b]Cow[/b] ␛[31m9B" in text
        assert "[@click=app.quit]Bos[/]" in text
        assert "\x1b" not in text


@pytest.mark.parametrize("size", [(20, 5), (80, 11), (1, 1)])
async def test_a_terminal_too_small_is_said(make_menu: MakeMenu, size: tuple[int, int]) -> None:
    app = Host(make_menu())
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        if size[0] > 1:
            assert "Too small" in screen_text(app)
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: "Ant 1B" in screen_text(app))
        assert "Too small" not in screen_text(app)
        assert isinstance(app.screen.focused, Input)


@pytest.mark.parametrize(
    ("name", "width", "told"),
    [
        ("Ant 1B", 6, "Ant 1B"),
        ("DeepSeek R1 Distill Qwen 1.5B", 23, "DeepSeek R1 D…Qwen 1.5B"),
        ("DeepSeek R1 Distill Qwen 7B", 23, "DeepSeek R1 Dis…Qwen 7B"),
        ("antantantant", 7, "ant…ant"),
        ("通义千问大语言模型 7B", 12, "通义千问…7B"),
    ],
)
def test_long_names_keep_their_ends(name: str, width: int, told: str) -> None:
    assert shortened(name, width) == told


async def test_nothing_jumps_when_the_scrollbar_goes(make_menu: MakeMenu) -> None:
    app = Host(make_menu())
    async with app.run_test(size=(90, 16)) as pilot:
        await until(pilot, lambda: highlighted(app) == "ant-1b")
        table = app.screen.query_one(ModelTable)
        assert table.show_vertical_scrollbar
        before = [column.width for column in table.ordered_columns]
        await pilot.press(*"jp")
        await until(pilot, lambda: not table.show_vertical_scrollbar)
        assert [column.width for column in table.ordered_columns] == before


def test_every_word_typed_has_to_match_somewhere() -> None:
    assert matches(ANT, "formica 1B")
    assert matches(BEE, "jp")
    assert not matches(BEE, "jp formica")


async def test_enter_right_behind_the_filter_takes_the_match(make_menu: MakeMenu) -> None:
    app = Host(make_menu())
    async with app.run_test(size=(100, 30)) as pilot:
        for key in ("j", "p", "enter", "enter"):
            app.post_message(events.Key(key, key if len(key) == 1 else "\r"))
        await until(pilot, lambda: app.results)
    assert ids(app.results[0]) == ["bee-2b", "bee-2b"]


async def test_after_a_filtered_choice_the_other_places_model_is_looked_at(make_menu: MakeMenu) -> None:
    app = Host(make_menu(chosen=(ANT, COW)))
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press(*"jp", "enter")
        await until(pilot, lambda: highlighted(app) == "cow-9b")
        await pilot.press("enter")
        await until(pilot, lambda: app.results)
    assert ids(app.results[0]) == ["bee-2b", "cow-9b"]
