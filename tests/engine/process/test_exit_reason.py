"""The signal in an exit status."""

import pytest

from tui.engine.process.exit_reason import signal_in


@pytest.mark.parametrize(
    ("status", "platform", "expected"),
    [
        (-4, "linux", "SIGILL"),
        (-11, "darwin", "SIGSEGV"),
        (-200, "linux", "signal 200"),
        (0, "linux", ""),
        (3, "linux", ""),
        (0xC000001D, "win32", "SIGILL"),
        (0xC0000409, "win32", "SIGABRT"),
        (1, "win32", ""),
    ],
)
def test_exit_status_names_its_signal(status: int, platform: str, expected: str) -> None:
    assert signal_in(status, platform) == expected
