"""The lazy group: help from a table, commands imported on demand, and the screen as the default command."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import click
import pytest

from tests.end_to_end.conftest import environ_for, run
from tui import __version__
from tui.cli.main import COMMANDS, SCREEN, duochat

LOADED = """
import sys
sys.argv[1:] = ["{argument}"]
from tui.cli.main import main
try:
    main()
finally:
    print(*sys.modules, file=sys.stderr)
"""


def command(name: str) -> click.Command:
    found = duochat.get_command(click.Context(duochat), name)
    assert found is not None
    return found


@pytest.mark.parametrize("name", [*COMMANDS, SCREEN])
def test_command_has_the_name_of_its_module(name: str) -> None:
    assert command(name) is getattr(import_module(f"tui.cli.{name}"), name)
    assert command(name).name == name
    assert command(name).hidden is (name == SCREEN)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_line_of_the_table_is_the_first_line_of_the_command(name: str) -> None:
    assert (command(name).help or "").splitlines()[0] == COMMANDS[name]


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_help_and_version_import_no_command(argument: str) -> None:
    program = (sys.executable, "-P", "-c", LOADED.format(argument=argument))
    loaded = set(subprocess.run(program, capture_output=True, text=True, check=True).stderr.split())
    assert "tui.cli.main" in loaded
    assert not {f"tui.cli.{name}" for name in (*COMMANDS, SCREEN, "wiring", "options", "output")} & loaded
    assert not {"asyncio", "rich", "textual", "msgspec"} & loaded


def test_help_lists_every_command_on_one_line(tmp_path: Path) -> None:
    text = run(("--help",), environ_for(tmp_path)).stdout
    assert text.startswith("Usage: duochat [--blind] [--resume ID] [LEFT [RIGHT]] | COMMAND [ARGS]...\n")
    assert "Show the version and exit." in text
    listed = text.partition("Commands:\n")[2].splitlines()
    assert [line.split(maxsplit=1) for line in listed] == [[name, line] for name, line in COMMANDS.items()]


def test_version_is_one_line(tmp_path: Path) -> None:
    assert run(("--version",), environ_for(tmp_path)).stdout == f"duochat {__version__}\n"


@pytest.mark.parametrize(
    "arguments", [("leaderbord",), ("leaderbord", "--json"), ("--blind", "leaderbord"), ("leaderbord", "smollm2-135m")]
)
def test_misspelled_command_is_a_usage_error(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    ended = run(arguments, environ_for(tmp_path))
    sentence = "There is no command 'leaderbord': did you mean `duochat leaderboard`? See `duochat --help`."
    assert (ended.returncode, ended.stdout, ended.stderr) == (2, "", f"duochat: {sentence}\n")


@pytest.mark.parametrize("arguments", [(), ("smollm2-135m",), ("--resume", "1"), ("chat",)])
def test_anything_else_opens_the_screen(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    ended = run(arguments, environ_for(tmp_path))
    assert ended.returncode == 1
    assert "The screen needs a terminal" in ended.stderr
