"""Owns the one kind of error that reaches a user as it is."""


class UserError(Exception):
    """What the user can mend: the message is one sentence and the next step; foreign parts of it are raw."""

    status = 1
    """The exit status of a command that ends with it."""
