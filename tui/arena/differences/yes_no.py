"""The yes or no with which an answer begins."""

import re

from tui.arena.differences.facts import Fact, Kind

_LEAD = (
    r"[\s*_#>\"'“(]*+(?:(?:the\s+)?(?:short\s+|final\s+|correct\s+)?answer(?:\s+is)?\s*[:：]?|(?:最终)?(?:答案|回答)\s*(?:是|为)?\s*[:：]?)?"
    r"[\s*_\"'“‘「]*+"
)
_YES = (
    r"yes|yeah|yep|true|correct|right|indeed|absolutely|certainly|of course|是的|是|对的|对|正确|没错|可以|能|会|当然"
)
_NO = r"no|nope|false|incorrect|wrong|not really|不是的?|不对|否|不正确|错误|错|不可以|不能|不会|并非|不"
_GOES_ON = r"\s+(?:it|that|this|he|she|they|there|you|we|i|the|because|since)\b"
_END = rf"(?=[\s*_\"'”’」)]*(?:[,.;:!?，。；：！？、\n—–-]|$|{_GOES_ON}))"
_VERDICT = re.compile(rf"\A{_LEAD}(?P<verdict>(?P<no>{_NO})|(?P<yes>{_YES})){_END}", re.IGNORECASE)


def verdict(text: str) -> Fact | None:
    """Return the yes or no with which an answer begins, in English or Chinese."""
    found = _VERDICT.match(text)
    if found is None:
        return None
    return Fact(*found.span("verdict"), Kind.VERDICT, "no" if found["no"] else "yes")
