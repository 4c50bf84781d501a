"""Owns the reading of texts that a command is given: files, and standard input."""

import sys
from pathlib import Path

import click

from tui.errors import UserError

MAX_BYTES = 1 << 20
"""The most that is read of a file: a small model takes an hour over so much."""


class TextFileError(UserError):
    """A file that cannot be read as text."""

    status = 2


def prompt_in(given: str) -> str:
    """A prompt as it was given; `-` stands for what standard input holds. Raises UsageError where there is none."""
    text = sys.stdin.buffer.read().decode("utf-8-sig", "replace") if given == "-" else given
    if not text.strip():
        raise click.UsageError("The prompt is empty: write what you want to ask")
    return text


def text_in(path: Path) -> str:
    """The text of a file, its last line feed left out as llama-perplexity does. Raises TextFileError."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise TextFileError(f"{path} cannot be read ({error.strerror}): name a text file.") from error
    if len(data) > MAX_BYTES:
        raise TextFileError(f"{path} holds more than {MAX_BYTES:,} bytes: cut it, some thousand words say as much.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TextFileError(f"{path} is no text in UTF-8: name another file.") from error
    if not text.strip():
        raise TextFileError(f"{path} is empty: name a file with some text.")
    return text.removesuffix("\n")


def lines_in(path: Path) -> tuple[str, ...]:
    """The lines of a file, empty ones left out. Raises TextFileError."""
    return tuple(line.strip() for line in text_in(path).splitlines() if line.strip())
