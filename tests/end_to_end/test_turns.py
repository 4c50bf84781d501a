"""Three turns with the real starter pair: what was read or written before is not read again."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.end_to_end.conftest import PAIR
from tests.engines import engines
from tui import paths
from tui.archive.store import Archive
from tui.chat.conversation import Answer, Conversation, FinishReason, Side
from tui.chat.generation_settings import Overrides
from tui.engine.cores import Cores
from tui.models.catalogue import catalogue
from tui.models.download.parent import Ready
from tui.session.duo import Duo
from tui.session.memory_check import MemoryCheck, Selection
from tui.session.preload import Preloader
from tui.session.prepare import Preparer

WISHES = Overrides(max_tokens=60, sampling={"seed": 2})


@asynccontextmanager
async def table(starter: Path, archive: Archive, resumed: Conversation | None = None) -> AsyncIterator[Duo]:
    """The starter pair, loaded."""
    listed = catalogue.load(paths.shipped_models_file(), starter / "none.toml")
    environ = {**os.environ, "HF_HUB_CACHE": str(starter / "none")}
    memory_check = MemoryCheck(environ=environ, available=lambda: 8 * 2**30)
    preloader = Preloader(memory_check, engines(environ))
    preparer = Preparer(
        environ=environ, archive=archive, memory_check=memory_check, preloader=preloader, cores=Cores(2)
    )
    selections = {
        side: Selection(spec=listed.find(name), overrides=WISHES) for side, name in zip(Side, PAIR, strict=True)
    }
    ready = {
        side: Ready(
            path=starter / f"{selection.spec.sha256}.gguf",
            sha256=selection.spec.sha256 or "",
            size=selection.spec.size or 0,
            source="disk",
        )
        for side, selection in selections.items()
    }
    duo = await preparer.duo(selections, ready, resumed)
    try:
        async for _ in duo.load():
            pass
        yield duo
    finally:
        await duo.close()


async def ask(duo: Duo, text: str) -> dict[Side, Answer]:
    async for _ in duo.ask(text):
        pass
    return dict(duo.conversation.exchanges[-1].answers)


async def test_a_third_question_reads_only_what_is_new(starter: Path, tmp_path: Path) -> None:
    archive = Archive.open(tmp_path / "archive.db")
    async with table(starter, archive) as duo:
        await ask(duo, "Name three rivers in Europe.")
        second = await ask(duo, "And three in Asia?")
        third = await ask(duo, "Which of these is the longest?")
    for side in Side:
        before, now = second[side].usage, third[side].usage
        assert before is not None
        assert now is not None
        # All of the second prompt and all of its answer but the last token, which was sampled and never read back.
        assert now.reused_tokens >= before.prompt_tokens + before.completion_tokens - 1
        assert now.prompt_tokens - now.reused_tokens < 40
    archive.close()


async def test_a_conversation_goes_on_in_another_process_life(starter: Path, tmp_path: Path) -> None:
    archive = Archive.open(tmp_path / "archive.db")
    async with table(starter, archive) as duo:
        await ask(duo, "My name is Ada. Say hello to me.")
        number = duo.conversation.id
    assert number is not None
    kept = archive.conversation(number)
    async with table(starter, archive, kept) as duo:
        answers = await ask(duo, "What is my name?")
        assert duo.conversation.id == number
    assert len(archive.conversation(number).exchanges) == 2
    assert all(answer.finish_reason in {FinishReason.STOP, FinishReason.LENGTH} for answer in answers.values())
    assert all(answer.usage is not None and answer.usage.prompt_tokens > 60 for answer in answers.values())
    archive.close()
