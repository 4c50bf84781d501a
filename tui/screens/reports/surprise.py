"""The perplexity of each model's last answer under the other one, shown while it is computed."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import aclosing, suppress
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Grid, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Static
from textual.worker import Worker, WorkerCancelled

from tui.arena.stats.perplexity import Word, most_surprising, surprise_of, words
from tui.chat.conversation import Side
from tui.session.cross_scoring import Read, Step, read_answers
from tui.session.duo import Duo
from tui.text import clean, clean_line

_TOLD = 10
"""How many of the words that surprised most are told."""

_MARKS = ((12, "bold on $warning 45%"), (8, "on $warning 30%"), (4, "on $warning 15%"))
"""From how many bits on a word is marked, and how."""

_MEANING = (
    "How likely each model finds what was written, after all that it had heard itself: the fewer bits per byte, the "
    "likelier. Tokenizers do not distort that."
)


class SurpriseScreen(ModalScreen[None]):
    """Lets both models of `duo`, loaded and idle, read both last answers, and shows what they make of them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter", "close", "Close", id="close-surprise", show=False),
    ]

    def __init__(self, duo: Duo) -> None:
        super().__init__()
        self._duo = duo
        self._conversation = duo.conversation
        exchange = self._conversation.exchanges[-1]
        self._question = exchange.question
        self._names = _names({self._place(side): answer.model.name for side, answer in exchange.answers.items()})
        self._lines = {place: Static() for place in Side}
        self._reading: Worker[None] | None = None

    def _place(self, side: Side) -> Side:
        """Return the side that is called like the pane of `side`."""
        return Side(self._question.pane(side))

    def compose(self) -> ComposeResult:
        """One page that scrolls, with a line for each model until both have read."""
        with VerticalScroll() as page:
            page.border_title = "How surprised is each by the other's answer?"
            page.border_subtitle = "Esc closes"
            yield from self._lines.values()

    def on_mount(self) -> None:
        """Let both read."""
        for place in Side:
            self._say(place, "reads…")
        self._reading = self._read()

    async def action_close(self) -> None:
        """Close the view once neither model reads any more, so that both can be asked again."""
        if self._reading is not None and not self._reading.is_finished:
            self.query_one(VerticalScroll).border_subtitle = "Stopping…"
            self._reading.cancel()
            with suppress(WorkerCancelled):
                await self._reading.wait()
        self.dismiss()

    @work
    async def _read(self) -> None:
        last = len(self._conversation.exchanges) - 1
        async with aclosing(read_answers(self._duo, self._conversation, only=last, tell=self._tell)) as reads:
            found = {(self._place(read.reader), self._place(read.writer or read.reader)): read async for read in reads}
        if not self.display:
            return  # on its way out, and its page may be gone
        page = self.query_one(VerticalScroll)
        await page.remove_children()
        await page.mount(Static(Content.styled(_MEANING, "$quiet")), Grid(*self._figures(found)), *self._texts(found))

    def _tell(self, step: Step) -> None:
        whose = "its own answer" if step.writer is step.reader else "the other's answer"
        self._say(self._place(step.reader), f"reads {whose}: {step.done:,} of {step.total:,} tokens")

    def _say(self, place: Side, doing: str) -> None:
        self._lines[place].update(Content.assemble(self._who(place), f" {doing}"))

    def _who(self, place: Side) -> tuple[str, str]:
        return self._names[place], f"bold ${place}"

    def _figures(self, found: Mapping[tuple[Side, Side], Read]) -> Iterator[Widget]:
        """Yield who wrote across, who read down."""
        yield Static(Content.styled("bits per byte", "$quiet"))
        for writer in Side:
            yield Static(Content.assemble(self._who(writer), " wrote"))
        for reader in Side:
            yield Static(Content.assemble(self._who(reader), " read"))
            for writer in Side:
                surprise = surprise_of(found[reader, writer].scores)
                yield Static(Content(f"{surprise.bits_per_byte:.3f}" if surprise.tokens else "-"))

    def _texts(self, found: Mapping[tuple[Side, Side], Read]) -> Iterator[Widget]:
        """Yield what went wrong, then each answer as the other model read it."""
        troubles = {(reader, read.trouble): None for (reader, _), read in found.items() if read.trouble}
        for reader, trouble in troubles:
            yield Static(Content.assemble(self._who(reader), (f": {clean(trouble or '')}", "$text-error")))
        yield Static(_legend())
        for writer in Side:
            read = found[writer.other, writer]
            met = words(read.text, read.scores)
            told = " · ".join(f"{clean_line(word.text, 40)} {word.bits:.1f}" for word in most_surprising(met, _TOLD))
            heading = (self._who(writer), " wrote, ", self._who(writer.other), " read:\n")
            most = (f"\nmost surprising (bits): {told or '-'}", "$quiet")
            yield Static(Content.assemble(*heading, _marked(read.text, met), most))


def _names(names: Mapping[Side, str]) -> Mapping[Side, str]:
    """Return what each side is called, told apart where both are the same."""
    shown = {place: clean_line(name, 40) for place, name in names.items()}
    alike = len(set(shown.values())) < len(shown)
    return {place: f"{name} ({place})" if alike else name for place, name in shown.items()}


def _legend() -> Content:
    likely = ((f" 1 in {2**bits:,} ", style) for bits, style in reversed(_MARKS))
    return Content.assemble(("Marked words seemed no likelier than ", "$quiet"), *likely)


def _marked(text: str, met: Sequence[Word]) -> Content:
    """`text` with each word marked by how much it surprised; words stand at bytes of it."""
    raw = text.encode("utf-8", "surrogatepass")
    parts: list[tuple[str, str] | str] = []
    at = 0
    for word in met:
        style = next((style for bits, style in _MARKS if word.bits >= bits), None)
        if style is not None:
            end = word.start + len(word.text.encode("utf-8", "surrogatepass"))
            parts += [_decoded(raw[at : word.start]), (_decoded(raw[word.start : end]), style)]
            at = end
    return Content.assemble(*parts, _decoded(raw[at:]))


def _decoded(raw: bytes) -> str:
    return clean(raw.decode("utf-8", "surrogatepass"))
