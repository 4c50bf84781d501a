"""Votes on the last two answers: what the vote bar shows, and what the session is told."""

from collections.abc import Callable
from dataclasses import replace

from tui.chat.conversation import Exchange
from tui.chat.judgment import across
from tui.session.session import RefusedError, Session
from tui.widgets.prompt import Prompt
from tui.widgets.vote_bar import JudgeBar, JudgeView, Line


class Voting:
    """Opens the vote bar, and hands what is said there to the session.

    `changed` is called when the bar opens or closes. A note and tags that are written before the vote go along with it.
    """

    def __init__(self, session: Session, bar: JudgeBar, prompt: Prompt, changed: Callable[[], None]) -> None:
        self._session = session
        self._judging = session.judging
        self._bar = bar
        self._prompt = prompt
        self._changed = changed
        self._draft = JudgeView()

    @property
    def is_open(self) -> bool:
        """Return whether the bar is shown."""
        return self._bar.display

    def toggle(self) -> None:
        """Open the bar for the last answers, or close it. Raises RefusedError."""
        if self._bar.has_focus_within and self._bar.asked_for:
            self.close()
            return
        exchange = self._judging.exchange
        if exchange is None:
            raise RefusedError("There are no two whole answers to the last question that could be judged.")
        self._bar.open(self._view_of(exchange), asked_for=True)

    def offer(self) -> None:
        """Ask which blind answer is better, unless the user already writes."""
        exchange = self._judging.exchange
        if exchange is not None and self._session.hidden and not self._prompt.text and self._prompt.has_focus:
            self._bar.open(self._view_of(exchange), asked_for=False)
            self._changed()

    def act(self, action: JudgeBar.Action) -> None:
        """Do what the user wants done in the bar."""
        match action:
            case JudgeBar.Voted(verdict=verdict) if self._judging.exchange is not None:
                self._judging.vote(verdict, note=self._draft.note, tags=_tags(self._draft.tags))
                self.close()
            case JudgeBar.Wrote(line=line, text=text):
                self._write(line, text)
            case JudgeBar.Undone():
                self._judging.undo()
            case JudgeBar.Revealed():
                self._judging.reveal()
                self.update()
            case JudgeBar.Closed():
                self.close()

    def _write(self, line: Line, text: str) -> None:
        """Save a note or tags with the vote, or keep them for the one to come."""
        exchange = self._judging.exchange
        if exchange is None:
            return
        if exchange.judgment is None and line == "note":
            self._draft = replace(self._draft, note=text)
        elif exchange.judgment is None:
            self._draft = replace(self._draft, tags=text)
        elif line == "note":
            self._judging.annotate(note=text)
        else:
            self._judging.annotate(tags=_tags(text))
        self.update()

    def update(self) -> None:
        """Show in the bar how things stand."""
        exchange = self._judging.exchange
        if exchange is not None:
            self._bar.show(self._view_of(exchange))

    def reset(self) -> None:
        """Close the bar: the next answers are on their way."""
        self._draft = JudgeView()
        self.close()

    def close(self) -> None:
        """Close the bar, and give the keyboard back to the prompt."""
        if self._bar.has_focus_within:
            self._prompt.focus()
        self._bar.display = False
        self._changed()

    def _view_of(self, exchange: Exchange) -> JudgeView:
        hidden, judgment = self._session.anything_hidden, exchange.judgment
        if judgment is None:
            return replace(self._draft, hidden=hidden)
        verdict = across(judgment.verdict, swapped=exchange.question.swapped)
        return JudgeView(verdict=verdict, hidden=hidden, note=judgment.note, tags=" ".join(judgment.tags))


def _tags(text: str) -> tuple[str, ...]:
    """Return the words of `text`, separated by commas or spaces, each once."""
    words = (word.strip("#") for word in text.replace(",", " ").split())
    return tuple(dict.fromkeys(word for word in words if word))
