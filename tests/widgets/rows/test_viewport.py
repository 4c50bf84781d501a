"""The rows in view of a column that grows, shrinks and is laid out."""

from collections.abc import Sequence

from rich.style import Style

from tui.widgets.rows.column import Column, Piece
from tui.widgets.rows.viewport import Viewport
from tui.widgets.rows.wrapping import Row


class View:
    """A view of ten rows; `top` is the first of them."""

    def __init__(self) -> None:
        self.top = 0
        self.column = Column()
        self.viewport = Viewport(self.column, top=lambda: self.top, height=lambda: 10)
        self.top = self.viewport.resize(40)

    def put(self, start: int, pieces: Sequence[Piece]) -> None:
        self.top = self.viewport.put(start, pieces)
        self.top = self.viewport.settle()


def pieces(*heights: int, estimate: int = 1) -> list[Piece]:
    """Pieces of some rows each, which are estimated at `estimate` rows before they are laid out."""
    return [_piece([Row((), Style())] * height, "\n" * (estimate - 1)) for height in heights]


def _piece(rows: list[Row], text: str) -> Piece:
    return Piece(lambda _: rows, text)


def test_following_view_shows_the_end() -> None:
    view = View()
    view.put(0, pieces(8, 8))
    assert view.top == 6
    view.put(2, pieces(5))
    assert view.top == 11


def test_stride_moves_several_rows_at_a_time() -> None:
    view = View()
    view.viewport.stride = 4
    view.put(0, pieces(8, 3))
    assert view.top == 4


def test_held_view_stays_although_it_follows() -> None:
    view = View()
    view.put(0, pieces(30))
    view.viewport.held = True
    view.put(1, pieces(9))
    assert view.top == 20
    view.viewport.held = False
    assert view.viewport.settle() == 29


def test_reader_stays_at_a_piece_that_moves() -> None:
    view, first, second = View(), *pieces(20, 20)
    view.put(0, [first, second])
    view.viewport.following, view.top = False, 25
    view.put(0, [*pieces(7, estimate=7), first, second])
    assert view.top == 32


def test_wrong_estimates_above_do_not_move_the_reader() -> None:
    view, parts = View(), pieces(6, 6, 6, 30)
    view.viewport.following = False
    view.put(0, parts)
    view.column.settle_pieces(3, 4)
    view.top = view.column.top(3) + 4
    while view.column.unsettled() is not None:
        view.top = view.viewport.settle_for(0.001)
    assert view.top == 22


def test_resize_keeps_the_readers_piece_in_view() -> None:
    view = View()
    view.put(0, pieces(20, 20))
    view.viewport.following, view.top = False, 30
    assert view.viewport.resize(20) == view.column.top(1) + 10
