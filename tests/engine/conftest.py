"""The mode of the engines in these tests."""

import asyncio

import pytest
from gguf import GGMLQuantizationType

from tests import uniform
from tests.engine.asking import load
from tests.engines import engine


@pytest.fixture(scope="session", autouse=True)
def mode_of_this_machine(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Load quantized weights once; where that needs the safe mode, all engines of this run begin in it."""
    path = tmp_path_factory.mktemp("mode") / "q4_0.gguf"
    uniform.write(path, GGMLQuantizationType.Q4_0, width=256, feed_forward=256, layers=1)

    async def load_once() -> None:
        made = engine(path)
        await load(made)
        await made.close()

    asyncio.run(load_once())
