"""Owns how far the loading of each side is, and how that is shown in a pane."""

from collections.abc import Iterable

from tui.chat.conversation import Side
from tui.chat.events import Failed, Loaded, LoadEvent, ReplyEvent
from tui.widgets.pane import Pane


class Loads:
    """What is known of the loading of both sides."""

    def __init__(self) -> None:
        self._under_way: set[Side] = set()
        self._said: dict[Side, LoadEvent] = {}

    @property
    def under_way(self) -> bool:
        """Whether a side is being loaded."""
        return bool(self._under_way)

    @property
    def failed(self) -> bool:
        """Whether a side has to be loaded again."""
        return any(isinstance(each, Failed) for each in self._said.values())

    def begin(self, sides: Iterable[Side]) -> None:
        """`sides` are being loaded from now on."""
        for side in sides:
            self._under_way.add(side)
            self._said.pop(side, None)

    def hear(self, side: Side, event: LoadEvent) -> None:
        """`side` got on with its loading, or its engine is gone."""
        self._said[side] = event
        if isinstance(event, Loaded | Failed):
            self._under_way.discard(side)

    def forget(self, side: Side) -> None:
        """Another model sits on `side` now."""
        self._said.pop(side, None)

    def show(self, side: Side, pane: Pane) -> None:
        """Shows in `pane` how far `side` is."""
        if side in self._under_way:
            pane.begin_loading()
        if side in self._said:
            pane.hear_load(self._said[side])

    def show_since(self, side: Side, end: ReplyEvent, pane: Pane) -> None:
        """Shows the same where `side`, whose answer ended so, has been, or is being, loaded again since."""
        if isinstance(end, Failed) and end.fatal and self._said.get(side) is not end:
            pane.begin_loading()
            self.show(side, pane)
