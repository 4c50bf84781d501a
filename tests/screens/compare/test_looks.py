"""What the screens look like, compared with pictures that were looked at: menu, streaming, done, failed, narrow."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from tests.ledgers import TrustingLedger
from tests.screens.conftest import MakeDuo
from tests.screens.host import Host, beats, screen_text, until, works
from tests.scripted import Death, Hold, ScriptedEngine, Step, Thought
from tui.chat.conversation import Side
from tui.models.catalogue.catalogue import Catalogue
from tui.models.catalogue.spec import ModelSpec
from tui.screens.compare.screen import CompareScreen
from tui.screens.menu.screen import MenuScreen
from tui.session.memory_check import MemoryCheck, Selection
from tui.session.preload import Preloader
from tui.widgets.prompt import Prompt
from tui.widgets.status import Status
from tui.widgets.transcript.widget import Transcript

ENGLISH = """Here are **three rivers**:

1. The *Nile*, 6,650 km
2. The Amazon, 6,400 km

| River | Continent |
|---|---|
| Nile | Africa |
| Amazon | South America |

```python
def longest(rivers: dict[str, int]) -> str:
    return max(rivers, key=rivers.get)
```
"""
CHINESE = """好的，这里有三条河流：

- **尼罗河** (Nile)，约 6,650 公里
- **长江** (Yangtze)，约 6,300 公里 🌊

测量方法不同，长度也会有所不同。
"""

Compare = Callable[..., bool]
Size = tuple[int, int]


def pieces(text: str) -> list[Step]:
    return [text[at : at + 4] for at in range(0, len(text), 4)]


@pytest.fixture
def looks(snap_compare: Compare, make_duo: MakeDuo, tmp_path: Path) -> Callable[..., bool]:
    """Compares the main screen after a question, in a state that both sides have to reach."""

    def compare(
        left: Sequence[Step], right: Sequence[Step], reached: list[str], *keys: str, size: Size, theme: str
    ) -> bool:
        duo = make_duo(ScriptedEngine(left), ScriptedEngine(right))
        app = Host(CompareScreen(duo, transcripts=tmp_path, keys={}, clock=lambda: 0.0), theme)

        async def ask(pilot: Pilot[None]) -> None:
            await until(pilot, lambda: states(app) == ["ready", "ready"])
            app.screen.query_one(Prompt).cursor_blink = False
            await pilot.press(*"Name three rivers. 说出三条河流", "enter")
            await until(pilot, lambda: states(app) == reached)
            await pilot.press(*keys)
            await beats(pilot)
            await until(pilot, lambda: all(each.column.unsettled() is None for each in app.screen.query(Transcript)))

        return snap_compare(app, terminal_size=size, run_before=ask)

    return compare


def states(app: Host) -> list[str]:
    return [status.view.state for status in app.screen.query(Status)]


@pytest.mark.parametrize(("size", "theme"), [((80, 24), "duochat-light"), ((120, 40), "duochat-dark")], ids=str)
def test_done(looks: Compare, size: Size, theme: str) -> None:
    right = [Thought("The user wants three rivers, in two languages."), *pieces(CHINESE)]
    assert looks(pieces(ENGLISH), right, ["done", "done"], size=size, theme=theme)


def test_streaming_while_a_question_waits(looks: Compare) -> None:
    left, right = ([*pieces(text)[:20], Hold(asyncio.Event())] for text in (ENGLISH, CHINESE))
    assert looks(left, right, ["writing", "writing"], *"Lakes?", "enter", size=(100, 30), theme="duochat-dark")


def test_failed(looks: Compare) -> None:
    left = [*pieces(ENGLISH)[:12], Death("The model's engine died while answering (SIGKILL). Load it again.")]
    assert looks(left, pieces(CHINESE), ["failed", "done"], size=(80, 24), theme="duochat-dark")


def test_narrow(looks: Compare) -> None:
    assert looks(pieces(ENGLISH), pieces(CHINESE), ["done", "done"], size=(60, 24), theme="duochat-dark")


def test_menu(snap_compare: Compare, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUOCHAT_HOME", str(tmp_path))
    specs = tuple(models())
    memory_check = MemoryCheck(
        environ={"HF_HOME": str(tmp_path)}, available=lambda: 16 * 10**9, ledger=TrustingLedger()
    )
    preloader = Preloader(memory_check, lambda *_: ScriptedEngine())
    places = {side: Selection(spec=spec) for side, spec in zip(Side, specs, strict=False)}
    app = Host(
        MenuScreen(
            catalogue=Catalogue(specs), memory_check=memory_check, check_memory=preloader.check_memory, chosen=places
        )
    )

    async def show(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: isinstance(app.screen, MenuScreen))
        app.screen.query_one(Input).cursor_blink = False
        await until(pilot, lambda: "are free" in screen_text(app))
        await until(pilot, lambda: not works(app))

    assert snap_compare(app, terminal_size=(100, 30), run_before=show)


def models() -> Iterator[ModelSpec]:
    for number in range(1, 40):
        yield ModelSpec(
            id=f"ant-{number}",
            name=f"Ant {number} Instruct",
            maker="Formica" if number % 2 else "Apis",
            country="FR" if number % 2 else "JP",
            params=f"{number}B",
            quant="Q4_K_M",
            repo=f"formica/ant-{number}-GGUF",
            file=f"ant-{number}.gguf",
            size=number * 300_000_000,
            license="apache-2.0",
            license_note="Free for any use, also commercial; keep the license notice.",
            context=32768,
            thinks=number % 3 == 0,
        )
