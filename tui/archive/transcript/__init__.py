"""Transcripts as JSON, Markdown and HTML."""
