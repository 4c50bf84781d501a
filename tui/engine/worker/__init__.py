"""The worker: one model in a child process of its own."""
