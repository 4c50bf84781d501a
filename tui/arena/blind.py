"""Owns what makes a comparison blind: who is dealt where, and two answers shown together, masked and at one pace."""

import secrets
from collections.abc import Iterable, Mapping
from math import ceil

from tui.arena.masking import Mask
from tui.chat.conversation import Side

STEP_S = 0.1
"""Seconds from one step of an unveiling to the next."""
PACE = 40
"""Characters of each answer that a step shows at least."""
STEPS_AT_MOST = 60
"""Steps after which even the longest answer is there."""


def deal() -> bool:
    """Whether each side's answer to the next question is shown on the other side; nothing foretells it."""
    return bool(secrets.randbits(1))


class Unveiling:
    """Two whole answers on their way to the screen, neither faster than the other.

    `texts` are theirs, raw, by whatever place they are shown in; `players` and `question` are as in `Mask`.
    """

    def __init__(self, texts: Mapping[Side, str], participants: Iterable[str], question: str) -> None:
        known = tuple(participants)
        self._texts = dict(texts)
        self._masks = {place: Mask(known, question, text) for place, text in texts.items()}
        self._longest = max(map(len, texts.values()), default=0)
        self._pace = max(PACE, ceil(self._longest / STEPS_AT_MOST))
        self._at = 0
        self.done = False
        """Whether all of both answers was handed out."""

    @property
    def named(self) -> bool:
        """Whether an answer, as far as it was handed out, had a name that was hidden."""
        return any(mask.named for mask in self._masks.values())

    def step(self) -> dict[Side, str]:
        """What each place shows next."""
        return self._up_to(self._at + self._pace)

    def rest(self) -> dict[Side, str]:
        """All that each place does not show yet."""
        return self._up_to(self._longest)

    def _up_to(self, end: int) -> dict[Side, str]:
        """Nothing is handed out twice: at the end, what a mask still holds comes along."""
        if self.done:
            return dict.fromkeys(self._texts, "")
        begin, self._at = self._at, end
        self.done = end >= self._longest
        return {
            place: mask.feed(self._texts[place][begin:end]) + (mask.end() if self.done else "")
            for place, mask in self._masks.items()
        }
