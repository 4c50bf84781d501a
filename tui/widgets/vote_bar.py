"""The bar in which the user votes: one key a verdict, a note, tags."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from tui.chat.judgment import Verdict
from tui.text import clean, clean_line

Line = Literal["note", "tags"]

_WORDS = {Verdict.LEFT: "left is better", Verdict.RIGHT: "right is better", Verdict.TIE: "a tie"}
_VERDICTS = {"judge.left": "left", "judge.right": "right", "judge.tie": "tie", "judge.bad": "both bad"}
_ARROWS = {"left": "←", "right": "→", "up": "↑", "down": "↓", "escape": "Esc"}
NOTE_AT_MOST = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeView:
    """The content of the bar: `verdict` is the present one, by pane; `hidden` is whether there are names to show."""

    verdict: Verdict | None = None
    hidden: bool = False
    note: str = ""
    tags: str = ""


class JudgeBar(Horizontal, can_focus=True):
    """A line between the answers and the prompt for a vote on the last question, by pane.

    While it has opened by itself, only keys that write nothing vote. Whatever else is typed goes to the prompt.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,1", "vote('left')", "The left answer is better", id="judge.left", show=False),
        Binding("right,2", "vote('right')", "The right answer is better", id="judge.right", show=False),
        Binding("up,equals_sign", "vote('tie')", "A tie", id="judge.tie", show=False),
        Binding("down,0", "vote('both bad')", "Both are bad", id="judge.bad", show=False),
        Binding("n", "write('note')", "A note on it", id="judge.note", show=False),
        Binding("t", "write('tags')", "Tags, such as: code, math", id="judge.tags", show=False),
        Binding("u", "undo", "Take the verdict back", id="judge.undo", show=False),
        Binding("r", "reveal", "Show all names, without a blind vote", id="judge.reveal", show=False),
        Binding("escape", "close", "Later", id="judge.close", show=False),
    ]

    class Action(Message):
        """Something the user did here."""

    @dataclass
    class Voted(Action):
        """The user said which answer is better, left and right being panes."""

        verdict: Verdict

    @dataclass
    class Wrote(Action):
        """The user wrote a note, or tags."""

        line: Line
        text: str

    class Undone(Action):
        """The user takes the verdict back."""

    class Revealed(Action):
        """The user wants to see the names."""

    class Closed(Action):
        """The user is done here."""

    def __init__(self, keys: Mapping[str, str], type_on: Callable[[events.Key], None]) -> None:
        self._type_on = type_on
        self.asked_for = False
        """Whether the person opened it."""
        self._line: Line | None = None
        super().__init__(id="judge")
        own = {each.id: each.key for each in self.BINDINGS if isinstance(each, Binding) and each.id}
        self._keys = {name: _shown(keys.get(name, key)) for name, key in own.items()}
        self._view = JudgeView()

    def compose(self) -> ComposeResult:
        """Yield the choices, and the line that a note is written in."""
        yield Static("", classes="choices")
        yield Static("", classes="label")
        yield Input(compact=True, max_length=NOTE_AT_MOST, select_on_focus=False)

    def open(self, view: JudgeView, *, asked_for: bool) -> None:
        """Show `view` and take the keyboard."""
        self.asked_for = asked_for
        self.show(view)
        self.display = True
        self.focus()

    def show(self, view: JudgeView) -> None:
        """Show `view`."""
        self._view = view
        self._paint()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave the keys to the line while a note is written."""
        if self._line is not None and action in {"vote", "write", "undo", "reveal"}:
            return False
        if action == "undo":
            return self._view.verdict is not None
        return self._view.hidden if action == "reveal" else True

    def post_message(self, message: Message) -> bool:
        """Hand on what is typed, unless the user opened the bar.

        It is done here, as the app hands the key over: once it waited in a queue, the next ones could overtake it.
        """
        if isinstance(message, events.Key) and message.is_printable and self._line is None and not self.asked_for:
            self._type_on(message)
            return True
        return super().post_message(message)

    def action_vote(self, verdict: str) -> None:
        """Vote."""
        self.post_message(self.Voted(Verdict(verdict)))

    def action_write(self, line: Line) -> None:
        """Let the user write a note, or tags."""
        self._line = line
        field = self.query_one(Input)
        field.value = self._view.note if line == "note" else self._view.tags
        field.cursor_position = len(field.value)
        self._paint()
        field.focus()

    @on(Input.Submitted)
    def keep_line(self, event: Input.Submitted) -> None:
        """Take what was written."""
        event.stop()
        if self._line is not None:
            self.post_message(self.Wrote(self._line, clean(event.value).strip()))
        self._leave_line()

    def action_undo(self) -> None:
        """Take the verdict back."""
        self.post_message(self.Undone())

    def action_reveal(self) -> None:
        """Show the names."""
        self.post_message(self.Revealed())

    def action_close(self) -> None:
        """Leave the line, or the bar."""
        if self._line is not None:
            self._leave_line()
        else:
            self.post_message(self.Closed())

    def _leave_line(self) -> None:
        self._line = None
        self._paint()
        self.focus()

    def _paint(self) -> None:
        self.set_class(self._line is not None, "-writing")
        self.query_one(".choices", Static).update(Content("  ").join(self._choices()))
        self.query_one(".label", Static).update(Content(self._line or ""))

    def _choices(self) -> list[Content]:
        view, verdict = self._view, self._view.verdict
        remarks = [
            self._key("judge.note", _marked("note", view.note)),
            self._key("judge.tags", _marked("tags", view.tags)),
        ]
        names = [self._key("judge.reveal", "names")] if view.hidden else []
        if verdict is not None:
            change = "".join(self._keys[name] for name in _VERDICTS)
            said = Content.styled(f"✓ {_WORDS.get(verdict, verdict.value)}", "bold $foreground")
            return [
                said,
                self._key("judge.undo", "undo"),
                *remarks,
                *names,
                _told(change, "change"),
                self._key("judge.close", "back"),
            ]
        asks = Content.styled("Better?" if self.asked_for else "Which is better?", "bold $foreground")
        verdicts = [self._key(name, what) for name, what in _VERDICTS.items()]
        if self.asked_for:
            verdicts[-1] = self._key("judge.bad", "bad")
        return [asks, *verdicts, *([*remarks, *names] if self.asked_for else []), self._key("judge.close", "later")]

    def _key(self, name: str, what: str) -> Content:
        return _told(self._keys[name], what)


def _told(key: str, what: str) -> Content:
    return Content.assemble((key, "$foreground bold"), (f" {what}", "$quiet"))


def _marked(name: str, text: str) -> str:
    return f"{name} ✓" if clean_line(text) else name


def _shown(keys: str) -> str:
    """Return the first of `keys` in a cell or a few."""
    first = keys.partition(",")[0].strip()
    parts = (_ARROWS.get(part, part.capitalize()) for part in first.split("+"))
    return first if len(first) == 1 else "+".join(parts)
