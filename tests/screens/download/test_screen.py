"""The wait for weights: how far, how fast, what went wrong, and the way back."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from pathlib import Path

import pytest
from textual.widgets import Footer, ProgressBar

from tests.screens.host import Host, screen_text, until
from tests.scripted import ScriptedEngine
from tui.amounts import duration, size
from tui.archive.store import Archive
from tui.chat.conversation import Side
from tui.engine.cores import Cores
from tui.models.catalogue.spec import ModelSpec
from tui.models.download.events import FetchEvent, FetchFailed, Note, Progress, Ready, Verifying
from tui.screens.download.screen import FetchScreen, fetch_pair
from tui.session.duo import Duo
from tui.session.memory_check import MemoryCheck, PrepareError, Selection
from tui.session.preload import Preloader
from tui.session.prepare import Preparer
from tui.widgets.download import Rate

Script = Sequence[tuple[Side, FetchEvent] | PrepareError]
EVIL, SHOWN = "[/x]\x1b[2J\x9b", "[/x]␛[2J\ufffd"


class ScriptedSeating(Preparer):
    """Fetches as each script says, one script a try, and then waits for ever, unless all is ready."""

    def __init__(self, archive: Archive, *scripts: Script) -> None:
        memory_check = MemoryCheck(environ={}, available=lambda: 10**12)
        preloader = Preloader(memory_check, lambda *_: ScriptedEngine())
        super().__init__(environ={}, archive=archive, memory_check=memory_check, preloader=preloader, cores=Cores(2))
        self.scripts = list(scripts)
        self.closed = 0

    async def obtain(self, selections: Mapping[Side, Selection]) -> AsyncGenerator[tuple[Side, FetchEvent], None]:
        try:
            script = self.scripts.pop(0)
            for step in script:
                if isinstance(step, PrepareError):
                    raise step
                yield step
            if not all(isinstance(step, tuple) and isinstance(step[1], Ready) for step in script):
                await asyncio.Event().wait()
        finally:
            self.closed += 1


def screen(preparer: Preparer, *, blind: bool = False) -> FetchScreen[Duo]:
    spec = ModelSpec(id="ant", name=f"Ant {EVIL}", file="ant.gguf")
    return fetch_pair(preparer=preparer, selections={side: Selection(spec=spec) for side in Side}, blind=blind)


async def test_both_sides_tell_how_far_and_from_where(archive: Archive) -> None:
    preparer = ScriptedSeating(
        archive,
        [
            (Side.LEFT, Progress(49_000_000, 98_000_000, f"hub.example{EVIL}")),
            (Side.LEFT, Note("waiting for the other duochat")),
            (Side.RIGHT, Progress(98_000_000, 98_000_000, "package index")),
            (Side.RIGHT, Verifying(10_000_000, 98_000_000)),
        ],
    )
    app = Host(screen(preparer))
    async with app.run_test(size=(100, 24)) as pilot:
        await until(pilot, lambda: "checking the checksum · 10 MB of 98 MB" in screen_text(app))
        text = screen_text(app)
        for shown in (
            f"left · Ant {SHOWN}",
            "50%",
            f"49 MB of 98 MB · from hub.example{SHOWN}",
            "waiting for",
        ):
            assert shown in text
        await pilot.press("escape")
        await until(pilot, lambda: app.results == [None])
        await until(pilot, lambda: preparer.closed == 1)


@pytest.mark.parametrize("blind", [False, True])
async def test_lasting_note_is_seen_when_the_weights_are_ready(archive: Archive, blind: bool) -> None:
    note = Note(f"own{EVIL}.gguf changed since it was last used", lasting=True)
    fetching = screen(ScriptedSeating(archive, [(Side.LEFT, note)]), blind=blind)
    app = Host(fetching)
    async with app.run_test(size=(100, 24)) as pilot:
        await until(pilot, lambda: app._notifications)
        assert [each.message for each in app._notifications] == [f"own{SHOWN}.gguf changed since it was last used"]
        assert fetching.has_class("-blind") is blind


async def test_a_failure_is_said_and_can_be_tried_again(archive: Archive) -> None:
    preparer = ScriptedSeating(
        archive,
        [(Side.LEFT, FetchFailed(f"No such repository: {EVIL}. Check its name."))],
        [PrepareError("The weights of both models take 9.0 GB of memory and 1.0 GB are free: choose smaller models.")],
        [(Side.LEFT, Progress(1, 2, "hub.example"))],
    )
    app = Host(screen(preparer))
    async with app.run_test(size=(100, 24)) as pilot:
        await until(pilot, lambda: f"No such repository: {SHOWN}. Check its name." in screen_text(app))
        assert "f5 Try again" in screen_text(app)
        await pilot.press("f5")
        await until(pilot, lambda: "choose smaller models" in screen_text(app))
        assert "No such repository" not in screen_text(app)
        await pilot.press("f5")
        await until(pilot, lambda: "from hub.example" in screen_text(app))
        assert "choose smaller" not in screen_text(app)


class Untimely(ScriptedSeating):
    """Fails on the left, and tells of the right at the very moment when nothing is there to show it."""

    shown: Callable[[], object]

    async def obtain(self, selections: Mapping[Side, Selection]) -> AsyncGenerator[tuple[Side, FetchEvent], None]:
        try:
            yield Side.LEFT, FetchFailed("No such repository.")
            while self.shown():  # noqa: ASYNC110 - the very turn of the loop in which it goes matters
                await asyncio.sleep(0)
            yield Side.RIGHT, Progress(1, 2, "hub.example")
        finally:
            self.closed += 1


@pytest.mark.parametrize("key", ["f5", "escape"])
async def test_nothing_is_told_of_what_is_not_shown_any_more(archive: Archive, key: str) -> None:
    preparer = Untimely(archive)
    fetching = screen(preparer)
    preparer.shown = lambda: fetching.query("#download-right .figures")
    app = Host(fetching)
    async with app.run_test(size=(100, 24)) as pilot:
        await until(pilot, lambda: "No such repository" in screen_text(app))
        await pilot.press(key)
        await until(pilot, lambda: preparer.closed == 1)
        preparer.shown = lambda: True
        if key == "f5":
            await until(pilot, lambda: "No such repository" in screen_text(app))
            await pilot.press("escape")
        await until(pilot, lambda: app.results == [None])


async def test_after_a_failure_no_bar_moves_and_what_came_is_told(archive: Archive) -> None:
    failed = FetchFailed("The hub cannot be reached. Check the network.")
    steps: Script = [
        (Side.RIGHT, Progress(49_000_000, 98_000_000, "hub.example")),
        (Side.RIGHT, failed),
        (Side.LEFT, failed),
    ]
    app = Host(screen(ScriptedSeating(archive, steps)))
    async with app.run_test(size=(100, 24)) as pilot:
        await until(pilot, lambda: "not fetched" in screen_text(app))
        assert "ended at 49 MB of 98 MB" in screen_text(app)
        assert [each.percentage for each in app.screen.query(ProgressBar)] == [0, 0.5]


async def test_the_left_side_stands_first_whoever_was_chosen_first(archive: Archive) -> None:
    selection = Selection(spec=ModelSpec(id="ant", name="Ant", file="ant.gguf"))
    preparer = ScriptedSeating(archive, [(Side.LEFT, Note("waiting"))])
    app = Host(fetch_pair(preparer=preparer, selections={Side.RIGHT: selection, Side.LEFT: selection}))
    async with app.run_test(size=(100, 24)) as pilot:
        await until(pilot, lambda: "waiting" in screen_text(app))
        assert screen_text(app).index("left · Ant") < screen_text(app).index("right · Ant")


async def test_a_narrow_terminal_shows_all_that_went_wrong(archive: Archive) -> None:
    failed = FetchFailed("The hub cannot be reached, " + "again and " * 12 + "again. Check the network.")
    app = Host(screen(ScriptedSeating(archive, [(Side.LEFT, failed), (Side.RIGHT, failed)])))
    async with app.run_test(size=(44, 16)) as pilot:
        await until(pilot, lambda: app.screen.has_class("-failed"))
        outcome, footer = app.screen.query_one("#outcome"), app.screen.query_one(Footer)
        assert outcome.region.bottom > footer.region.y
        await pilot.press("end")
        await until(pilot, lambda: outcome.region.bottom <= footer.region.y)


async def test_weights_that_cannot_be_read_are_said(archive: Archive, tmp_path: Path) -> None:
    file = tmp_path / "no.gguf"
    file.write_bytes(b"not a model")
    ready = Ready(path=file, sha256="00", size=11, source="disk")
    app = Host(screen(ScriptedSeating(archive, [(Side.LEFT, ready), (Side.RIGHT, ready)])))
    async with app.run_test(size=(100, 24)) as pilot:
        await until(pilot, lambda: app.screen.has_class("-failed"))
        text = screen_text(app)
        assert "on this disk already" in text
        assert "no.gguf" in text
        assert "Try again" in text
        assert not app.results


def test_the_rate_is_that_of_the_last_seconds() -> None:
    rate = Rate()
    assert rate.feed(0.0, 0) == 0
    assert rate.feed(0.1, 1_000_000) == 0, "too early to say"
    assert rate.feed(1.0, 10_000_000) == 10_000_000
    assert rate.feed(20.0, 11_000_000) == 0, "what was long ago does not count"
    assert rate.feed(21.0, 5) == 0, "a download that began anew has no rate yet"


def test_amounts_are_put_for_people() -> None:
    told = [size(count) for count in (0, 999, 1_000, 98_362_432, 999_700_000, 1_107_409_472, 18_300_000_000, 10**15)]
    assert told == ["0 B", "999 B", "1 kB", "98 MB", "1.0 GB", "1.1 GB", "18.3 GB", "1000 TB"]
    assert [duration(seconds) for seconds in (4, 89.6, 91, 3_700)] == ["4 s", "90 s", "2 min", "1 h 2 min"]
