"""The subsets of the votes that get standings of their own: by tag, by language, and blind votes."""

from collections.abc import Iterator, Sequence
from typing import Literal

from tui.arena.ratings.votes import Vote

Part = tuple[Literal["tag", "language", "blind"], str, list[Vote]]


def parts(votes: Sequence[Vote]) -> Iterator[Part]:
    """Yield every tag; every language, and blind votes and the others, where there are two kinds of them."""
    for tag in sorted({tag for vote in votes for tag in vote.judgment.tags}):
        yield "tag", tag, [vote for vote in votes if tag in vote.judgment.tags]
    languages = sorted({vote.language for vote in votes})
    for language in languages if len(languages) > 1 else ():
        yield "language", language, [vote for vote in votes if vote.language == language]
    for name, blind in (("yes", True), ("no", False)) if len({vote.judgment.blind for vote in votes}) > 1 else ():
        yield "blind", name, [vote for vote in votes if vote.judgment.blind == blind]
