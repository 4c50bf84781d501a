"""The pictures of the README are those of the real screens, and fetch nothing."""

import re

import pytest

from tests.pictures import FOLDER, PICTURES, drawn


@pytest.mark.parametrize("name", PICTURES)
async def test_picture_is_true(name: str) -> None:
    kept = (FOLDER / f"{name}.svg").read_text("utf-8")
    assert kept == await drawn(name), f"To draw it anew, run `python -m tests.pictures {name}` and look at it."


@pytest.mark.parametrize("name", PICTURES)
def test_picture_fetches_nothing(name: str) -> None:
    svg = (FOLDER / f"{name}.svg").read_text("utf-8")
    assert not re.search(r"@font-face|url\((?!#)|href", svg)
