"""Owns one question whose answers nobody may tell apart yet: who still writes, and how they come to the screen."""

from collections.abc import Callable
from dataclasses import dataclass, field

from tui.arena.blind import Unveiling
from tui.chat.conversation import Conversation, FinishReason, Side
from tui.chat.events import Failed, Finished, Outdated, Restarted
from tui.widgets.pane import Pane


@dataclass(slots=True)
class Round:
    """A question whose answers nobody may tell apart; sides are players' here, `waited` for those that still write."""

    waited: set[Side]
    asked: tuple[Side, ...]
    ends: dict[Side, Finished | Failed] = field(default_factory=dict)
    remarks: list[tuple[Side, Outdated | Restarted]] = field(default_factory=list)
    """What there is to say of engines and weights files, held back since it tells the sides apart."""
    texts: dict[Side, str] = field(default_factory=dict)
    """What comes to the screen, by place; the left one first, since whose it is must not tell which comes first."""
    unveiling: Unveiling | None = None
    named: bool = False
    stopped: bool = False
    """Whether a stop was asked for, be it of an answer that counts no more: what was there tells a model's speed."""
    seconds: int = 0

    @property
    def failed(self) -> bool:
        """Whether a side failed."""
        return any(isinstance(each, Failed) for each in self.ends.values())

    @property
    def comes(self) -> bool:
        """Whether its answers are on their way to the screen."""
        return self.unveiling is not None and not self.unveiling.done

    def end(self, side: Side, event: Finished | Failed) -> None:
        """`side` writes no more."""
        self.ends[side] = event
        self.waited.discard(side)
        self.stopped |= isinstance(event, Finished) and event.reason is FinishReason.STOPPED

    def begin_again(self, sides: tuple[Side, ...]) -> None:
        """`sides` write another answer to it."""
        self.waited, self.asked, self.unveiling, self.seconds = set(sides), sides, None, 0

    def unveil(self, conversation: Conversation) -> None:
        """The answers that were asked for, the last ones of `conversation`, come to the screen from now on."""
        exchange = conversation.exchanges[-1]
        participants = {place: exchange.question.participant(place) for place in Side}
        self.texts = {place: exchange.answers[each].text for place, each in participants.items() if each in self.asked}
        names = (
            name for model in conversation.models.values() for name in (model.name, model.model, model.maker) if name
        )
        said = "\n".join(each.question.text for each in conversation.exchanges)
        self.unveiling = Unveiling(self.texts, names, said)

    def come_on(self, pane: Callable[[Side], Pane], *, whole: bool) -> None:
        """Shows a little more of them, or all the rest, in the panes that `pane` finds."""
        if self.unveiling is None:
            return
        for place, piece in (self.unveiling.rest() if whole else self.unveiling.step()).items():
            pane(place).write(piece)
        if self.unveiling.done:
            self.named = self.named or self.unveiling.named
            for place, text in self.texts.items():
                pane(place).close("" if text.strip() else "an empty answer")
