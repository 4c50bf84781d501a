"""What `ask` prints: a JSON document, plain text, or columns, without control characters from models."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from tui.chat.conversation import (
    Answer,
    Conversation,
    Exchange,
    FinishReason,
    ModelInfo,
    Question,
    Setup,
    Side,
    Usage,
    Weights,
)
from tui.chat.events import Checking, Delta, Failed, Finished, Loaded, Outdated, Prefill, Recast, Restarted
from tui.chat.sampling import resolve
from tui.cli.views import ColumnsView, JsonView, PlainView, view_for
from tui.models.catalogue.spec import ModelSpec
from tui.models.download.parent import Note, Progress, Ready, Verifying
from tui.session.memory_check import Selection

HOSTILE = "a\x1b]52;c;aGk=\x07b [Q4_K_M] [/x]"
SETUP = Setup(sampling=resolve(seed=1, user={}, catalogue={}, gguf={}), max_tokens=9)
USAGE = Usage(
    prompt_tokens=4, reused_tokens=1, completion_tokens=3, started_ms=0, first_ms=5, last_ms=9, ended_ms=10, threads=1
)

RESTARTED = Restarted(
    Loaded(engine="e", context=512, template_sha256="", load_ms=1, notes=("It runs in a safe mode.",))
)


def model(name: str) -> ModelInfo:
    return ModelInfo(model=name.lower(), name=name, weights=Weights("o/r", "f.gguf", 7, "ab"))


def conversation() -> Conversation:
    answers = {
        side: Answer(model=model(f"Model {side}"), setup=SETUP, text=text, finish_reason=FinishReason.STOP, usage=USAGE)
        for side, text in ((Side.LEFT, "**Left** " + HOSTILE), (Side.RIGHT, "右边 | right"))
    }
    asked = Exchange(Question("hi", datetime.now(UTC)), answers)
    models = {side: answer.model for side, answer in answers.items()}
    return Conversation(id=3, models=models, started_at=datetime.now(UTC), exchanges=(asked,))


def consoles(*, terminal: bool) -> tuple[Console, Console, StringIO, StringIO]:
    out, err = StringIO(), StringIO()
    kind = {"markup": False, "highlight": False, "width": 80, "height": 20}
    return (
        Console(file=out, force_terminal=terminal, color_system=None, **kind),  # type: ignore[arg-type]
        Console(file=err, force_terminal=False, **kind),  # type: ignore[arg-type]
        out,
        err,
    )


def answer_both(shown: JsonView | PlainView | ColumnsView) -> None:
    talk = conversation()
    shown.begin(talk)
    shown.answered(Side.RIGHT, Delta("右边 |", thinking=False, tokens=1))
    shown.answered(Side.LEFT, Prefill(2, 4, 1))
    shown.answered(Side.LEFT, Delta("hm", thinking=True, tokens=1))
    shown.answered(Side.LEFT, Delta("**Left** " + HOSTILE, thinking=False, tokens=2))
    shown.answered(Side.RIGHT, Delta(" right", thinking=False, tokens=2))
    shown.answered(Side.RIGHT, Finished(FinishReason.STOP, USAGE))
    shown.answered(Side.LEFT, Finished(FinishReason.LENGTH, USAGE))
    shown.end(talk, load_ms=1.23, wall_ms=4.56)
    shown.close()


def test_view_suits_the_output() -> None:
    out, err, _, _ = consoles(terminal=False)
    terminal, _, _, _ = consoles(terminal=True)
    assert isinstance(view_for(out, err, as_json=True), JsonView)
    assert isinstance(view_for(out, err, as_json=False), PlainView)
    assert isinstance(view_for(terminal, err, as_json=False), ColumnsView)


def test_json_is_one_document_with_raw_text() -> None:
    out, err, text, _ = consoles(terminal=False)
    answer_both(JsonView(out, err))
    document = json.loads(text.getvalue())
    assert (document["prompt"], document["conversation"]) == ("hi", 3)
    assert (document["load_ms"], document["wall_ms"]) == (1.2, 4.6)
    assert document["left"]["text"] == "**Left** " + HOSTILE
    assert document["right"]["ttft_ms"] == 5


def test_plain_text_has_the_left_answer_first_and_no_escape_sequences() -> None:
    out, err, text, _ = consoles(terminal=False)
    answer_both(PlainView(out, err))
    written = text.getvalue()
    assert written.startswith("[left] Model left\n**Left** a␛]52")
    assert "\n(Reached its limit.)\n\n[right] Model right\n右边 | right\n" in written
    assert "\x1b" not in written
    assert "hm" not in written


@pytest.mark.parametrize("kind", [JsonView, PlainView])
def test_note_on_missing_thinking_switch_is_printed(kind: type[JsonView | PlainView]) -> None:
    out, err, _, told = consoles(terminal=False)
    shown = kind(out, err)
    shown.begin(conversation())
    shown.answered(Side.LEFT, Finished(FinishReason.STOP, USAGE))
    assert not told.getvalue()
    shown.answered(Side.RIGHT, Finished(FinishReason.STOP, replace(USAGE, think_ignored=True)))
    shown.close()
    assert "right: Its chat template has no switch for thinking" in " ".join(told.getvalue().split())


def test_text_that_turns_out_to_be_thinking_is_labeled() -> None:
    out, err, text, _ = consoles(terminal=False)
    shown = PlainView(out, err)
    shown.begin(conversation())
    for side in (Side.RIGHT, Side.LEFT):
        for event in (Delta(f"hm {side}", thinking=False, tokens=1), Recast(), Delta("Yes.", thinking=False, tokens=2)):
            shown.answered(side, event)
        shown.answered(side, Finished(FinishReason.STOP, USAGE))
    written = text.getvalue()
    assert "hm left\n(the text above is thinking)\n\nYes." in written
    assert written.endswith("[right] Model right\nYes.")


def test_columns_end_with_both_answers_whole_and_inert() -> None:
    out, err, text, _ = consoles(terminal=True)
    answer_both(ColumnsView(out, err))
    written = text.getvalue()
    assert "Left a␛]52;c;aGk=␇b [Q4_K_M] [/x]" in written.replace("\n", "")
    assert "右边 | right" in written
    assert "\x1b]52" not in written


def test_failure_is_shown_in_its_column() -> None:
    out, err, text, _ = consoles(terminal=True)
    shown, talk = ColumnsView(out, err), conversation()
    failed = replace(talk.exchanges[0].answers[Side.LEFT], error="The engine ended.", finish_reason=FinishReason.FAILED)
    shown.begin(talk)
    shown.answered(Side.LEFT, Recast())
    shown.answered(Side.LEFT, Failed("The engine ended."))
    shown.end(replace(talk, exchanges=(talk.exchanges[0].with_answer(Side.LEFT, failed),)), load_ms=0, wall_ms=0)
    assert "The engine ended." in text.getvalue()


@pytest.mark.parametrize("terminal", [False, True])
def test_downloads_and_loading_are_shown_on_stderr(terminal: bool, tmp_path: Path) -> None:
    out, _, printed, _ = consoles(terminal=False)
    told = StringIO()
    progress = Console(file=told, force_terminal=terminal, width=80, markup=False, highlight=False)
    shown = JsonView(out, progress)
    selection = Selection(spec=ModelSpec(id="m", name="Model [x]", file="m.gguf"))
    for event in (Note("asking"), Progress(1, 2, "hub"), Progress(2, 2, "hub"), Verifying(1, 2)):
        shown.fetched(selection, event)
    shown.fetched(selection, Ready(path=tmp_path, sha256="ab", size=2, source="hub"))
    loaded = Loaded(engine="e", context=1, template_sha256="", load_ms=1, notes=("no template",))
    shown.loaded(Side.LEFT, selection, loaded)
    shown.loaded(Side.RIGHT, selection, Failed("It broke."))
    shown.close()
    assert "fetching from hub" in told.getvalue()
    for part in ("Model [x]: asking", "left (Model [x]): no template", "right (Model [x]): It broke."):
        assert part in told.getvalue()
    assert printed.getvalue() == ""


@pytest.mark.parametrize("kind", [JsonView, PlainView])
def test_changed_weights_are_reported_on_stderr(kind: type[JsonView | PlainView]) -> None:
    out, err, printed, told = consoles(terminal=False)
    shown, selection = kind(out, err), Selection(spec=ModelSpec(id="m", name="Model [x]", file="m.gguf"))
    shown.loaded(Side.RIGHT, selection, Checking(1, 2))
    shown.begin(conversation())
    before = printed.getvalue()
    shown.answered(Side.LEFT, Checking(1, 2))
    shown.answered(Side.LEFT, Outdated(f"It was replaced: {HOSTILE}"))
    shown.answered(Side.RIGHT, RESTARTED)
    shown.close()
    assert printed.getvalue() == before
    assert "right: It runs in a safe mode." in told.getvalue()
    for part in ("Model [x]: verifying the checksum", "left: verifying the checksum", "left: It was replaced: a␛]52"):
        assert part in told.getvalue()


def test_changed_weights_are_reported_below_the_columns() -> None:
    out, err, printed, told = consoles(terminal=True)
    shown = ColumnsView(out, err)
    shown.begin(conversation())
    shown.answered(Side.LEFT, Checking(42, 100))
    shown.answered(Side.LEFT, Outdated(f"It was replaced: {HOSTILE}"))
    shown.answered(Side.RIGHT, RESTARTED)
    assert told.getvalue() == ""
    shown.end(conversation(), load_ms=0, wall_ms=0)
    shown.close()
    assert "verifying the weights 42 %" in printed.getvalue()
    assert "left: It was replaced: a␛]52" in told.getvalue()
    assert "right: It runs in a safe mode." in told.getvalue()
