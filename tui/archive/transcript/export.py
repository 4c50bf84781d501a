"""Owns the files that transcripts are saved to: whole or not at all, readable by their owner alone."""

import os
import re
import tempfile
from collections.abc import Callable
from itertools import count
from pathlib import Path

from tui.archive.errors import ExportError, TranscriptError
from tui.archive.transcript.html_page import to_html
from tui.archive.transcript.json_document import answer_document, from_json, to_json
from tui.archive.transcript.markdown import to_markdown
from tui.chat.conversation import Conversation, Side
from tui.paths import private_dir

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
    """`conversation` as `kind`, which is md, json or html."""
    return _WRITERS[kind](conversation)


def check_ending(path: Path) -> None:
    """Raises ExportError unless `path` ends in the name of a format."""
    if _kind(path) not in _WRITERS:
        raise ExportError(f"{path} has no ending that names a format. Let it end in .json, .md or .html.")


def save(conversation: Conversation, path: Path) -> None:
    """Writes `conversation` to `path` in the format of its ending, in place of what was there.

    Raises ExportError; `path` then holds what it held before.
    """
    check_ending(path)
    write(to_text(conversation, _kind(path)), path)


def write(text: str, path: Path) -> None:
    """Puts a new file with `text` (mode 0600) in `path`'s place; a crash at any byte leaves the old one whole.

    Raises ExportError when it cannot.
    """
    try:
        _replace(path, text)
    except OSError as error:
        raise _export_error(path, error) from error


def save_both(conversation: Conversation, folder: Path, *, named: bool = True) -> tuple[Path, Path]:
    """Saves `conversation` into `folder` as Markdown and JSON under a new name, and returns both paths.

    The name says which models there were, unless `named` is False: whoever may not know them yet reads it, too.
    The folder is made if it is missing. Raises ExportError; nothing is left lying then.
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
    return ExportError(f"{path} cannot be written ({reason}). Name another place, or make room in this one.")


def _replace(path: Path, content: str) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".duochat-", suffix=".part")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _stem(conversation: Conversation, *, named: bool) -> str:
    """A name from the local time of the beginning and both models: letters, digits, dots and dashes of ASCII."""
    models = (conversation.models[side].model for side in Side if side in conversation.models and named)
    names = "-vs-".join(filter(None, map(_safe, models)))
    return f"{conversation.started_at.astimezone():%Y-%m-%d-%H%M}-{names}".strip("-.")


def _safe(model: str) -> str:
    """A model's id, of a path the name of the file alone, as any file system takes it."""
    name = re.split(r"[/\\]", model)[-1].lower().removesuffix(".gguf")
    return re.sub(r"[^a-z0-9.]+", "-", name).strip("-.")[:40].strip("-.")


def _claim(folder: Path, stem: str) -> tuple[Path, Path]:
    """Two new, empty files of one name, taken before anybody else can take it."""
    names = (stem if number == 1 else f"{stem}-{number}" for number in count(1))
    pairs = ((folder / f"{name}.md", folder / f"{name}.json") for name in names)
    return next(pair for pair in pairs if _take_both(*pair))


def _take_both(first: Path, second: Path) -> bool:
    if not _take(first):
        return False
    if not _take(second):
        first.unlink()
        return False
    return True


def _take(path: Path) -> bool:
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return False
    return True
