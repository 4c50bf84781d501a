"""Owns what can go wrong with what was said; each message is one sentence with the next step, foreign parts raw."""

from tui.errors import Trouble


class ArchiveError(Trouble):
    """The archive cannot be opened, read or written."""


class TranscriptError(Trouble):
    """A JSON transcript cannot be understood."""


class ExportError(Trouble):
    """A transcript cannot be written where it was wanted."""
