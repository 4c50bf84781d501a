"""Errors of the archive and its transcripts; each message is one sentence with the next step, foreign parts raw."""

from tui.errors import UserError


class ArchiveError(UserError):
    """The archive cannot be opened, read or written."""


class TranscriptError(UserError):
    """A JSON transcript cannot be read."""


class ExportError(UserError):
    """A transcript cannot be written to the path that was named."""
