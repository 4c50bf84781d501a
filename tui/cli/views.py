"""Owns what `ask` prints: two live columns on a terminal, plain text in a pipe, or one JSON document."""

import json
from typing import assert_never

from rich.console import Console
from rich.text import Text

from tui.archive.transcript.export import answer_document
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
from tui.cli.ask import View
from tui.cli.columns import Columns
from tui.cli.progress import FetchReport
from tui.models.download.parent import FetchEvent, Verifying
from tui.session.memory_check import Selection
from tui.text import clean, clean_line


def view(out: Console, progress: Console, *, as_json: bool) -> View:
    """The view that suits where `out` goes; everything but answers goes to `progress`."""
    if as_json:
        return JsonView(out, progress)
    return ColumnsView(out, progress) if out.is_terminal else PlainView(out, progress)


class _Progress:
    """What all views share: fetching and loading, told on standard error."""

    def __init__(self, out: Console, progress: Console) -> None:
        self._out = out
        self._progress = progress
        self._report: FetchReport | None = None

    def fetched(self, selection: Selection, event: FetchEvent) -> None:
        """Shows a download."""
        self._report_on(selection.spec.name, event)

    def loaded(self, side: Side, selection: Selection, event: LoadEvent) -> None:
        """Tells of notes and failures while models load."""
        if isinstance(event, Checking):
            self._report_on(selection.spec.name, Verifying(event.done, event.total))
            return
        self._end_report()
        match event:
            case Loading():
                pass
            case Loaded(notes=notes):
                for note in notes:
                    self._say(f"{side} ({selection.spec.name}): {note}")
            case Failed(message=message):
                self._say(f"{side} ({selection.spec.name}): {message}")
            case _:
                assert_never(event)

    def begin(self, conversation: Conversation) -> None:
        """Nothing to show yet."""

    def answered(self, side: Side, event: ReplyEvent) -> None:
        """Tell of what the answers themselves do not say."""
        match event:
            case Checking(done=done, total=total):
                self._report_on(side.value, Verifying(done, total))
                return
            case Outdated(message=message):
                self._say(f"{side}: {message}")
            case Restarted(loaded=loaded):
                for note in loaded.notes:
                    self._say(f"{side}: {note}")
            case Finished(usage=usage) if usage.think_ignored:
                self._say(f"{side}: {THINK_IGNORED}")
            case _:
                pass
        self._end_report()

    def close(self) -> None:
        """Ends the bars."""
        self._end_report()

    def _say(self, sentence: str) -> None:
        self._progress.print(Text(f"duochat: {clean_line(sentence, limit=2000)}"), soft_wrap=True)

    def _report_on(self, name: str, event: FetchEvent) -> None:
        if self._report is None:
            self._report = FetchReport(self._progress)
            self._report.__enter__()
        self._report.show(name, event)

    def _end_report(self) -> None:
        if self._report is not None:
            self._report.__exit__(None, None, None)
            self._report = None


class QuietView(_Progress):
    """Nothing but what happens before the answers."""

    def end(self, conversation: Conversation, *, load_ms: float, wall_ms: float) -> None:
        """There is nothing to show."""


class JsonView(_Progress):
    """One JSON document at the end."""

    def end(self, conversation: Conversation, *, load_ms: float, wall_ms: float) -> None:
        """Prints the document."""
        exchange = conversation.exchanges[-1]
        document = {
            "prompt": exchange.question.text,
            "conversation": conversation.id,
            "load_ms": round(load_ms, 1),
            "wall_ms": round(wall_ms, 1),
            **{str(side): answer_document(answer) for side, answer in exchange.answers.items()},
        }
        self._out.file.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
        self._out.file.flush()


class PlainView(_Progress):
    """The left answer as it grows, then the right one: a pipe has only one end."""

    def __init__(self, out: Console, progress: Console) -> None:
        super().__init__(out, progress)
        self._held = ""
        self._left_ended = False
        self._headings: dict[Side, str] = {}

    def begin(self, conversation: Conversation) -> None:
        """Writes the left heading."""
        self._headings = {side: f"[{side}] {clean_line(model.name)}\n" for side, model in conversation.models.items()}
        self._write(self._headings[Side.LEFT])

    def answered(self, side: Side, event: ReplyEvent) -> None:
        """Writes the left side's text at once; the right side's when the left has ended."""
        super().answered(side, event)
        match event:
            case Delta(text=text, thinking=False):
                self._take(side, clean(text))
            case Recast():
                self._take_back(side)
            case Failed(message=message):
                self._take(side, f"\n(failed: {clean(message)})")
            case Finished(reason=reason) if reason is not FinishReason.STOP:
                self._take(side, f"\n({reason})")
            case _:
                pass
        if side is Side.LEFT and isinstance(event, Finished | Failed):
            self._left_ended = True
            self._write(f"\n\n{self._headings[Side.RIGHT]}{self._held}")

    def end(self, conversation: Conversation, *, load_ms: float, wall_ms: float) -> None:
        """Ends the last line."""
        self._write("\n")

    def _take(self, side: Side, text: str) -> None:
        if side is Side.LEFT or self._left_ended:
            self._write(text)
        else:
            self._held += text

    def _take_back(self, side: Side) -> None:
        """What is written already stays, and is called what it is."""
        if side is Side.LEFT or self._left_ended:
            self._write("\n(so far it was thinking)\n\n")
        else:
            self._held = ""

    def _write(self, text: str) -> None:
        self._out.file.write(text)
        self._out.file.flush()


class ColumnsView(_Progress):
    """Two columns: their ends while they grow, whole and as Markdown when both are done."""

    def __init__(self, out: Console, progress: Console) -> None:
        super().__init__(out, progress)
        self._columns: Columns | None = None
        self._remarks: list[str] = []

    def begin(self, conversation: Conversation) -> None:
        """Opens the columns."""
        self._columns = Columns(self._out, conversation)

    def answered(self, side: Side, event: ReplyEvent) -> None:
        """Let a column grow; what became of its engine is said below both in the end."""
        match event:
            case Outdated(message=message):
                self._remarks.append(f"{side}: {message}")
            case Restarted(loaded=loaded):
                self._remarks += (f"{side}: {note}" for note in loaded.notes)
            case _:
                pass
        if self._columns is not None:
            self._columns.take(side, event)

    def end(self, conversation: Conversation, *, load_ms: float, wall_ms: float) -> None:
        """Prints the whole answers."""
        if self._columns is not None:
            self._columns.end(dict(conversation.exchanges[-1].answers))
        for remark in self._remarks:
            self._say(remark)

    def close(self) -> None:
        """Gives the terminal back."""
        super().close()
        if self._columns is not None:
            self._columns.close()
