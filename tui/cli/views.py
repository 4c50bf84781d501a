"""What `ask` prints: two live columns on a terminal, plain text in a pipe, or one JSON document."""

from typing import TYPE_CHECKING, assert_never

from rich.console import Console
from rich.text import Text

from tui.archive.transcript import labels
from tui.archive.transcript.json_writer import answer_document
from tui.chat.conversation import Conversation, FinishReason, Side
from tui.chat.events import (
    Checking,
    Delta,
    Failed,
    Finished,
    Loaded,
    LoadEvent,
    Loading,
    Outdated,
    Recast,
    ReplyEvent,
    Restarted,
)
from tui.chat.generation_settings import THINK_IGNORED
from tui.cli.output import print_json
from tui.cli.progress import FetchReport
from tui.models.download.parent import FetchEvent, Verifying
from tui.session.memory_check import Selection
from tui.text import clean, clean_line

if TYPE_CHECKING:
    from tui.cli.columns import Columns


def view_for(out: Console, err: Console, *, as_json: bool) -> "View":
    """Return the view that suits `out`; everything but the answers is printed on `err`."""
    if as_json:
        return JsonView(out, err)
    return ColumnsView(out, err) if out.is_terminal else PlainView(out, err)


class View:
    """Shows how models are fetched and loaded and what happens to their engines, on standard error.

    It shows no answers: its subclasses do.
    """

    def __init__(self, out: Console, err: Console) -> None:
        self._out = out
        self._err = err
        self._bars: FetchReport | None = None

    def fetched(self, selection: Selection, event: FetchEvent) -> None:
        """Show an event of a download."""
        self._show_progress(selection.spec.name, event)

    def loaded(self, side: Side, selection: Selection, event: LoadEvent) -> None:
        """Show an event of a model that loads."""
        if isinstance(event, Checking):
            self._show_progress(selection.spec.name, Verifying(event.done, event.total))
            return
        self._end_progress()
        match event:
            case Loading():
                pass
            case Loaded(notes=notes):
                for note in notes:
                    self._print(f"{side} ({selection.spec.name}): {note}")
            case Failed(message=message):
                self._print(f"{side} ({selection.spec.name}): {message}")
            case _:
                assert_never(event)

    def begin(self, conversation: Conversation) -> None:
        """Begin to show the answers."""

    def answered(self, side: Side, event: ReplyEvent) -> None:
        """Show an event of an answer."""
        match event:
            case Checking(done=done, total=total):
                self._show_progress(side.value, Verifying(done, total))
                return
            case Outdated(message=message):
                self._print(f"{side}: {message}")
            case Restarted(loaded=loaded):
                for note in loaded.notes:
                    self._print(f"{side}: {note}")
            case Finished(usage=usage) if usage.think_ignored:
                self._print(f"{side}: {THINK_IGNORED}")
            case _:
                pass
        self._end_progress()

    def end(self, conversation: Conversation, *, load_ms: float, wall_ms: float) -> None:
        """Show that both answers have ended."""

    def close(self) -> None:
        """End the progress bars; may be called at any time."""
        self._end_progress()

    def _print(self, sentence: str) -> None:
        self._err.print(Text(f"duochat: {clean_line(sentence, limit=2000)}"), soft_wrap=True)

    def _show_progress(self, name: str, event: FetchEvent) -> None:
        self._bars = self._bars or FetchReport(self._err)
        self._bars.show(name, event)

    def _end_progress(self) -> None:
        if self._bars is not None:
            self._bars.close()
            self._bars = None


class JsonView(View):
    """Prints one JSON document at the end."""

    def end(self, conversation: Conversation, *, load_ms: float, wall_ms: float) -> None:
        """Print the document."""
        exchange = conversation.exchanges[-1]
        document = {
            "prompt": exchange.question.text,
            "conversation": conversation.id,
            "load_ms": round(load_ms, 1),
            "wall_ms": round(wall_ms, 1),
            **{str(side): answer_document(answer) for side, answer in exchange.answers.items()},
        }
        print_json(self._out.file, document)


class PlainView(View):
    """Prints the left answer as it grows, then the right one: plain text has no columns."""

    def __init__(self, out: Console, err: Console) -> None:
        super().__init__(out, err)
        self._held = ""
        self._left_ended = False
        self._headings: dict[Side, str] = {}

    def begin(self, conversation: Conversation) -> None:
        """Print the left heading."""
        self._headings = {side: f"[{side}] {clean_line(model.name)}\n" for side, model in conversation.models.items()}
        self._write(self._headings[Side.LEFT])

    def answered(self, side: Side, event: ReplyEvent) -> None:
        """Print the left side's text at once, and the right side's after the left one has ended."""
        super().answered(side, event)
        match event:
            case Delta(text=text, thinking=False):
                self._take(side, clean(text))
            case Recast():
                self._take_back(side)
            case Failed(message=message):
                self._take(side, f"\n(Failed: {clean(message)})")
            case Finished(reason=reason) if reason is not FinishReason.STOP:
                self._take(side, f"\n({labels.ending(reason)})")
            case _:
                pass
        if side is Side.LEFT and isinstance(event, Finished | Failed):
            self._left_ended = True
            self._write(f"\n\n{self._headings[Side.RIGHT]}{self._held}")

    def end(self, conversation: Conversation, *, load_ms: float, wall_ms: float) -> None:
        """End the last line."""
        self._write("\n")

    def _take(self, side: Side, text: str) -> None:
        if side is Side.LEFT or self._left_ended:
            self._write(text)
        else:
            self._held += text

    def _take_back(self, side: Side) -> None:
        """Drop the text that turned out to be thinking; text that is printed already is labeled so."""
        if side is Side.LEFT or self._left_ended:
            self._write("\n(the text above is thinking)\n\n")
        else:
            self._held = ""

    def _write(self, text: str) -> None:
        self._out.file.write(text)
        self._out.file.flush()


class ColumnsView(View):
    """Prints two columns: their last lines while they grow, both whole and as Markdown at the end."""

    def __init__(self, out: Console, err: Console) -> None:
        super().__init__(out, err)
        self._columns: Columns | None = None
        self._notes: list[str] = []

    def begin(self, conversation: Conversation) -> None:
        """Open the columns."""
        from tui.cli.columns import Columns

        self._columns = Columns(self._out, conversation)

    def answered(self, side: Side, event: ReplyEvent) -> None:
        """Extend a column; notes on its engine are printed below both columns at the end."""
        match event:
            case Outdated(message=message):
                self._notes.append(f"{side}: {message}")
            case Restarted(loaded=loaded):
                self._notes += (f"{side}: {note}" for note in loaded.notes)
            case _:
                pass
        if self._columns is not None:
            self._columns.take(side, event)

    def end(self, conversation: Conversation, *, load_ms: float, wall_ms: float) -> None:
        """Print both answers whole."""
        if self._columns is not None:
            self._columns.end(dict(conversation.exchanges[-1].answers))
        for note in self._notes:
            self._print(note)

    def close(self) -> None:
        """Give the terminal back."""
        super().close()
        if self._columns is not None:
            self._columns.close()
