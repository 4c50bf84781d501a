"""duochat: two open-weight models answer one prompt, side by side, on your own machine."""
