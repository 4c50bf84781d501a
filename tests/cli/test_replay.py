"""A transcript that cannot be run again is refused with one sentence before any model is fetched."""

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from tests.archive import sample
from tui.archive.errors import TranscriptError
from tui.archive.transcript.json_writer import to_json
from tui.cli.replay import replay_file
from tui.models.catalogue.catalogue import Catalogue


class FetchingError(Exception):
    """The models would be fetched now."""


def no_preparer() -> Any:
    raise FetchingError


def edited(file: Path, edit: Callable[[dict[str, Any]], object]) -> Path:
    """Write the sample conversation, edited, to `file`."""
    document = json.loads(to_json(sample.rivers()))
    edit(document)
    file.write_text(json.dumps(document), encoding="utf-8")
    return file


async def replayed(file: Path, end: type[Exception] = FetchingError) -> str:
    """Return standard error up to where models are fetched, or up to another `end`, whose message comes last."""
    out, err = Console(file=StringIO()), Console(file=(said := StringIO()), width=200)
    with pytest.raises(end) as ended:
        await replay_file(out, err, file, Catalogue(()), no_preparer, as_json=False)
    return f"{said.getvalue()}{ended.value}"


async def test_edit_is_reported_before_models_are_fetched(tmp_path: Path) -> None:
    assert await replayed(edited(tmp_path / "t.json", lambda it: None)) == ""
    file = edited(tmp_path / "t.json", lambda it: it["exchanges"][0]["left"].update(context=2048))
    assert "was edited after it was saved" in await replayed(file)


@pytest.mark.parametrize(
    ("edit", "complaint"),
    [
        (lambda answer: answer.update(context=10**12), "a context of 1,000,000,000,000 tokens"),
        (lambda answer: answer.update(max_tokens=0), "an answer of at most 0 tokens"),
        (lambda answer: answer.update(tags={"open": "", "close": ""}), "the tags around thinking are empty"),
        (lambda answer: answer["sampling"]["top_p"].update(value=7.0), "top_p must be a number from 0 to 1, not 7"),
    ],
)
async def test_impossible_settings_are_refused(
    tmp_path: Path, edit: Callable[[dict[str, Any]], object], complaint: str
) -> None:
    said = await replayed(edited(tmp_path / "t.json", lambda it: edit(it["exchanges"][0]["left"])), TranscriptError)
    assert "was edited after it was saved" in said
    assert f"(question 1, left: {complaint}" in said
