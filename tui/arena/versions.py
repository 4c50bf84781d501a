"""Owns where a model's name ends: sizes, versions and kinds that follow it tell as much as the name itself."""

import re

from tui.arena.folding import Lookahead, emphasis, folded

_MOST_PARTS = 8
_LONGEST_PART = 24

_KINDS = re.compile(
    "air|base|chat|cloud|code|coder|distill|edge|exp|flash|gguf|haiku|instruct|it|large|lite|math|max|medium|mini|moe|nano|"
    "next|omni|opus|plus|preview|pro|reasoner|reasoning|small|sonnet|thinking|tiny|turbo|ultra|vision|vl"
)
_SPACED = re.compile(r"v?\d{1,2}(?:\.\d+)*[a-z]?|\d+(?:\.\d+)?[bm]|[a-z]\d{1,2}(?:\.\d+)?b?")

_FILE = re.compile(r"gguf|i?q\d\w*|b?f16|f32")


def past_version(ahead: Lookahead, at: int) -> int:
    """Where the name that ends at `at` ends with everything that belongs to it, as in "Qwen 2.5-Coder-0.5B"."""
    for _ in range(_MOST_PARTS):
        end = _past_part(ahead, at)
        if end is None:
            break
        at = end
    return at


def _past_part(ahead: Lookahead, at: int) -> int | None:
    at = _past_emphasis(ahead, at)
    gap = ahead[at] if not _is_letter(ahead[at]) else ""
    start = _past_emphasis(ahead, at + len(gap))
    end = _past_run(ahead, start)
    part = "".join(map(folded, ahead.cut(start, end)))
    return end if part and len(part) <= _LONGEST_PART and _belongs(gap, part, ahead[start]) else None


def _belongs(gap: str, part: str, first: str) -> bool:
    match folded(gap):
        case "":
            return part[0].isdigit() or first.isupper()
        case "-":
            return bool(_KINDS.fullmatch(part)) or any(char.isdigit() for char in part)
        case " ":
            return bool(_SPACED.fullmatch(part) or (_KINDS.fullmatch(part) and first.isupper()))
        case ".":
            return _FILE.fullmatch(part) is not None
        case _:
            return False


def _past_run(ahead: Lookahead, at: int) -> int:
    """Where letters and digits end, points between digits and underscores between letters among them."""
    for _ in range(_LONGEST_PART + 1):
        if not _is_letter(ahead[at]):
            joint = ahead[at] == "_" or (ahead[at] == "." and ahead[at + 1].isdigit())
            if not (joint and _is_letter(ahead[at + 1])):
                break
        at += 1
    return at


def _past_emphasis(ahead: Lookahead, at: int) -> int:
    while emphasis(ahead[at]):
        at += 1
    return at


def _is_letter(char: str) -> bool:
    fold = folded(char)
    return fold.isascii() and fold.isalnum()
