"""duochat: two open-weight models answer one prompt, side by side, on your own machine."""

__version__ = "0.2.0"
