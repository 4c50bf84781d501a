"""What the tests of the screens stand on: a real archive in a temporary folder, and duos with scripted engines."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.screens.host import Host
from tests.scripted import ScriptedEngine
from tui.archive.store import Archive
from tui.chat.conversation import Conversation, ModelInfo, Side, Weights
from tui.chat.generation_settings import GenerationSettings, Overrides
from tui.engine.cores import Cores
from tui.screens.compare.screen import CompareScreen
from tui.session.duo import Duo, Participant
from tui.session.recorder import Recorder

MakeDuo = Callable[..., Duo]
MakeHost = Callable[..., Host]


def model(model: str, name: str, *, country: str = "", license: str = "", quant: str = "") -> ModelInfo:  # noqa: A002
    """A seat with little known of it."""
    weights = Weights(None, f"{model}.gguf", 1_000_000, "")
    return ModelInfo(model=model, name=name, country=country, license=license, quant=quant, weights=weights)


ANT = model("ant", "Ant 1B", country="FR", license="mit", quant="Q4_K_M")
BEE = model("bee", "Bee 2B", country="JP", license="apache-2.0", quant="Q8_0")


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """An empty archive."""
    opened = Archive.open(tmp_path / "archive.db")
    yield opened
    opened.close()


@pytest.fixture
def make_duo(archive: Archive) -> MakeDuo:
    """Makes a duo of two engines, with the seats and the conversation that the test wants."""

    def make(
        left: ScriptedEngine,
        right: ScriptedEngine,
        *,
        models: tuple[ModelInfo, ModelInfo] = (ANT, BEE),
        conversation: Conversation | None = None,
    ) -> Duo:
        settings = GenerationSettings(overrides=Overrides(), max_tokens=64)
        participants = {
            Side.LEFT: Participant(model=models[0], engine=left, settings=settings),
            Side.RIGHT: Participant(model=models[1], engine=right, settings=settings),
        }
        fresh = Conversation(models={}, started_at=datetime.now(UTC))
        return Duo(
            participants=participants, conversation=conversation or fresh, recorder=Recorder(archive), cores=Cores(2)
        )

    return make


@pytest.fixture
def host(tmp_path: Path) -> MakeHost:
    """Makes an app that shows a duo, and saves into a temporary folder."""

    def make(duo: Duo, *, blind: bool = False) -> Host:
        return Host(CompareScreen(duo, transcripts=tmp_path / "transcripts", keys={}, blind=blind))

    return make
