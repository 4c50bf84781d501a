"""What `duochat doctor` prints about running programs."""

from tui.cli.doctor import memory_of
from tui.engine.footprint import Program


def test_line_of_running_program_sums_its_processes() -> None:
    assert memory_of(Program(12, 63_400_000, (255_000_000, 1_660_000_000))) == (
        "process 12 uses 1,978 MB: 63 MB for itself, and 255 MB and 1,660 MB for its models"
    )
