"""`python -m tui` is `duochat`."""

from tui.cli.main import main

main()
