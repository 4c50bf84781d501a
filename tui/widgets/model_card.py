"""The card of a model: its maker, license, size and memory."""

from textual import events, on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui.amounts import size
from tui.models.catalogue.spec import ModelSpec
from tui.text import clean_line

_LOW = 9
"""With fewer rows, the facts are shown beside each other."""
_APART = "  "


def facts(spec: ModelSpec, memory: int | None) -> list[tuple[str, str]]:
    """Return the known facts of `spec` with their labels, raw. `memory` is in bytes."""
    thinks = "always" if spec.think_always else "if asked" if spec.thinks_default is False else "yes"
    known = {
        "maker": ", ".join(part for part in (spec.maker, spec.country) if part),
        "license": spec.license,
        "weights": " · ".join(part for part in (spec.params, spec.quant, size(spec.size) if spec.size else "") if part),
        "context": f"{spec.context:,} tokens" if spec.context else "",
        "memory": f"{size(memory)} for {spec.default_context:,} tokens" if memory else "",
        "thinks": thinks if spec.thinks else "no",
    }
    return [(label, text) for label, text in known.items() if text]


class Card(VerticalScroll, can_focus=False):
    """The card of the highlighted model. With few rows, its facts are shown beside each other."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._shown: tuple[ModelSpec, int | None] | None = None

    def compose(self) -> ComposeResult:
        """Yield the text, which scrolls if necessary."""
        yield Static()

    def show(self, spec: ModelSpec | None, memory: int | None = None) -> None:
        """Show `spec` and the memory that it needs in bytes, or that no model matches."""
        self._shown = (spec, memory) if spec else None
        self._draw()

    @on(events.Resize)
    def fit(self) -> None:
        """Arrange the facts for the new size."""
        self._draw()

    def _draw(self) -> None:
        if self._shown is None:
            self.query_one(Static).update(Content("No model matches: delete a letter or two."))
            return
        spec, memory = self._shown
        known = facts(spec, memory)
        address = clean_line(spec.repo or str(spec.path or ""))
        lines = [
            Content.styled(clean_line(spec.name), "bold"),
            *([Content(clean_line(spec.license_note))] if spec.license_note else []),
            *(_beside(known, self.size.width - 1) if self.size.height < _LOW else _below(known)),
            *([Content.styled(address, "$quiet")] if address else []),
        ]
        self.query_one(Static).update(Content("\n").join(lines))


def _below(known: list[tuple[str, str]]) -> list[Content]:
    """Return an empty line and one line per fact."""
    return [Content(""), *(Content.assemble((f"{label:<9}", "$quiet"), clean_line(text)) for label, text in known)]


def _beside(known: list[tuple[str, str]], width: int) -> list[Content]:
    """Return lines of facts beside each other; no fact is wrapped if `width` cells are enough for it."""
    lines: list[Content] = []
    for label, text in known:
        fact = Content.assemble((f"{label} ", "$quiet"), clean_line(text))
        if lines and lines[-1].cell_length + len(_APART) + fact.cell_length <= width:
            lines[-1] = Content.assemble(lines[-1], _APART, fact)
        else:
            lines.append(fact)
    return lines
