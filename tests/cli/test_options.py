"""Options and input files that several commands share."""

from pathlib import Path

import click
import pytest

from tui.chat.conversation import Side
from tui.chat.generation_settings import Overrides
from tui.cli.options import MAX_BYTES, TextFileError, read_lines, read_prompt, read_text, selections
from tui.models.catalogue.catalogue import Catalogue
from tui.models.catalogue.spec import ModelSpec

CATALOGUE = Catalogue(tuple(ModelSpec(id=name, name=name, file="m.gguf") for name in ("ant", "bee")))


def test_option_of_one_side_wins_over_the_common_one() -> None:
    given = {"seed": 1, "seed_right": 2, "system_left": "Be brief.", "think": False, "max_tokens": 9}
    chosen = selections(CATALOGUE, "ant", "bee", given)
    assert {side: each.spec.id for side, each in chosen.items()} == {Side.LEFT: "ant", Side.RIGHT: "bee"}
    assert chosen[Side.LEFT].overrides == Overrides(system="Be brief.", think=False, max_tokens=9, sampling={"seed": 1})
    assert chosen[Side.RIGHT].overrides == Overrides(think=False, max_tokens=9, sampling={"seed": 2})


def test_without_options_nothing_is_overridden() -> None:
    assert selections(CATALOGUE, "ant", "ant", {})[Side.RIGHT].overrides == Overrides()


def test_value_out_of_range_is_a_usage_error() -> None:
    with pytest.raises(click.UsageError, match="top_p"):
        selections(CATALOGUE, "ant", "bee", {"top_p_left": 7.0})


def test_empty_prompt_is_a_usage_error() -> None:
    assert read_prompt(" hi ") == " hi "
    with pytest.raises(click.UsageError, match="The prompt is empty"):
        read_prompt(" \n")


def test_file_is_read_as_text(tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    path.write_bytes(b"\xef\xbb\xbfone\n\n two \n")
    assert read_text(path) == "one\n\n two "
    assert read_lines(path) == ("one", "two")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "cannot be read"),
        (b"\xff\xfe", "not UTF-8 text"),
        (b" \n", "is empty"),
        (b"x" * (MAX_BYTES + 1), "more"),
    ],
)
def test_file_that_is_not_text_is_refused(tmp_path: Path, content: bytes | None, complaint: str) -> None:
    path = tmp_path / "t.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(TextFileError, match=complaint):
        read_text(path)
