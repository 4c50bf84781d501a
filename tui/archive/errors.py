"""Owns what can go wrong with what was said; each message is one sentence with the next step, foreign parts raw."""


class ArchiveError(Exception):
    """The archive cannot be opened, read or written."""


class TranscriptError(Exception):
    """A JSON transcript cannot be understood."""


class ExportError(Exception):
    """A transcript cannot be written where it was wanted."""
