"""A question's language, guessed from its script."""

import re

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]")
_KANA = re.compile(r"[\u3041-\u3096\u30a1-\u30fa\u30fc\uff66-\uff9d]+")
_WORD = re.compile(r"[^\W\d_]+")


def language_of(question: str) -> str:
    """Return "zh", "en" or "other": whichever most of the question is written in.

    One Han character weighs as much as one word elsewhere, so that a Chinese question may hold English terms and an
    English one a Chinese quotation. Han with a fair share of kana is Japanese, hence "other". Words in plain ASCII
    letters pass for English: script alone cannot tell Malay from it, or a French question without accents. A word with
    other letters weighs as much as three, since most words of a French or German question are plain.
    """
    if question.isascii():
        return "en" if _WORD.search(question) else "other"
    han, kana = len(_HAN.findall(question)), _KANA.findall(question)
    words = _WORD.findall(_KANA.sub(" ", _HAN.sub(" ", question)))
    plain = sum(word.isascii() for word in words)
    other = 3 * (len(words) - plain) + len(kana)
    if 5 * len("".join(kana)) > han:
        han, other = 0, other + han
    if max(han, plain) <= other:
        return "other"
    return "zh" if han >= plain else "en"
