"""Checks of repository and file names of the hub: safe to request, and to store on any disk."""

import re

_PART = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9_])?")
_WINDOWS = re.compile(r"(?:CON|PRN|AUX|NUL|COM[0-9¹²³]|LPT[0-9¹²³])(?:\..*)?", re.IGNORECASE)
_FORBIDDEN = frozenset('<>:"|?*\\')
_MOST = 255


def repo_problem(repo: str) -> str | None:
    """Return a clause on why `repo` cannot be a repository's name (`owner/name`), with `repo` raw in it, or None."""
    parts = repo.split("/")
    if len(parts) != 2:
        return f"{_quoted(repo)} is not a repository's name: it needs the form owner/name"
    if len(repo) > 96:
        return f"{_quoted(repo)} is too long for a repository's name: {len(repo)} characters, and 96 are allowed"
    for part in parts:
        if not _PART.fullmatch(part) or ".." in part or "--" in part or _WINDOWS.fullmatch(part):
            return f"{_quoted(repo)} is not a repository's name: {_quoted(part)} is not allowed in it"
    return None


def file_problem(file: str) -> str | None:
    """Return a clause on why `file` cannot be the path of a weights file in a repository, or None."""
    if len(file.encode("utf-8", "replace")) > _MOST:
        return f"the file name {_quoted(file)} is too long: {len(file)} characters, and {_MOST} bytes are allowed"
    if not file.lower().endswith(".gguf"):
        return f"the file name {_quoted(file)} does not end in .gguf"
    if not file.isprintable() or _FORBIDDEN & set(file):
        return f"the file name {_quoted(file)} has a character that is not allowed in it"
    for part in file.split("/"):
        if part != part.strip() or part.strip(".") == "" or part.endswith(".") or _WINDOWS.fullmatch(part):
            return f"the file name {_quoted(file)} has a part, {_quoted(part)}, that is not allowed in it"
    return None


def _quoted(text: str) -> str:
    """Return `text` in quotes, cut at 80 characters."""
    return repr(text if len(text) <= 80 else text[:79] + "…")
