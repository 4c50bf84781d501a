"""Owns `duochat replay`: a transcript read, its models brought, and all of it run again."""

from collections.abc import Callable
from contextlib import AbstractContextManager, aclosing
from functools import partial
from pathlib import Path

import msgspec
from rich.console import Console
from rich.text import Text

from tui.archive.errors import TranscriptError
from tui.archive.transcript.json_reader import SavedTranscript, read_json
from tui.chat.conversation import Answer, Conversation, ModelInfo, Side
from tui.chat.generation_settings import Overrides
from tui.chat.sampling import out_of_range
from tui.cli import replay_outcomes
from tui.cli.progress import fetched
from tui.models.catalogue.catalogue import Catalogue, UnknownModel
from tui.models.catalogue.entries import CatalogueError
from tui.models.catalogue.spec import ModelSpec
from tui.models.download.parent import Ready
from tui.session.duo import Participant
from tui.session.memory_check import Selection
from tui.session.prepare import Preparer
from tui.session.replay import Identical, Replay, Replayed

_MOST_TOKENS = 2**31 - 1
"""As many as llama.cpp can count."""


async def replay_file(
    out: Console,
    err: Console,
    file: Path,
    catalogue: Catalogue,
    preparer: Callable[[], AbstractContextManager[Preparer]],
    *,
    as_json: bool,
) -> int:
    """Runs the transcript in `file` again; 0 when all of it is whole and came out identical, from the same weights.

    Raises TranscriptError and SeatingError.
    """
    saved = _read(file)
    if saved.edited:
        err.print(Text("The transcript was edited after it was saved; it is run again as it stands.", style="dim"))
    _check(saved.conversation)
    first = _first_seats(saved.conversation)
    found: list[Replayed] = []
    with preparer() as table:
        bring = partial(_bring, table, catalogue, err)
        selections = {side: _selection(catalogue, model) for side, model in first.items()}
        ready = {side: await _fetched(table, selection, err) for side, selection in selections.items()}
        duo = await table.duo(selections, ready)
        try:
            async with aclosing(Replay(saved.conversation, duo, bring).run()) as answers:
                async for replayed in answers:
                    found.append(replayed)
                    if not as_json:
                        replay_outcomes.show(out, replayed, edited=replayed.part in saved.edited)
        finally:
            await duo.close()
    whole = saved.has_digests and not saved.edited
    same = whole and all(isinstance(each.outcome, Identical) and each.same_weights for each in found)
    if as_json:
        content = msgspec.json.encode(replay_outcomes.document(found, saved, same=same))
        out.file.write(msgspec.json.format(content).decode() + "\n")
    else:
        replay_outcomes.show_all(out, found, saved)
    return int(not same)


def _read(file: Path) -> SavedTranscript:
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise TranscriptError(f"{file} cannot be read ({error.strerror}). Name a transcript saved as .json.") from error
    except UnicodeDecodeError as error:
        raise TranscriptError(f"{file} is no text in UTF-8. Name a transcript saved as .json.") from error
    saved = read_json(text)
    if not any(exchange.answers for exchange in saved.conversation.exchanges):
        raise TranscriptError(f"{file} holds no answer. Save a conversation in which something was answered.")
    return saved


def _check(saved: Conversation) -> None:
    """Raises TranscriptError where an answer has conditions under which no model can be asked."""
    for number, exchange in enumerate(saved.exchanges, 1):
        for side, answer in exchange.answers.items():
            for each in (*exchange.earlier.get(side, ()), answer):
                complaint = _complaint(each)
                if complaint is not None:
                    raise TranscriptError(
                        f"The transcript cannot be run again (question {number}, {side}: {complaint}). "
                        "Export the conversation again."
                    )


def _complaint(answer: Answer) -> str | None:
    """Why no model can be asked under an answer's conditions, or None when one can."""
    setup = answer.setup
    complaints = [out_of_range(name, choice.value) for name, choice in setup.sampling.choices().items()]
    if not 0 <= answer.model.context <= _MOST_TOKENS:
        complaints.append(f"a context of {answer.model.context:,} tokens cannot be")
    if not 1 <= setup.max_tokens <= _MOST_TOKENS:
        complaints.append(f"an answer of at most {setup.max_tokens:,} tokens cannot be")
    if setup.tags is not None and not (setup.tags.open and setup.tags.close):
        complaints.append("the tags around thinking are empty")
    return next(filter(None, complaints), None)


def _first_seats(saved: Conversation) -> dict[Side, ModelInfo]:
    """Who gave the first answer on each side; a side that gave none keeps the seat that it had in the end."""
    models = dict(saved.models)
    for exchange in reversed(saved.exchanges):
        for side, answer in exchange.answers.items():
            models[side] = (*exchange.earlier.get(side, ()), answer)[0].model
    missing = [side for side in Side if side not in models]
    if missing:
        raise TranscriptError(f"Nobody sits on the {missing[0]}. Save a conversation of two models.")
    return models


async def _bring(table: Preparer, catalogue: Catalogue, err: Console, side: Side, model: ModelInfo) -> Participant:
    selection = _selection(catalogue, model)
    return await table.participant(side, selection, await _fetched(table, selection, err))


async def _fetched(table: Preparer, selection: Selection, err: Console) -> Ready:
    return await fetched(selection.spec.name, table.bring(selection.spec), err)


def _selection(catalogue: Catalogue, model: ModelInfo) -> Selection:
    """The model of a seat, loaded as it was: before duochat recorded it, extra buffers were llama.cpp's default."""
    return Selection(
        spec=_spec(catalogue, model),
        overrides=Overrides(context=model.context or None),
        extra_buffers=model.extra_buffers is not False,
    )


def _spec(catalogue: Catalogue, model: ModelInfo) -> ModelSpec:
    """The model of a seat: by its id, or where the catalogue has none by that id, by its place on the hub."""
    try:
        return catalogue.find(model.model)
    except UnknownModel:
        name = model.model if model.weights.repo is None else f"hf:{model.weights.repo}/{model.weights.file}"
    try:
        return catalogue.find(name)
    except CatalogueError as error:
        raise TranscriptError(f"The transcript names a model that is not to be had: {error}") from error
