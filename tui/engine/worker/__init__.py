"""The worker: a child process that runs one model."""
