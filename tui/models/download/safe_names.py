"""Owns which repositories and file names of the hub are safe to ask for and to lay down on any disk."""

import re

_PART = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9_])?")
_WINDOWS = re.compile(r"(?:CON|PRN|AUX|NUL|COM[0-9¹²³]|LPT[0-9¹²³])(?:\..*)?", re.IGNORECASE)
_FORBIDDEN = frozenset('<>:"|?*\\')
_MOST = 255


def repo_problem(repo: str) -> str | None:
    """Why `repo` cannot be a repository's name (`owner/name`), or None when it can; a clause, `repo` raw in it."""
    parts = repo.split("/")
    if len(parts) != 2:
        return f"{_shown(repo)} is not a repository's name: it needs the form owner/name"
    if len(repo) > 96:
        return f"{_shown(repo)} is too long for a repository's name: {len(repo)} characters, and 96 are allowed"
    for part in parts:
        if not _PART.fullmatch(part) or ".." in part or "--" in part or _WINDOWS.fullmatch(part):
            return f"{_shown(repo)} is not a repository's name: {_shown(part)} is not allowed in it"
    return None


def file_problem(file: str) -> str | None:
    """Why `file` cannot be a weights file in a repository, folders and all, or None when it can; a clause."""
    if len(file.encode("utf-8", "replace")) > _MOST:
        return f"the file name {_shown(file)} is too long: {len(file)} characters, and {_MOST} bytes are allowed"
    if not file.lower().endswith(".gguf"):
        return f"the file name {_shown(file)} does not end in .gguf"
    if not file.isprintable() or _FORBIDDEN & set(file):
        return f"the file name {_shown(file)} has a character that is not allowed in it"
    for part in file.split("/"):
        if part != part.strip() or part.strip(".") == "" or part.endswith(".") or _WINDOWS.fullmatch(part):
            return f"the file name {_shown(file)} has a part, {_shown(part)}, that is not allowed in it"
    return None


def _shown(text: str) -> str:
    """`text` in quotes, cut so that a sentence stays one."""
    return repr(text if len(text) <= 80 else text[:79] + "…")
