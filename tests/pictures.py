"""The pictures of the README, drawn from the real screens: `python -m tests.pictures` draws them anew."""

import asyncio
import os
import re
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from numpy.random import default_rng
from textual.pilot import Pilot
from textual.widgets import Input

from tests.arena.ratings.voters import Voter
from tests.ledgers import TrustingLedger
from tests.screens.host import Host, beats, press, screen_text, states, until, works
from tests.scripted import ScriptedEngine, Step
from tui import paths
from tui.archive.store import Archive
from tui.arena.ratings.from_votes import rate
from tui.arena.ratings.votes import Vote
from tui.chat.conversation import Conversation, Side
from tui.chat.generation_settings import GenerationSettings, Overrides
from tui.engine.cores import Cores
from tui.engine.footprint import Program
from tui.models.catalogue import catalogue
from tui.screens.compare.screen import CompareScreen
from tui.screens.menu.screen import MenuScreen
from tui.screens.reports.leaderboard import LeaderboardScreen
from tui.session.duo import Duo, Participant
from tui.session.memory_check import MemoryCheck, Selection
from tui.session.preload import Preloader
from tui.session.recorder import Recorder
from tui.widgets.prompt import Prompt
from tui.widgets.vote_bar import JudgeBar

FOLDER = Path(__file__).parents[1] / "docs" / "pictures"
SIZE, LOW = (110, 32), (100, 18)
FONTS = "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
PAIR = ("smollm2-135m", "qwen2.5-coder-0.5b")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model wrote, in how many tokens, and how many of them a second."""

    text: str
    tokens: int
    rate: float


FIBONACCI = (
    Answer(
        """```python
def fibonacci(n):
    if n < 0:
        raise ValueError("n must be a positive integer")
    elif n == 0:
        return 0
    elif n == 1:
        return 1
    else:
        a, b = 0, 1
        return a + b
    # Your implementation here
```

Example usage:
```python
print(fibonacci(10))  # Output: 50
print(fibonacci(2))  # Output: 2
print(fibonacci(3))  # Output: 3
```""",
        tokens=128,
        rate=74.1,
    ),
    Answer(
        '''```python
def fibonacci(n):
    """
    Returns the n-th Fibonacci number.

    :param n: The position in the Fibonacci sequence.
    :return: The n-th Fibonacci number.
    """
    if n == 0:
        return 0
    elif n == 1:
        return 1
    else:
        return fibonacci(n-1) + fibonacci(n-2)
```''',
        tokens=83,
        rate=31.2,
    ),
)
"""What the starter pair wrote with `duochat ask --seed 2`."""

INTRODUCTION = (
    Answer("I am an AI designed to support creative thinking and inspire new ideas.", tokens=14, rate=79.2),
    Answer("I'm Qwen, an AI language model created by Alibaba Cloud.", tokens=14, rate=40.1),
)
"""What the starter pair wrote with `duochat ask --seed 2`."""

_FONT_FACE = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)
_ID = re.compile(r"terminal-\d+")


def fonts_removed(svg: str) -> str:
    """Return a screenshot that fetches nothing, and whose ids are the same each time."""
    svg = _ID.sub("terminal", _FONT_FACE.sub("", svg))
    return re.sub(r"font-family: Fira Code[^;]*", f"font-family: {FONTS}", svg)


def catalogue_shipped(folder: Path) -> catalogue.Catalogue:
    """Return the shipped catalogue."""
    return catalogue.load(paths.shipped_models_file(), folder / "none.toml")


def pieces(answer: Answer) -> list[Step]:
    """Return the answer in as many pieces as it has tokens."""
    ends = [round(len(answer.text) * number / answer.tokens) for number in range(answer.tokens + 1)]
    return [answer.text[start:end] for start, end in pairwise(ends)]


def duo(folder: Path, answers: tuple[Answer, Answer]) -> Duo:
    """Return the starter pair with engines that give `answers` at the speed of the models."""
    known = catalogue_shipped(folder)
    settings = GenerationSettings(overrides=Overrides(), max_tokens=64)
    engines = [ScriptedEngine(pieces(answer), ms_per_token=1000 / answer.rate) for answer in answers]
    return Duo(
        participants={
            side: Participant(model=known.find(name).model_info(), engine=engine, settings=settings)
            for side, name, engine in zip(Side, PAIR, engines, strict=True)
        },
        conversation=Conversation(models={}, started_at=datetime(2026, 1, 1, tzinfo=UTC)),
        recorder=Recorder(Archive.open(folder / "archive.db")),
        cores=Cores(2),
    )


def screen(folder: Path, answers: tuple[Answer, Answer], *, blind: bool) -> CompareScreen:
    """Return the main screen with the starter pair."""
    return CompareScreen(
        duo(folder, answers),
        transcripts=folder,
        keys={},
        blind=blind,
        clock=lambda: 0.0,
        draw=lambda: False,
        memory=lambda: Program(3, 940_000_000, ()),
    )


async def ask(app: Host, pilot: Pilot[None], question: str) -> None:
    """Ask, and wait until both answers are there."""
    await until(pilot, lambda: not {"loading", "waiting"} & {state.partition(" ")[0] for state in states(app)})
    app.screen.query_one(Prompt).cursor_blink = False
    await pilot.press(*question, "enter")
    await until(pilot, lambda: set(states(app)) <= {"done", "answered"})
    await until(pilot, lambda: not works(app))
    await beats(pilot)


async def compare(folder: Path) -> str:
    """Draw a question and both answers."""
    app = Host(screen(folder, FIBONACCI, blind=False))
    async with app.run_test(size=SIZE) as pilot:
        await ask(app, pilot, "Write a Python function that returns the n-th Fibonacci number. Keep it short.")
        return app.export_screenshot(title="duochat")


async def blind(folder: Path) -> str:
    """Draw a blind vote on an answer that names its model."""
    app = Host(screen(folder, INTRODUCTION, blind=True))
    async with app.run_test(size=LOW) as pilot:
        await ask(app, pilot, "Introduce yourself in one sentence.")
        await until(pilot, lambda: app.screen.query_one(JudgeBar).has_focus)
        return app.export_screenshot(title="duochat --blind")


async def menu(folder: Path) -> str:
    """Draw the menu with the shipped catalogue."""
    known = catalogue_shipped(folder)
    check = MemoryCheck(environ={"HF_HOME": str(folder)}, available=lambda: 16 * 10**9, ledger=TrustingLedger())
    chosen = {side: Selection(spec=known.find(name)) for side, name in zip(Side, PAIR, strict=True)}
    preloader = Preloader(check, lambda *_: ScriptedEngine())
    app = Host(MenuScreen(catalogue=known, memory_check=check, check_memory=preloader.check_memory, chosen=chosen))
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: isinstance(app.screen, MenuScreen))
        app.screen.query_one(Input).cursor_blink = False
        await until(pilot, lambda: "are free" in screen_text(app))
        await until(pilot, lambda: not works(app))
        return app.export_screenshot(title="duochat")


async def leaderboard(folder: Path) -> str:
    """Draw the leaderboard of four hundred invented votes."""
    known = catalogue_shipped(folder)
    ids = [spec.id for spec in sorted(known.models, key=lambda spec: -(spec.size or 0)) if not spec.thinks][:8]
    cast = Voter([1.2, 0.9, 0.5, 0.2, 0.0, -0.2, -0.5, -0.8], pull=(0.1, 0.3, 0.1)).cast(400, default_rng(1))
    named = [_renamed(vote, ids) for vote in cast]
    app = Host(LeaderboardScreen(lambda: rate(named), {spec.id: spec for spec in known.models}))
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "●" in screen_text(app))
        await press(pilot, "home")
        return app.export_screenshot(title="duochat leaderboard")


def _renamed(vote: Vote, ids: Sequence[str]) -> Vote:
    """Return `vote` between models of the catalogue."""
    left, right = (replace(each, model=ids[int(each.model.rpartition("-")[2])]) for each in (vote.left, vote.right))
    return replace(vote, left=left, right=right)


PICTURES: Mapping[str, Callable[[Path], Coroutine[Any, Any, str]]] = {
    "compare": compare,
    "menu": menu,
    "blind": blind,
    "leaderboard": leaderboard,
}
"""What draws each picture, in an empty folder."""


async def drawn(name: str) -> str:
    """Return the picture as it is drawn now."""
    before = os.environ.get("DUOCHAT_HOME")
    with TemporaryDirectory() as folder:
        os.environ["DUOCHAT_HOME"] = folder  # so that no weights of this machine are shown
        try:
            return fonts_removed(await PICTURES[name](Path(folder)))
        finally:
            if before is None:
                del os.environ["DUOCHAT_HOME"]
            else:
                os.environ["DUOCHAT_HOME"] = before


def main() -> None:
    """Draw all pictures, or those that are named."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[1:] or PICTURES:
        (FOLDER / f"{name}.svg").write_text(asyncio.run(drawn(name)), encoding="utf-8")


if __name__ == "__main__":
    main()
