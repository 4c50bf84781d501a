"""The final answer of a text: the boxed value, the letter, the yes or no, or the last number."""

import re
from collections.abc import Sequence

from tui.arena.differences.extraction import facts_in
from tui.arena.differences.facts import Fact, Kind

_BOXED = re.compile(r"\\boxed\s*\{((?:[^{}\n]|\{[^{}\n]*\}){1,200})\}")
_FRACTION = re.compile(r"\\[dt]?frac\{([^{}]*)\}\{([^{}]*)\}")
_TEXT = re.compile(r"\\text\{([^{}]*)\}")
_ANNOUNCED = re.compile(
    r"(?:\banswer\s*(?:is|[:=：])|答案(?:应该)?(?:是|为|[:：])|选(?:项|择)?(?=\s*[A-H]))[\s*_:：]*+(?P<rest>[^\n]{1,80})",
    re.IGNORECASE,
)
_LETTER = r"[\s*_\"'“`(（$]*+(?:\\text\{)?(?P<letter>[A-H])\}?[\s*_\"'”`$]*+"
_CHOSEN = re.compile(rf"{_LETTER}(?:[.,:;)。，、：；）]|\Z)")
_OPENING = re.compile(rf"{_LETTER}(?:[.)。、）]|\Z)|[\s*_(]*+(?P<line>[A-H])[*_) ]*\n")
_COUNTED = frozenset({Kind.NUMBER, Kind.QUANTITY, Kind.DATE})


def final_answer(text: str) -> str | None:
    """Return the value that `text` ends on, normalized so that equal ones compare equal; None where it has no such end.

    In this order: what is boxed last; what is announced last ("the answer is", 答案是); a lone letter from A to H that
    opens the text; the yes or no that does; the last number in the last line.
    """
    boxed = _BOXED.findall(text)
    if boxed:
        return _boxed(boxed[-1])
    announced = list(_ANNOUNCED.finditer(text))
    if announced and (value := _value(announced[-1]["rest"])):
        return value
    facts = facts_in(text)
    letter = _OPENING.match(text)
    if letter:
        return letter["letter"] or letter["line"]
    if facts and facts[0].kind is Kind.VERDICT:
        return facts[0].value
    last = text.rstrip().rfind("\n") + 1
    return _last_number([fact for fact in facts if fact.start >= last])


def _boxed(formula: str) -> str:
    """Return what stands right of the last equals sign, as a plain value where it is nothing but one."""
    result = _TEXT.sub(r"\1", _FRACTION.sub(r"\1/\2", formula)).rpartition("=")[2].strip(" $")
    facts = facts_in(result)
    whole = len(facts) == 1 and (facts[0].start, facts[0].end) == (0, len(result))
    return facts[0].value if whole else " ".join(result.split())


def _value(said: str) -> str | None:
    """Return the letter or the yes or no that `said` begins with, else its last number."""
    letter = _CHOSEN.match(said)
    if letter:
        return letter["letter"]
    facts = facts_in(said)
    verdicts = [fact.value for fact in facts if fact.kind is Kind.VERDICT]
    return verdicts[0] if verdicts else _last_number(facts)


def _last_number(facts: Sequence[Fact]) -> str | None:
    return next((fact.value for fact in reversed(facts) if fact.kind in _COUNTED), None)
