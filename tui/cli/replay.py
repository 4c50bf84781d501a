"""`duochat replay`: run a saved transcript again and compare the answers."""

from collections.abc import Callable
from contextlib import AbstractContextManager, aclosing
from functools import partial
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from tui.archive.errors import TranscriptError
from tui.archive.transcript.json_reader import SavedTranscript, read_json
from tui.chat.conversation import Answer, Conversation, ModelInfo, Side
from tui.chat.generation_settings import Overrides
from tui.chat.sampling import out_of_range
from tui.cli import replay_outcomes, wiring
from tui.cli.lifecycle import run
from tui.cli.options import FILE, json_option
from tui.cli.output import print_json
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
"""The largest number of tokens that llama.cpp can count."""


@click.command()
@click.argument("file", type=FILE)
@json_option
def replay(file: Path, as_json: bool) -> int:
    """Run a saved transcript again and compare the answers.

    FILE is a transcript that was saved or exported as .json. For each answer, the first difference is shown.
    """
    out, err = wiring.console(), wiring.console(stderr=True)
    return run(replay_file(out, err, file, wiring.catalogue(), wiring.temporary_preparer, as_json=as_json))


async def replay_file(
    out: Console,
    err: Console,
    file: Path,
    catalogue: Catalogue,
    make_preparer: Callable[[], AbstractContextManager[Preparer]],
    *,
    as_json: bool,
) -> int:
    """Run the transcript in `file` again.

    Return 0 when it was not edited and all answers are identical and from the same weights, else 1. Raises UserError.
    """
    saved = _read(file)
    if saved.edited:
        err.print(Text("The transcript was edited after it was saved; it is run again as it stands.", style="dim"))
    _check(saved.conversation)
    first = _first_models(saved.conversation)
    found: list[Replayed] = []
    with make_preparer() as preparer:
        prepare = partial(_prepare, preparer, catalogue, err)
        selections = {side: _selection(catalogue, model) for side, model in first.items()}
        ready = {side: await _fetched(preparer, selection, err) for side, selection in selections.items()}
        duo = await preparer.duo(selections, ready)
        try:
            async with aclosing(Replay(saved.conversation, duo, prepare).run()) as answers:
                async for replayed in answers:
                    found.append(replayed)
                    if not as_json:
                        replay_outcomes.show(out, replayed, edited=replayed.part in saved.edited)
        finally:
            await duo.close()
    whole = saved.has_digests and not saved.edited
    same = whole and all(isinstance(each.outcome, Identical) and each.same_weights for each in found)
    if as_json:
        print_json(out.file, replay_outcomes.document(found, saved, same=same))
    else:
        replay_outcomes.show_all(out, found, saved)
    return int(not same)


def _read(file: Path) -> SavedTranscript:
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise TranscriptError(f"{file} cannot be read ({error.strerror}). Name a transcript saved as .json.") from error
    except UnicodeDecodeError as error:
        raise TranscriptError(f"{file} is not UTF-8 text. Name a transcript saved as .json.") from error
    saved = read_json(text)
    if not any(exchange.answers for exchange in saved.conversation.exchanges):
        raise TranscriptError(f"{file} holds no answer. Save a conversation with an answer.")
    return saved


def _check(saved: Conversation) -> None:
    """Raise TranscriptError where an answer has settings that no model can run with."""
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
    """Return why no model can run with the settings of an answer, or None."""
    setup = answer.setup
    complaints = [out_of_range(name, choice.value) for name, choice in setup.sampling.choices().items()]
    if not 0 <= answer.model.context <= _MOST_TOKENS:
        complaints.append(f"a context of {answer.model.context:,} tokens is impossible")
    if not 1 <= setup.max_tokens <= _MOST_TOKENS:
        complaints.append(f"an answer of at most {setup.max_tokens:,} tokens is impossible")
    if setup.tags is not None and not (setup.tags.open and setup.tags.close):
        complaints.append("the tags around thinking are empty")
    return next(filter(None, complaints), None)


def _first_models(saved: Conversation) -> dict[Side, ModelInfo]:
    """Return the model of the first answer of each side, or the last model of a side without answers."""
    models = dict(saved.models)
    for exchange in reversed(saved.exchanges):
        for side, answer in exchange.answers.items():
            models[side] = (*exchange.earlier.get(side, ()), answer)[0].model
    missing = [side for side in Side if side not in models]
    if missing:
        raise TranscriptError(f"The transcript names no {missing[0]} model. Save a conversation of two models.")
    return models


async def _prepare(preparer: Preparer, catalogue: Catalogue, err: Console, side: Side, model: ModelInfo) -> Participant:
    selection = _selection(catalogue, model)
    return await preparer.participant(side, selection, await _fetched(preparer, selection, err))


async def _fetched(preparer: Preparer, selection: Selection, err: Console) -> Ready:
    return await fetched(selection.spec.name, preparer.bring(selection.spec), err)


def _selection(catalogue: Catalogue, model: ModelInfo) -> Selection:
    """Return a recorded model with its context and buffers; older transcripts used llama.cpp's default buffers."""
    return Selection(
        spec=_spec(catalogue, model),
        overrides=Overrides(context=model.context or None),
        extra_buffers=model.extra_buffers is not False,
    )


def _spec(catalogue: Catalogue, model: ModelInfo) -> ModelSpec:
    """Return the model with the recorded id, or where the catalogue has no such id, with the recorded hub file."""
    try:
        return catalogue.find(model.model)
    except UnknownModel:
        name = model.model if model.weights.repo is None else f"hf:{model.weights.repo}/{model.weights.file}"
    try:
        return catalogue.find(name)
    except CatalogueError as error:
        raise TranscriptError(f"The transcript names a model that is not available: {error}") from error
