"""What the doctor says of a duochat that runs."""

from tui.cli.doctor import said_of
from tui.engine.footprint import Program


def test_a_program_is_told_with_what_each_of_its_processes_holds() -> None:
    assert said_of(Program(12, 63_400_000, (255_000_000, 1_660_000_000))) == (
        "process 12 holds 1,978 MB: 63 MB by itself, and 255 MB and 1,660 MB with its models"
    )
