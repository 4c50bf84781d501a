"""The parent's end of a worker: it starts, asks, watches and ends the worker process."""
