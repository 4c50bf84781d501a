"""Run `duochat` as `python -m tui`."""

from tui.cli.main import main

main()
