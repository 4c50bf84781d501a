"""Engines: each runs one model in a child process."""
