"""The child process that is watched: duochat's screen and two engines that recite: `python -m tui.bench.stage PLAN`."""

import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path

import msgspec

from tui import paths
from tui.app import DuoApp
from tui.archive import transcript
from tui.archive.store import Archive
from tui.bench.player import PlayerEngine
from tui.chat.conversation import Conversation, Side
from tui.models import catalogue, local
from tui.models.spec import ModelSpec
from tui.seating import Place, Seating
from tui.settings import Settings

TRANSCRIPT = Path(__file__).with_name("transcript.json")
"""What is recited: a conversation with the starter pair, as it was saved."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What to play: `earlier` exchanges to begin with, then `tokens` a side at `rate` per second to each question.

    `models` are the names on the left and the right, `endings` what their answers end with, `place` an empty folder.
    """

    models: tuple[str, str]
    endings: tuple[str, str]
    place: str
    rate: float
    tokens: int
    earlier: int


def players(saved: Conversation, plan: Plan) -> Iterator[PlayerEngine]:
    """The engine on the left, then the one on the right."""
    for side, ending in zip(Side, plan.endings, strict=True):
        answers = [exchange.answers[side] for exchange in saved.exchanges]
        yield PlayerEngine(answers, rate=plan.rate, tokens=plan.tokens, last=ending)


def begun(saved: Conversation, archive: Archive, earlier: int) -> Conversation | None:
    """A conversation of so many exchanges, or None for a new one."""
    if not earlier:
        return None
    fresh = Conversation(seats=saved.seats, started_at=datetime.now(UTC))
    return replace(archive.begin(fresh), exchanges=tuple(islice(cycle(saved.exchanges), earlier)))


def app(plan: Plan, archive: Archive) -> DuoApp:
    """Duochat as `plan` wants it: all of it real but what computes."""
    known = catalogue.load(paths.shipped_models_file(), paths.user_models_file())
    saved = transcript.from_json(TRANSCRIPT.read_text(encoding="utf-8"))
    engines = players(saved, plan)
    seating = Seating(
        environ=os.environ,
        archive=archive,
        engine=lambda _path, _context: next(engines),
        available=lambda: sys.maxsize,
        cores=1,
    )
    return DuoApp(
        catalogue=known,
        settings=Settings(),
        settings_file=Path(plan.place) / "settings.toml",
        archive=archive,
        seating=seating,
        places={side: Place(spec=_unhashed(known.find(name))) for side, name in zip(Side, plan.models, strict=True)},
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


def _unhashed(spec: ModelSpec) -> ModelSpec:
    """The model by the place of its file, whose contents nobody reads here, so that nobody takes their checksum."""
    return msgspec.structs.replace(spec, path=local.find(spec, os.environ), sha256="")


if __name__ == "__main__":
    main()
