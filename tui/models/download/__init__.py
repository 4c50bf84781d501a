"""Downloads of weights, in a child process."""
