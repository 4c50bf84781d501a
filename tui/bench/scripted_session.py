"""The child process that is measured, `python -m tui.bench.scripted_session PLAN`: duochat's screen without models."""

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
from tui.bench.scripted_engine import ScriptedEngine
from tui.chat.conversation import Conversation, Side
from tui.chat.generation_settings import Overrides
from tui.engine.cores import Cores
from tui.models.catalogue import catalogue
from tui.models.weights.ledger import Ledger
from tui.session.memory_check import MemoryCheck, Selection
from tui.session.preload import MakeEngine, Preloader
from tui.session.prepare import Preparer
from tui.settings import Settings


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """To each question `tokens` a side, at `rate` per second; `endings` are the last words, left and right."""

    rate: float
    tokens: int
    endings: tuple[str, str]

    @property
    def seconds(self) -> float:
        """The duration of an answer."""
        return self.tokens / self.rate


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What the screen shows: two models by name with their `context` and `sampling`, and `earlier` exchanges.

    `folder` holds the archive; `cores` are those that models may use; the models compute where there is no `script`.
    """

    models: tuple[str, str]
    folder: str
    cores: Cores
    context: int
    sampling: Mapping[str, float]
    earlier: int = 0
    script: Script | None = None


def saved_conversation() -> Conversation:
    """Return the conversation that is replayed, one with the starter pair."""
    return json_document.from_json(Path(__file__).with_name("transcript.json").read_text(encoding="utf-8"))


def scripted_engines(saved: Conversation, script: Script) -> Iterator[ScriptedEngine]:
    """Yield the engine on the left, then the one on the right."""
    for side, ending in zip(Side, script.endings, strict=True):
        answers = [exchange.answers[side] for exchange in saved.exchanges]
        yield ScriptedEngine(answers, rate=script.rate, tokens=script.tokens, last=ending)


def show(plan: Plan, make: MakeEngine, saved: Conversation) -> None:
    """Show the screen until it is left; everything but the engines is duochat's own."""
    archive = Archive.open(Path(plan.folder) / "archive.db")
    try:
        _app(plan, make, archive, _begun(saved, archive, plan.earlier)).run()
    finally:
        archive.close()


def _begun(saved: Conversation, archive: Archive, earlier: int) -> Conversation | None:
    """Return a conversation with so many exchanges, or None for a new one."""
    if not earlier:
        return None
    fresh = Conversation(models=saved.models, started_at=datetime.now(UTC))
    return replace(archive.begin(fresh), exchanges=tuple(islice(cycle(saved.exchanges), earlier)))


def _app(plan: Plan, make: MakeEngine, archive: Archive, resume: Conversation | None) -> DuoApp:
    known = catalogue.load(paths.shipped_models_file(), paths.user_models_file())
    overrides = Overrides(max_tokens=plan.context, context=plan.context, sampling=plan.sampling)
    memory_check = MemoryCheck(environ=os.environ, available=lambda: sys.maxsize, ledger=Ledger(paths.verified_dir()))
    preloader = Preloader(memory_check, make)
    return DuoApp(
        catalogue=known,
        settings=Settings(),
        settings_file=Path(plan.folder) / "settings.toml",
        archive=archive,
        memory_check=memory_check,
        preparer=lambda: Preparer(
            environ=os.environ, archive=archive, memory_check=memory_check, preloader=preloader, cores=plan.cores
        ),
        selections={
            side: Selection(spec=known.find(name), overrides=overrides)
            for side, name in zip(Side, plan.models, strict=True)
        },
        resume=resume,
    )


if __name__ == "__main__":
    wanted = msgspec.json.decode(sys.argv[1], type=Plan)
    conversation = saved_conversation()
    engines = scripted_engines(conversation, wanted.script) if wanted.script is not None else iter(())
    show(wanted, lambda *_: next(engines), conversation)
