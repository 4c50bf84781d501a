"""The child process that is measured, `python -m tui.bench.scripted_session PLAN`: duochat's screen without models."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path

import msgspec

from tui import paths
from tui.app.app import DuoApp
from tui.archive.store import Archive
from tui.bench.scripted_engine import ScriptedAnswer, ScriptedEngine, usage
from tui.chat.conversation import Answer, Conversation, Exchange, FinishReason, Question, Side
from tui.chat.generation_settings import GenerationSettings, Overrides
from tui.engine.cores import Cores
from tui.models.catalogue import catalogue
from tui.models.catalogue.spec import ModelSpec
from tui.models.weights.ledger import Ledger
from tui.session.memory_check import MemoryCheck, Selection
from tui.session.preload import MakeEngine, Preloader
from tui.session.prepare import Preparer
from tui.settings import Settings

_EARLIER_RATE = 60.0
"""Tokens per second of earlier answers."""


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


class ScriptedExchange(msgspec.Struct, frozen=True):
    """A question and its answers."""

    question: str
    answers: dict[Side, ScriptedAnswer]


def exchanges() -> list[ScriptedExchange]:
    """Return what is replayed, answers of the starter pair."""
    file = Path(__file__).with_name("script.json")
    return msgspec.json.decode(file.read_bytes(), type=list[ScriptedExchange])


def scripted_engines(script: Script) -> Iterator[ScriptedEngine]:
    """Yield the engine on the left, then the one on the right."""
    for side, ending in zip(Side, script.endings, strict=True):
        answers = [exchange.answers[side] for exchange in exchanges()]
        yield ScriptedEngine(answers, rate=script.rate, tokens=script.tokens, last=ending)


def show(plan: Plan, make: MakeEngine) -> None:
    """Show the screen until it is left; everything but the engines is duochat's own."""
    with closing(Archive.open(Path(plan.folder) / "archive.db")) as archive:
        _app(plan, make, archive).run()


def _earlier(plan: Plan, specs: Mapping[Side, ModelSpec]) -> Conversation:
    """Return a conversation with the scripted exchanges, repeated as often as `plan` asks."""
    now, setup = datetime.now(UTC), GenerationSettings(overrides=Overrides(), max_tokens=1).setup(1)
    models = {side: spec.model_info() for side, spec in specs.items()}

    def answer(side: Side, scripted: ScriptedAnswer) -> Answer:
        used = usage(scripted.tokens, _EARLIER_RATE)
        return Answer(model=models[side], setup=setup, text=scripted.text, finish_reason=FinishReason.STOP, usage=used)

    replayed = [
        Exchange(Question(each.question, now), {side: answer(side, said) for side, said in each.answers.items()})
        for each in exchanges()
    ]
    return Conversation(models=models, started_at=now, exchanges=tuple(islice(cycle(replayed), plan.earlier)))


def _app(plan: Plan, make: MakeEngine, archive: Archive) -> DuoApp:
    known = catalogue.load(paths.shipped_models_file(), paths.user_models_file())
    specs = {side: known.find(name) for side, name in zip(Side, plan.models, strict=True)}
    resume = None
    if plan.earlier:
        conversation = _earlier(plan, specs)
        resume = replace(archive.begin(replace(conversation, exchanges=())), exchanges=conversation.exchanges)
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
        selections={side: Selection(spec=spec, overrides=overrides) for side, spec in specs.items()},
        resume=resume,
    )


if __name__ == "__main__":
    wanted = msgspec.json.decode(sys.argv[1], type=Plan)
    engines = scripted_engines(wanted.script) if wanted.script is not None else iter(())
    show(wanted, lambda *_: next(engines))
