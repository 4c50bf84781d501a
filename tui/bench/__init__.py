"""Benchmarks for users: the speed of two models, and what the screen costs."""
