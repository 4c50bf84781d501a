"""Transcripts as files: written whole or not at all, with mode 0600."""

import re
from collections.abc import Callable
from itertools import count
from pathlib import Path

from tui.archive.errors import ExportError, TranscriptError
from tui.archive.transcript.html_page import to_html
from tui.archive.transcript.json_reader import from_json
from tui.archive.transcript.json_writer import answer_document, to_json
from tui.archive.transcript.markdown import to_markdown
from tui.chat.conversation import Conversation, Side
from tui.files import private_dir, replacing

__all__ = [
    "ExportError",
    "TranscriptError",
    "answer_document",
    "check_ending",
    "from_json",
    "save",
    "save_both",
    "to_html",
    "to_json",
    "to_markdown",
    "to_text",
    "write",
]

_WRITERS: dict[str, Callable[[Conversation], str]] = {"md": to_markdown, "json": to_json, "html": to_html}


def to_text(conversation: Conversation, kind: str) -> str:
    """Return `conversation` as `kind`, which is md, json or html."""
    return _WRITERS[kind](conversation)


def check_ending(path: Path) -> None:
    """Raise ExportError unless `path` ends in the name of a format."""
    if _kind(path) not in _WRITERS:
        raise ExportError(f"{path} does not end in the name of a format. Use .json, .md or .html.")


def save(conversation: Conversation, path: Path) -> None:
    """Write `conversation` to `path` in the format of its ending, in place of what was there.

    Raise ExportError if that fails; `path` is then as it was before.
    """
    check_ending(path)
    write(to_text(conversation, _kind(path)), path)


def write(text: str, path: Path) -> None:
    """Replace `path` with a new file of mode 0600 that holds `text`; a crash at any byte leaves the old one whole.

    Raise ExportError if that fails.
    """
    try:
        with replacing(path) as part:
            part.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise _export_error(path, error) from error


def save_both(conversation: Conversation, folder: Path, *, named: bool = True) -> tuple[Path, Path]:
    """Save `conversation` into `folder` as Markdown and JSON under a new name; return both paths.

    The name contains the models unless `named` is False, for a user who may not know them yet. A missing folder is
    made. Raise ExportError if that fails; no file is left then.
    """
    try:
        private_dir(folder)
        paths = _claim(folder, _stem(conversation, named=named))
    except OSError as error:
        raise _export_error(folder, error) from error
    try:
        for path in paths:
            save(conversation, path)
    except ExportError:
        for path in paths:
            path.unlink(missing_ok=True)
        raise
    return paths


def _kind(path: Path) -> str:
    return path.suffix.lower().removeprefix(".")


def _export_error(path: Path, error: OSError) -> ExportError:
    reason = error.strerror or str(error)
    return ExportError(f"{path} cannot be written ({reason}). Name another path, or make room.")


def _stem(conversation: Conversation, *, named: bool) -> str:
    """Return a file name of the local start time and both models, in ASCII letters, digits, dots and dashes."""
    models = (conversation.models[side].model for side in Side if side in conversation.models and named)
    names = "-vs-".join(filter(None, map(_safe, models)))
    return f"{conversation.started_at.astimezone():%Y-%m-%d-%H%M}-{names}".strip("-.")


def _safe(model: str) -> str:
    """Return a model's id, or the file name of a path, as any file system takes it."""
    name = re.split(r"[/\\]", model)[-1].lower().removesuffix(".gguf")
    return re.sub(r"[^a-z0-9.]+", "-", name).strip("-.")[:40].strip("-.")


def _claim(folder: Path, stem: str) -> tuple[Path, Path]:
    """Create two empty files of one new name and return them."""
    names = (stem if number == 1 else f"{stem}-{number}" for number in count(1))
    pairs = ((folder / f"{name}.md", folder / f"{name}.json") for name in names)
    return next(pair for pair in pairs if _create_both(*pair))


def _create_both(first: Path, second: Path) -> bool:
    if not _create(first):
        return False
    if not _create(second):
        first.unlink()
        return False
    return True


def _create(path: Path) -> bool:
    try:
        path.touch(0o600, exist_ok=False)
    except FileExistsError:
        return False
    return True
