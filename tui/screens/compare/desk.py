"""Owns what all parts of the main screen work with: the talk, both panes, the prompt, and the keys by their ids."""

from collections.abc import Mapping

from textual.binding import Binding

from tui.chat.conversation import Side
from tui.screens.base import BaseScreen
from tui.screens.compare.curtain import Curtain
from tui.screens.compare.talk import Talk
from tui.screens.help import key_name
from tui.widgets.pane import Pane
from tui.widgets.prompt import Prompt
from tui.widgets.vote_bar import JudgeBar


class Desk(BaseScreen[None]):
    """A screen with two panes and a prompt; `CompareScreen` is put together of such."""

    # Keys pressed before the screen stands there wait for it; a widget with the keyboard would get later ones first.
    AUTO_FOCUS = ""

    _talk: Talk
    _curtain: Curtain
    _keys: Mapping[str, str]

    @property
    def _prompt(self) -> Prompt:
        return self.query_one(Prompt)

    def _take_keyboard(self) -> None:
        """Gives the keyboard to the prompt as soon as no key waits for this screen any more."""
        if self.message_queue_size:
            self.call_later(self._take_keyboard)
        elif self.focused is None:
            self.set_focus(self._prompt)

    def _pane(self, side: Side) -> Pane:
        return self.query_one(f"#{side}", Pane)

    def _key(self, name: str) -> str:
        """The first key of the binding with the id `name`, as the user has bound it."""
        parts = (each.__dict__.get("BINDINGS", ()) for each in (*type(self).__mro__, Prompt, JudgeBar))
        own = {each.id: each.key for part in parts for each in part if isinstance(each, Binding)}
        return key_name(self._keys.get(name, own[name]).partition(",")[0])

    def _alone(self, asked: int) -> bool:
        """Whether so few sides may not be asked now, and says so: one alone would be told by how long it takes."""
        alone = asked < len(Side) and self._curtain.hidden
        if alone:
            self._warn("While names are hidden, both are asked: how long one takes alone would tell which it is.")
        return alone

    def _warn(self, sentence: str) -> None:
        """Says in passing why something was not done."""
        self.notify(sentence, severity="warning", markup=False)
