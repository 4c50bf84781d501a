"""Owns what can go wrong with what was said; each message is one sentence with the next step, foreign parts raw."""

from tui.errors import UserError


class ArchiveError(UserError):
    """The archive cannot be opened, read or written."""


class TranscriptError(UserError):
    """A JSON transcript cannot be understood."""


class ExportError(UserError):
    """A transcript cannot be written where it was wanted."""
