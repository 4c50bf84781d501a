"""The rules of the house that a script can count."""

import ast
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = tuple(sorted((ROOT / "tui").rglob("*.py")))
ENDINGS = ("s", "es", "ing", "ings")


def trees() -> Iterator[tuple[Path, ast.Module]]:
    """Each module of `tui` with its syntax tree."""
    for module in MODULES:
        yield module.relative_to(ROOT), ast.parse(module.read_text("utf-8"))


def bases() -> dict[str, tuple[str, ...]]:
    """The names of the base classes of each class of `tui`, by its name; classes of one name count together."""
    found: dict[str, tuple[str, ...]] = {}
    for _, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                heads = (base.value if isinstance(base, ast.Subscript) else base for base in node.bases)
                names = tuple(ast.unparse(head).rpartition(".")[2] for head in heads)
                found[node.name] = (*found.get(node.name, ()), *names)
    return found


def ancestors(name: str, known: dict[str, tuple[str, ...]]) -> set[str]:
    """The classes of ours that `name` inherits from, in chain or side by side."""
    own = {base for base in known[name] if base in known and base != name}
    return own.union(*(ancestors(base, known) for base in own)) if own else own


def test_every_module_says_what_is_in_it() -> None:
    for module, tree in trees():
        text = ast.get_docstring(tree)
        assert text or not tree.body, module
        assert not (text or "").startswith("Owns"), module


def test_no_class_has_more_than_two_ancestors_of_ours() -> None:
    known = bases()
    deep = {name: found for name in known if len(found := ancestors(name, known)) > 2}
    assert deep == {}


def test_nothing_is_left_for_a_subclass_to_implement() -> None:
    for module, tree in trees():
        raised = [node.exc for node in ast.walk(tree) if isinstance(node, ast.Raise) and node.exc is not None]
        assert not any("NotImplementedError" in ast.unparse(error) for error in raised), module


@pytest.mark.parametrize("folder", sorted({module.parent for module in MODULES}), ids=lambda each: each.name)
def test_no_two_modules_of_a_folder_differ_by_an_ending(folder: Path) -> None:
    names = sorted(module.stem for module in folder.glob("*.py"))
    assert [(one, other) for one, other in combinations(names, 2) if other in {one + end for end in ENDINGS}] == []


def test_no_file_is_longer_than_four_hundred_lines() -> None:
    lengths = {module.relative_to(ROOT): len(module.read_text("utf-8").splitlines()) for module in MODULES}
    assert {module: length for module, length in lengths.items() if length > 400} == {}
