"""The leaderboard of an archive. It imports numpy: import it when a leaderboard opens."""

from tui.archive.store import Archive
from tui.archive.votes import JudgedAnswer, VoteRecord
from tui.arena.ratings.from_votes import rate
from tui.arena.ratings.language import language_of
from tui.arena.ratings.leaderboard import Leaderboard
from tui.arena.ratings.votes import Contender, Vote
from tui.chat.conversation import pace


def leaderboard(archive: Archive, *, blind: bool = False) -> Leaderboard:
    """Return the leaderboard of all votes in `archive`, or of the `blind` ones alone. Raises ArchiveError."""
    return rate([vote(record) for record in archive.votes() if record.judgment.blind or not blind])


def vote(record: VoteRecord) -> Vote:
    """Return the vote of `record` for the ratings."""
    return Vote(
        judgment=record.judgment,
        left=_contender(record.left),
        right=_contender(record.right),
        language=language_of(record.question),
        swapped=record.swapped,
        id=record.id,
    )


def _contender(answer: JudgedAnswer) -> Contender:
    return Contender(answer.model, answer.characters, pace(answer.tokens, answer.first_ms, answer.last_ms))
