"""Which clipboard program is used where, and whether it took the text: with real, tiny programs."""

import os
from pathlib import Path

import pytest

from tui.app import clipboard


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder of clipboard programs, each of which keeps what it was given beside itself."""
    for name in ("wl-copy", "xclip", "xsel", "pbcopy"):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\ncat > {tmp_path}/taken\n")
        program.chmod(0o700)
    return tmp_path


@pytest.mark.parametrize(
    ("environ", "chosen"),
    [
        ({"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}, "wl-copy"),
        ({"DISPLAY": ":0"}, "xclip"),
        ({"DISPLAY": "localhost:10", "SSH_CONNECTION": "a b"}, "xclip"),
        ({"WAYLAND_DISPLAY": "wayland-0", "SSH_CONNECTION": "a b"}, None),
        ({"SSH_CONNECTION": "a b"}, None),
        ({}, "pbcopy"),
    ],
)
def test_the_program_of_the_display_in_front_of_the_user(
    programs: Path, environ: dict[str, str], chosen: str | None
) -> None:
    found = clipboard.program({"PATH": str(programs), **environ})
    assert (found and found.command[0]) == chosen


def test_without_any_program_only_the_terminal_can_help() -> None:
    assert clipboard.program({"PATH": "", "DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0"}) is None


def test_the_text_arrives_whole(programs: Path) -> None:
    environ = {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "DISPLAY": ":0"}
    found = clipboard.program(environ)
    assert found is not None
    assert clipboard.put("中文\n🙂", found, environ)
    assert (programs / "taken").read_text(encoding="utf-8") == "中文\n🙂"


def test_a_program_that_fails_took_nothing(programs: Path) -> None:
    (programs / "xclip").write_text("#!/bin/sh\nexit 1\n")
    environ = {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    assert not clipboard.put("x", clipboard.Program(("xclip",)), environ)
    assert not clipboard.put("x", clipboard.Program(("no-such-program",)), environ)
