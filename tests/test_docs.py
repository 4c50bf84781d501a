"""The documents are true where a script can tell: their links, the paths they name, and the README's length."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_to_files(document: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", document.read_text("utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_paths_exist(document: Path) -> None:
    named = re.findall(r"(?:tui|tests)/[\w/.]+\w(?:/|\.\w+)?", document.read_text("utf-8"))
    assert [path for path in named if "NAME" not in path and not (ROOT / path.rstrip(".")).exists()] == []


def test_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 150


def test_architecture_names_what_the_code_has() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    for path, name in re.findall(r"`(tui/[\w/]+\.py)`: `(?:\w+\.)?(\w+)`", text):
        assert f"def {name}" in (ROOT / path).read_text("utf-8"), (path, name)
