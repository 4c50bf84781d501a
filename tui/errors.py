"""The base class of errors that a user can correct."""


class UserError(Exception):
    """An error whose message says in one sentence what happened, and then the next step.

    File names and other text from outside are raw in the message: clean it before display.
    """

    status = 1
    """The exit status of a command that ends with this error."""
