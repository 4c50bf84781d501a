"""The parent's end of a worker: starts it, talks to it, watches it and ends it."""
