"""Sizes and durations as text: bytes in decimal units, as file managers and the hub show them."""

_UNITS = ("B", "kB", "MB", "GB", "TB")


def size(count: float) -> str:
    """Return `count` bytes as text, as in 98 MB or 1.1 GB."""
    unit = 0
    while round(count) >= 1000 and unit < len(_UNITS) - 1:
        count /= 1000
        unit += 1
    digits = 1 if unit > 2 and count < 100 else 0
    return f"{count:.{digits}f} {_UNITS[unit]}"


def duration(seconds: float) -> str:
    """Return an estimate in its two largest units, as in 45 s, 3 min or 1 h 20 min."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def elapsed(ms: float) -> str:
    """Return a measured time in milliseconds to a tenth of a second, as in 3.2 s, from a minute on as in 1 min 5 s."""
    if ms < 59_950:
        return f"{ms / 1000:.1f} s"
    seconds = round(ms / 1000)
    return f"{seconds // 60} min {seconds % 60} s"
