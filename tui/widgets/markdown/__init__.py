"""Markdown that is rendered block by block while it streams."""
