"""Waits for the clock of a file system, which moves in steps of some milliseconds."""

import time
from pathlib import Path


def after_tick(path: Path) -> Path:
    """Return `path` once a change of it would have another time than its last one."""
    probe = path.with_name(f"{path.name}.tick")
    probe.touch()
    while probe.stat().st_ctime_ns <= path.stat().st_ctime_ns:
        time.sleep(0.001)
        probe.touch()
    probe.unlink()
    return path
