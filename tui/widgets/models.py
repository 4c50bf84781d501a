"""Owns the table of models: what it shows at which width, and which of them match what was typed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rich.text import Text
from textual import events, on
from textual.message import Message
from textual.widgets import DataTable

from tui.models.local import State
from tui.models.spec import ModelSpec
from tui.text import clean_line
from tui.widgets.amounts import size

_DISK: Mapping[State, str] = {"ready": "yes", "partial": "part", "absent": "–"}


@dataclass(frozen=True, slots=True)
class _Column:
    label: str
    width: int
    from_width: int
    """The table's width, in cells, from which on this column is shown."""


_NAME = _Column("Model", 0, 0)
_COLUMNS = (
    _NAME,
    _Column("Maker", 16, 70),
    _Column("From", 6, 50),
    _Column("\xa0\xa0\xa0Size", 9, 0),
    _Column("License", 11, 72),
    _Column("Thinks", 7, 44),
    _Column("Disk", 5, 0),
)
_NAME_MIN = 14
_NAME_MAX = 32


def matches(spec: ModelSpec, query: str) -> bool:
    """Whether each word of `query` occurs in what the table or the card says about `spec`, in either case."""
    told = f"{spec.id} {spec.name} {spec.maker} {spec.country} {spec.family} {spec.license} {spec.params}"
    return all(word in told.casefold() for word in query.casefold().split())


class ModelTable(DataTable[Text]):
    """The models that match, one a row; the highlighted one is what the user looks at."""

    @dataclass
    class Highlighted(Message):
        """The user looks at `spec`, or at nothing where none matches."""

        spec: ModelSpec | None

    @dataclass
    class Chosen(Message):
        """The user clicked `spec`, which was highlighted already."""

        spec: ModelSpec

    def __init__(self, specs: Iterable[ModelSpec], *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, cursor_type="row", cell_padding=0)
        self.can_focus = False
        self._specs = {spec.id: spec for spec in specs}
        self._shown: list[str] = []
        self._states: Mapping[str, State] = {}
        self._query = ""
        self._told: str | None = ""

    @property
    def highlighted(self) -> ModelSpec | None:
        """The model in the highlighted row."""
        return self._specs[self._shown[self.cursor_row]] if 0 <= self.cursor_row < len(self._shown) else None

    def filter(self, query: str) -> None:
        """Shows the models that match `query`; the highlight stays on its model, or goes to the first."""
        if query != self._query:
            self._query = query
            self._fill(self.highlighted)

    def mark(self, states: Mapping[str, State]) -> None:
        """Says of each model, by id, what of it is on disk."""
        self._states = states
        self._fill(self.highlighted)

    def highlight(self, spec: ModelSpec) -> None:
        """Looks at `spec`, if it is shown."""
        if spec.id in self._shown:
            self.move_cursor(row=self._shown.index(spec.id), scroll=True)
            self._tell()

    def _fill(self, keep: ModelSpec | None) -> None:
        self._shown = [spec.id for spec in self._specs.values() if matches(spec, self._query)]
        columns = [column for column in _COLUMNS if self.size.width >= column.from_width]
        rest = self.size.width - self.scrollbar_size_vertical - sum(column.width for column in columns)
        name = min(max(rest, _NAME_MIN), _NAME_MAX)
        more = max(0, rest - name) // 2
        self.clear(columns=True)
        for column in columns:
            width = column.width + (more if column.label in {"Maker", "License"} else 0)
            self.add_column(column.label, width=width or name, key=column.label)
        for each in self._shown:
            cells = self._cells(self._specs[each])
            self.add_row(*(cells[column.label] for column in columns), key=each)
        if keep is not None:
            self.highlight(keep)
        self._tell()

    def _cells(self, spec: ModelSpec) -> dict[str, Text]:
        state = self._states.get(spec.id)
        thinks = "always" if spec.think_always else "yes" if spec.thinks else "–"
        told = {
            "Model": spec.name,
            "Maker": spec.maker or "?",
            "From": spec.country or "?",
            "\xa0\xa0\xa0Size": size(spec.size) if spec.size else "?",
            "License": spec.license or "?",
            "Thinks": thinks,
            "Disk": _DISK[state] if state else "…",
        }
        return {label: _cell(text, right=label.endswith("Size")) for label, text in told.items()}

    def _tell(self) -> None:
        spec = self.highlighted
        name = spec.id if spec else None
        if name != self._told:
            self._told = name
            self.post_message(self.Highlighted(spec))

    @on(events.Resize)
    def fit_columns(self) -> None:
        """Shows the columns that there is room for."""
        self._fill(self.highlighted)

    @on(DataTable.RowHighlighted)
    def follow_cursor(self, event: DataTable.RowHighlighted) -> None:
        """Says who is looked at now."""
        event.stop()
        self._tell()

    @on(DataTable.RowSelected)
    def choose_row(self, event: DataTable.RowSelected) -> None:
        """Says that the highlighted model was clicked."""
        event.stop()
        if self.highlighted is not None:
            self.post_message(self.Chosen(self.highlighted))


def _cell(text: str, *, right: bool) -> Text:
    """One cell; a number is brought to the right by spaces that a terminal does not trim."""
    text = f"{clean_line(text):\xa0>7}" if right else clean_line(text)
    return Text(text, no_wrap=True, overflow="ellipsis", end="")
