"""Cleaning of foreign text before it is displayed: what passes `clean` cannot control a terminal.

Every mapping is one character to at most one character, so a text cleaned in pieces equals the text cleaned whole.
"""

_KEPT_CONTROLS = {0x09, 0x0A}
_DROPPED = {0x0D, 0x200B, 0x2060, 0xFEFF, 0x00AD, 0x180E}
_BIDI = {0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)}
_INVISIBLE = {
    *range(0x2061, 0x2066),
    *range(0x206A, 0x2070),
    *range(0xFFF9, 0xFFFC),
    *range(0xE0000, 0xE0080),
}
_REPLACEMENT = "\ufffd"


def _table() -> dict[int, str | None]:
    table: dict[int, str | None] = {code: chr(0x2400 + code) for code in range(0x20) if code not in _KEPT_CONTROLS}
    table[0x7F] = "\u2421"
    table |= dict.fromkeys(range(0x80, 0xA0), _REPLACEMENT)
    table |= dict.fromkeys(range(0xD800, 0xE000), _REPLACEMENT)
    table |= dict.fromkeys(_BIDI | {0x2028, 0x2029}, _REPLACEMENT)
    table |= dict.fromkeys(_DROPPED | _INVISIBLE, None)
    return table


_CLEAN = _table()
_LINE = _CLEAN | {0x09: " ", 0x0A: " "}


def clean(text: str) -> str:
    """Return `text` with C0 controls as pictures, C1 and bidi overrides as U+FFFD, and without invisible characters.

    Line feeds and tabs stay; carriage returns are dropped; the joiners that emoji and scripts need stay.
    """
    return text.translate(_CLEAN)


def clean_line(text: str, limit: int = 300) -> str:
    """Return `text` cleaned and on one line, cut with an ellipsis at `limit` characters."""
    line = text.translate(_LINE)
    return line if len(line) <= limit else line[: limit - 1] + "…"
