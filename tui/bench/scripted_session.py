"""The child process that is watched, `python -m tui.bench.stage PLAN`: duochat's screen, computing or reciting."""

import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path

import msgspec

from tui import paths
from tui.app.app import DuoApp
from tui.archive.store import Archive
from tui.archive.transcript import json_document
from tui.bench.endless import EndlessEngine, file_in
from tui.bench.player import PlayerEngine
from tui.chat.conversation import Conversation, Side
from tui.chat.generation_settings import Overrides
from tui.engine.buffers import Buffers
from tui.engine.cores import Cores
from tui.engine.process.factory import LocalEngines
from tui.models.catalogue import catalogue
from tui.models.gguf import metadata
from tui.models.weights.ledger import Ledger
from tui.session.memory_check import MemoryCheck, Selection
from tui.session.preload import MakeEngine, Preloader
from tui.session.prepare import Preparer
from tui.settings import Settings

TRANSCRIPT = Path(__file__).with_name("transcript.json")
"""What is recited: a conversation with the starter pair, as it was saved."""


class Recital(msgspec.Struct, frozen=True, kw_only=True):
    """To each question `tokens` a side, at `rate` per second; `endings` are the last words, left and right."""

    rate: float
    tokens: int
    endings: tuple[str, str]

    @property
    def seconds(self) -> float:
        """How long it takes."""
        return self.tokens / self.rate


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What to show: two models by name with their `context` and `sampling`, and a conversation of `earlier` exchanges.

    `place` is a folder for the archive, `cores` those that may compute. With a `recital`, the models do not compute;
    without one, their answers have no end, and `place` holds when their tokens came.
    """

    models: tuple[str, str]
    place: str
    cores: Cores
    context: int
    sampling: Mapping[str, float]
    earlier: int = 0
    recital: Recital | None = None


def players(saved: Conversation, recital: Recital) -> Iterator[PlayerEngine]:
    """The engine on the left, then the one on the right."""
    for side, ending in zip(Side, recital.endings, strict=True):
        answers = [exchange.answers[side] for exchange in saved.exchanges]
        yield PlayerEngine(answers, rate=recital.rate, tokens=recital.tokens, last=ending)


def begun(saved: Conversation, archive: Archive, earlier: int) -> Conversation | None:
    """A conversation of so many exchanges, or None for a new one."""
    if not earlier:
        return None
    fresh = Conversation(models=saved.models, started_at=datetime.now(UTC))
    return replace(archive.begin(fresh), exchanges=tuple(islice(cycle(saved.exchanges), earlier)))


def app(plan: Plan, archive: Archive) -> DuoApp:
    """Duochat as `plan` wants it: all of it real but, in a recital, what computes."""
    known = catalogue.load(paths.shipped_models_file(), paths.user_models_file())
    saved = json_document.from_json(TRANSCRIPT.read_text(encoding="utf-8"))
    overrides = Overrides(max_tokens=plan.context, context=plan.context, sampling=plan.sampling)
    memory_check = MemoryCheck(environ=os.environ, available=lambda: sys.maxsize, ledger=Ledger(paths.verified_dir()))
    preloader = Preloader(memory_check, _engines(plan, saved))
    return DuoApp(
        catalogue=known,
        settings=Settings(),
        settings_file=Path(plan.place) / "settings.toml",
        archive=archive,
        memory_check=memory_check,
        preparer=lambda: Preparer(
            environ=os.environ, archive=archive, memory_check=memory_check, preloader=preloader, cores=plan.cores
        ),
        selections={
            side: Selection(spec=known.find(name), overrides=overrides)
            for side, name in zip(Side, plan.models, strict=True)
        },
        resume=begun(saved, archive, plan.earlier),
    )


def main() -> None:
    """Shows the screen until it is left."""
    plan = msgspec.json.decode(sys.argv[1], type=Plan)
    archive = Archive.open(Path(plan.place) / "archive.db")
    try:
        app(plan, archive).run()
    finally:
        archive.close()


def _engines(plan: Plan, saved: Conversation) -> MakeEngine:
    if plan.recital is None:
        files = (file_in(Path(plan.place), side) for side in Side)
        make = LocalEngines(os.environ, Buffers.here(os.environ, state=paths.state_dir(), headers=metadata.read))
        return lambda path, context, extra_buffers: EndlessEngine(make(path, context, extra_buffers), next(files))
    reciting = players(saved, plan.recital)
    return lambda *_: next(reciting)


if __name__ == "__main__":
    main()
