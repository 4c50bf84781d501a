"""`python -m tui` is `duochat`."""

from tui.cli import main

main()
