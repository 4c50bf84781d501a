"""Making a model talk: one child process a side."""
