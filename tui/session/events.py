"""What a session tells a front end: one tagged union, in terms of panes.

Whose answer is shown in which pane is decided before an event is emitted. A front end shows what it is told, and knows
nothing that the user must not know.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from tui.chat.conversation import Exchange, ModelInfo, PaneSide
from tui.chat.events import LoadEvent, ReplyEvent

Outcome = Literal["better", "tie", "both bad"]
"""How an answer was judged."""


@dataclass(frozen=True, slots=True)
class Signature:
    """What stands below an answer: the raw name of its model, None where the pane's title tells it, and its outcome."""

    name: str | None
    outcome: Outcome | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A question that was sent and waits: its `text`, and the panes whose models it is meant for."""

    text: str
    target: tuple[PaneSide, ...]


# Events of one pane


@dataclass(frozen=True, slots=True)
class ModelShown:
    """The pane belongs to `model` from now on; None while names are hidden."""

    pane: PaneSide
    model: ModelInfo | None


@dataclass(frozen=True, slots=True)
class HistoryShown:
    """The whole conversation so far, for its part in this pane."""

    pane: PaneSide
    exchanges: tuple[Exchange, ...]


@dataclass(frozen=True, slots=True)
class LoadStarted:
    """The model begins to load."""

    pane: PaneSide


@dataclass(frozen=True, slots=True)
class LoadProgressed:
    """How far the model is with loading."""

    pane: PaneSide
    event: LoadEvent


@dataclass(frozen=True, slots=True)
class StateShown:
    """The pane shows `state` and no figure: the same in both panes, while names are hidden."""

    pane: PaneSide
    state: str


@dataclass(frozen=True, slots=True)
class QuestionShown:
    """`text` was put to the model; `follow` brings it into view."""

    pane: PaneSide
    text: str
    follow: bool


@dataclass(frozen=True, slots=True)
class RegenerationShown:
    """The last question was put to the model once more."""

    pane: PaneSide


@dataclass(frozen=True, slots=True)
class AnswerHeld:
    """The answer is held back until both are complete."""

    pane: PaneSide


@dataclass(frozen=True, slots=True)
class NotAsked:
    """The question, or the regeneration, that was just shown reaches no model: it could not be saved."""

    pane: PaneSide


@dataclass(frozen=True, slots=True)
class AnswerProgressed:
    """How the answer goes; `shared` is whether the other model computes at the same time."""

    pane: PaneSide
    event: ReplyEvent
    shared: bool


@dataclass(frozen=True, slots=True)
class TurnRevealed:
    """The exchange at `turn` (from 0, in this pane) is shown with all that is known of it."""

    pane: PaneSide
    turn: int
    exchange: Exchange


@dataclass(frozen=True, slots=True)
class Signed:
    """What stands below the answers at these turns."""

    pane: PaneSide
    signatures: Mapping[int, Signature]


PaneEvent = (
    ModelShown
    | HistoryShown
    | LoadStarted
    | LoadProgressed
    | StateShown
    | QuestionShown
    | RegenerationShown
    | AnswerHeld
    | NotAsked
    | AnswerProgressed
    | TurnRevealed
    | Signed
)


# Events of the whole session


@dataclass(frozen=True, slots=True)
class ExchangeStarted:
    """A question was put to the models, or put again: what belongs to the last answers is over."""


@dataclass(frozen=True, slots=True)
class AnswersReleased:
    """Both blind answers are complete: `texts` are what the panes show of them, with names masked."""

    texts: Mapping[PaneSide, str]


@dataclass(frozen=True, slots=True)
class QueueChanged:
    """The questions that wait, the next one first."""

    waiting: tuple[Waiting, ...]


@dataclass(frozen=True, slots=True)
class TargetChanged:
    """The panes whose models the next questions are for."""

    target: tuple[PaneSide, ...]


@dataclass(frozen=True, slots=True)
class QuestionReturned:
    """A question that was not asked, for the user to have back; `reason` says why, where no other event does."""

    text: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class SavingFailed:
    """The archive did not take an answer or a vote: one sentence with the next step, raw."""

    message: str


@dataclass(frozen=True, slots=True)
class JudgingChanged:
    """What can be judged, or what is hidden, may have changed."""


@dataclass(frozen=True, slots=True)
class DefectMet:
    """An exception that never should occur."""

    error: BaseException


SessionEvent = (
    PaneEvent
    | ExchangeStarted
    | AnswersReleased
    | QueueChanged
    | TargetChanged
    | QuestionReturned
    | SavingFailed
    | JudgingChanged
    | DefectMet
)
