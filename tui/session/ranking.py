"""The leaderboard of an archive. It imports numpy: import it when a leaderboard opens."""

from tui.archive.store import Archive
from tui.archive.votes import Ballot, Stand
from tui.arena.ratings.from_votes import rate
from tui.arena.ratings.language import language_of
from tui.arena.ratings.leaderboard import Leaderboard
from tui.arena.ratings.votes import Contender, Vote
from tui.chat.conversation import pace


def leaderboard(archive: Archive, *, blind: bool = False) -> Leaderboard:
    """What all votes in `archive` say, or with `blind` the blind ones alone. Raises ArchiveError."""
    return rate([vote(ballot) for ballot in archive.ballots() if ballot.judgment.blind or not blind])


def vote(ballot: Ballot) -> Vote:
    """The vote that a ballot is."""
    return Vote(
        judgment=ballot.judgment,
        left=_contender(ballot.left),
        right=_contender(ballot.right),
        language=language_of(ballot.question),
        swapped=ballot.swapped,
        id=ballot.id,
    )


def _contender(stand: Stand) -> Contender:
    return Contender(stand.model, stand.characters, pace(stand.tokens, stand.first_ms, stand.last_ms))
