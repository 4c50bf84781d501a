"""How far the loading of each side is."""

from collections.abc import Iterable, Iterator

from tui.chat.conversation import Side
from tui.chat.events import Failed, Loaded, LoadEvent


class LoadStates:
    """The last word on the loading of each side."""

    def __init__(self) -> None:
        self._loading: set[Side] = set()
        self._last: dict[Side, LoadEvent] = {}

    @property
    def loading(self) -> frozenset[Side]:
        """Return the sides that load now."""
        return frozenset(self._loading)

    @property
    def failed(self) -> bool:
        """Return whether a side has to be loaded again."""
        return any(isinstance(event, Failed) for event in self._last.values())

    def begin(self, sides: Iterable[Side]) -> None:
        """Note that `sides` begin to load."""
        for side in sides:
            self._loading.add(side)
            self._last.pop(side, None)

    def note(self, side: Side, event: LoadEvent) -> None:
        """Note how far `side` is, or that its engine is gone."""
        self._last[side] = event
        if isinstance(event, Loaded | Failed):
            self._loading.discard(side)

    def forget(self, side: Side) -> None:
        """Forget what is known of `side`: its model was replaced."""
        self._last.pop(side, None)

    def events(self, side: Side) -> Iterator[LoadEvent | None]:
        """Yield what shows the state of `side` anew; None stands for the beginning of a load."""
        if side in self._loading:
            yield None
        if side in self._last:
            yield self._last[side]

    def loaded_after(self, side: Side, failure: Failed) -> bool:
        """Return whether `side` was loaded again, or began to, after `failure`."""
        return failure.fatal and self._last.get(side) is not failure
