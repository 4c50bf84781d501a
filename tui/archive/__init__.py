"""The archive: every conversation, kept in one SQLite file, and transcripts of it."""
