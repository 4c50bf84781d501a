"""The table of models with columns for each width, and the filter above it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.text import Text
from textual import events, on
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import DataTable, Input

from tui.amounts import size
from tui.models.catalogue.spec import ModelSpec
from tui.models.local import State
from tui.text import clean_line

_DISK: Mapping[State, str] = {"ready": "yes", "partial": "part", "absent": "–"}


@dataclass(frozen=True, slots=True)
class _Column:
    label: str
    width: int
    from_width: int
    """The least width of the table, in cells, at which the column is shown."""


_NAME = _Column("Model", 0, 0)
_SIZE = _Column("\xa0\xa0\xa0Size", 9, 0)
_COLUMNS = (
    _NAME,
    _Column("Maker", 16, 70),
    _Column("From", 6, 50),
    _SIZE,
    _Column("License", 11, 72),
    _Column("Thinks", 7, 44),
    _Column("Disk", 5, 0),
)
_NAME_MIN = 14
_NAME_MAX = 32


def matches(spec: ModelSpec, query: str) -> bool:
    """Return whether each word of `query` occurs in the facts about `spec`, ignoring case."""
    facts = f"{spec.id} {spec.name} {spec.maker} {spec.country} {spec.family} {spec.license} {spec.params}"
    return all(word in facts.casefold() for word in query.casefold().split())


class Filter(Input, inherit_bindings=False):
    """The line for the words of the filter; the screen handles Enter."""

    BINDINGS: ClassVar[list[BindingType]] = [
        binding for binding in Input.BINDINGS if not (isinstance(binding, Binding) and binding.key == "enter")
    ]


class ModelTable(DataTable[Text]):
    """The models that match the filter, one per row."""

    @dataclass
    class Highlighted(Message):
        """`spec` is highlighted, or None where no model matches."""

        spec: ModelSpec | None

    @dataclass
    class Chosen(Message):
        """The user clicked `spec`, which was highlighted before."""

        spec: ModelSpec

    def __init__(self, specs: Iterable[ModelSpec], *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, cursor_type="row", cell_padding=0)
        self.can_focus = False
        self._specs = {spec.id: spec for spec in specs}
        self._shown: list[str] = []
        self._states: Mapping[str, State] = {}
        self._query = ""
        self._posted: str | None = ""
        self._awaited: ModelSpec | None = None

    @property
    def highlighted(self) -> ModelSpec | None:
        """The model in the highlighted row, if any."""
        return self._specs[self._shown[self.cursor_row]] if 0 <= self.cursor_row < len(self._shown) else None

    def filter(self, query: str) -> None:
        """Show the models that match `query`; the highlight stays on its model or moves to the first."""
        if query != self._query:
            self._query = query
            self._fill(self.highlighted)

    def mark(self, states: Mapping[str, State]) -> None:
        """Show for each model, by id, whether it is on disk."""
        self._states = states
        if self.size:
            self._fill(self.highlighted)

    def highlight(self, spec: ModelSpec) -> None:
        """Highlight `spec` if it is shown; before the table has a size, later."""
        if not self.size:
            self._awaited = spec
        elif spec.id in self._shown:
            self.move_cursor(row=self._shown.index(spec.id), scroll=True)
            self._post()

    def _fill(self, keep: ModelSpec | None) -> None:
        self._shown = [spec.id for spec in self._specs.values() if matches(spec, self._query)]
        widths = self._widths()
        self.clear(columns=True)
        for label, width in widths.items():
            self.add_column(label, width=width, key=label)
        for each in self._shown:
            texts = self._texts(self._specs[each])
            self.add_row(*(_cell(label, texts[label], width) for label, width in widths.items()), key=each)
        wanted = keep or self._awaited
        if wanted is not None:
            self.highlight(wanted)
            self._awaited = None
        self._post()

    def _widths(self) -> dict[str, int]:
        """Return the columns that fit beside a scrollbar, by label, with their widths in cells."""
        columns = [column for column in _COLUMNS if self.size.width >= column.from_width]
        rest = self.size.width - self.styles.scrollbar_size_vertical - sum(column.width for column in columns)
        name = min(max(rest, _NAME_MIN), _NAME_MAX)
        more = {label: max(0, rest - name) // 2 for label in ("Maker", "License")}
        return {column.label: (column.width or name) + more.get(column.label, 0) for column in columns}

    def _texts(self, spec: ModelSpec) -> dict[str, str]:
        state = self._states.get(spec.id)
        return {
            _NAME.label: spec.name,
            "Maker": spec.maker or "?",
            "From": spec.country or "?",
            _SIZE.label: size(spec.size) if spec.size else "?",
            "License": spec.license or "?",
            "Thinks": "always" if spec.think_always else "yes" if spec.thinks else "–",
            "Disk": _DISK[state] if state else "…",
        }

    def _post(self) -> None:
        spec = self.highlighted
        name = spec.id if spec else None
        if name != self._posted:
            self._posted = name
            self.post_message(self.Highlighted(spec))

    @on(events.Resize)
    def fit_columns(self) -> None:
        """Show the columns that fit."""
        self._fill(self.highlighted)

    @on(DataTable.RowHighlighted)
    def follow_cursor(self, event: DataTable.RowHighlighted) -> None:
        """Post the highlighted model."""
        event.stop()
        self._post()

    @on(DataTable.RowSelected)
    def choose_row(self, event: DataTable.RowSelected) -> None:
        """Post the clicked model."""
        event.stop()
        if self.highlighted is not None:
            self.post_message(self.Chosen(self.highlighted))


def _cell(label: str, raw: str, width: int) -> Text:
    """Return a cell with a gap after it. Numbers are aligned right with spaces that terminals do not trim."""
    text = clean_line(raw)
    if label == _NAME.label:
        text = shortened(text, width - 1)
    elif label == _SIZE.label:
        text = f"{text:\xa0>7}"
    cell = Text(text, no_wrap=True, end="")
    cell.truncate(width - 1, overflow="ellipsis")
    return cell


def shortened(name: str, width: int) -> str:
    """Return `name` in `width` cells, shortened in the middle: sizes and versions are at the end."""
    if cell_len(name) <= width:
        return name
    end = name
    while cell_len(end) > width // 2:
        end = end[1:]
    words = end.partition(" ")[2] or end
    return f"{set_cell_size(name, max(0, width - 1 - cell_len(words))).rstrip()}…{words}"
