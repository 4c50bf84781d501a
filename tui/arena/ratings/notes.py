"""Remarks on ratings: too few votes, and what the votes leave undecided."""

from collections.abc import Sequence

from tui.arena.ratings.leaderboard import Row
from tui.arena.ratings.votes import Vote
from tui.chat.judgment import Verdict

LEAST_VOTES = 10
"""Below it a model's rating says little but who happened to be asked what."""
WIDE = 50.0
"""Rating points: models that are known to be this close win between 43 and 57 of 100 votes against each other."""


def doubt(row: Row, size: int) -> str | None:
    """Why there are too few votes to say how strong a model is in a group of `size`; None where there are enough."""
    if row.tally.votes < LEAST_VOTES:
        return f"Too few votes to say: {_many(row.tally.votes, 'vote')}, and {LEAST_VOTES} are the least."
    if row.tally.wins == row.tally.votes:
        return "Too few votes to say: it has won every vote, so nothing shows how much stronger it is."
    if row.tally.losses == row.tally.votes:
        return "Too few votes to say: it has lost every vote, so nothing shows how much weaker it is."
    if not row.finite:
        return "Too few votes to say: nothing shows how far it is from the models that set the scale."
    if (row.best, row.worst) == (1, size) and row.rating.high - row.rating.low > WIDE:
        return f"Too few votes to say: its rank may be any from 1 to {size}."
    return None


def notes(rows: Sequence[Row], votes: Sequence[Vote]) -> tuple[str, ...]:
    """Return what a reader of the standings must know, as sentences."""
    found = (_groups(rows), _finite(rows), _both_bad(votes), _open(votes), _masked(votes))
    return tuple(note for note in found if note)


def same_model(number: int) -> str:
    """Return what is said of votes between a model and itself."""
    return f"{_many(number, 'vote')} between a model and itself not counted."


def _groups(rows: Sequence[Row]) -> str | None:
    many = max((row.group for row in rows), default=1)
    if many == 1:
        return None
    return (
        f"These models form {many} groups that have not met, directly or through others: "
        "ratings of different groups cannot be compared yet."
    )


def _finite(rows: Sequence[Row]) -> str | None:
    if all(row.finite for row in rows):
        return None
    return (
        "Some models have won or lost every vote against the others, so votes alone give them no finite rating: "
        "a few ties (at most one a model) were lent to them, and their ratings are cautious guesses."
        + (" The others set the scale." if any(row.finite for row in rows) else "")
    )


def _both_bad(votes: Sequence[Vote]) -> str | None:
    number = sum(vote.judgment.verdict is Verdict.BOTH_BAD for vote in votes)
    return f"{_many(number, 'vote')} called both answers bad; for the ratings that is a tie." if number else None


def _open(votes: Sequence[Vote]) -> str | None:
    number = sum(not vote.judgment.blind for vote in votes)
    return f"{number} of {_many(len(votes), 'vote')} given with the names in view." if number else None


def _masked(votes: Sequence[Vote]) -> str | None:
    number = sum(vote.judgment.blind and vote.judgment.masked for vote in votes)
    where = f"In {_many(number, 'blind vote')}"
    return f"{where} an answer named a model or its maker; the name was hidden." if number else None


def _many(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
