"""Benchmarks for developers, run by `python -m tests.performance`."""
