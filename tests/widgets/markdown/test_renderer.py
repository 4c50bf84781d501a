"""Rows of rendered blocks, for any text and any width."""

from dataclasses import fields

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.style import Style

from tests.widgets.markdown.samples import RICH, texts
from tui.text import clean
from tui.widgets.markdown.code import Highlighter
from tui.widgets.markdown.component_styles import ComponentStyles
from tui.widgets.markdown.parser import BlockParser
from tui.widgets.markdown.renderer import Renderer
from tui.widgets.markdown.splitter import Splitter
from tui.widgets.rows.wrapping import Row

STYLE = Style(color="white", bgcolor="black")


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer(ComponentStyles(**{each.name: STYLE for each in fields(ComponentStyles)}), Highlighter())


def rows(renderer: Renderer, text: str, width: int = 40) -> list[Row]:
    splitter = Splitter(BlockParser())
    return [row for block in splitter.feed(text) + splitter.finish() for row in renderer.rows(block, width)]


def page(renderer: Renderer, text: str, width: int = 40) -> str:
    return "\n".join(row.text.rstrip() for row in rows(renderer, text, width))


@given(texts, st.integers(1, 60))
@example("1. ", 1)
def test_rows_of_any_text_fit_any_width(renderer: Renderer, text: str, width: int) -> None:
    for row in rows(renderer, clean(text), width):
        assert cell_len(row.text) <= max(2, width)
        assert "\n" not in row.text
        assert clean(row.text) == row.text


@given(texts)
def test_unfinished_block_can_be_rendered(renderer: Renderer, text: str) -> None:
    splitter = Splitter(BlockParser())
    splitter.feed(clean(text))
    for block in splitter.unfinished():
        assert all(cell_len(row.text) <= 20 for row in renderer.rows(block, 20, grows=True))


def test_every_word_of_a_rich_answer_is_shown(renderer: Renderer) -> None:
    words = "".join(page(renderer, RICH, 30).split())
    for word in (
        "three",
        "rivers",
        "flowing",
        "埃及、苏丹",
        "defl",
        "stays.",
        "https",
        "<b>HTML</b>",
        "[/x]",
        "[Q4_K_M]",
    ):
        assert word in words


def test_lists_have_bullets_numbers_and_boxes(renderer: Renderer) -> None:
    assert page(renderer, "- a\n  - b\n    - c\n\n7. d\n8. e\n\n- [x] f\n- [ ] g\n") == (
        "• a\n  ◦ b\n    ▪ c\n7. d\n8. e\n☑ f\n☐ g"
    )


def test_item_wraps_below_its_text(renderer: Renderer) -> None:
    assert page(renderer, "10. one two three four", 12) == "10. one two\n    three\n    four"


def test_link_shows_its_address_and_is_not_active(renderer: Renderer) -> None:
    drawn = rows(renderer, "[here](https://example.org/a) <https://example.org/b> [x](javascript:alert)", 90)
    assert drawn[0].text == "here (https://example.org/a) https://example.org/b [x](javascript:alert)"
    assert all(segment.style and not segment.style.link and not segment.style.meta for segment in drawn[0].segments)


def test_entities_are_cleaned(renderer: Renderer) -> None:
    assert page(renderer, "a&#x202e;b&Tab;c&#27;d&NewLine;e&zwnj;f") == "a\ufffdb    c\ufffdd\ne\u200cf"


def test_reference_definitions_are_shown(renderer: Renderer) -> None:
    assert page(renderer, "[1]: https://example.org") == "[1]: https://example.org"


def test_table_is_aligned_in_cells(renderer: Renderer) -> None:
    assert page(renderer, "| a | 国家 |\n|---|---|\n| 长江 | x |\n| y | **z** |\n") == (
        "a    │ 国家\n─────┼─────\n长江 │ x\ny    │ z"
    )


def test_columns_are_aligned_left_centered_or_right(renderer: Renderer) -> None:
    table = "| a | b | c |\n|:--|:-:|--:|\n| left | middle | 1 |\n| x | y | 1,000 |\n"
    assert page(renderer, table) == (
        "a    │   b    │     c\n─────┼────────┼──────\nleft │ middle │     1\nx    │   y    │ 1,000"
    )


def test_wide_table_wraps_its_widest_column(renderer: Renderer) -> None:
    table = "| k | text |\n|---|---|\n| key | one two three four five |\n"
    assert page(renderer, table, 20) == "k   │ text\n────┼───────────────\nkey │ one two three\n    │ four five"


def test_table_of_two_thousand_columns_becomes_a_list(renderer: Renderer) -> None:
    table = f"{'|a' * 2000}|\n{'|-' * 2000}|\n{'|b' * 2000}|\n"
    drawn = rows(renderer, table, 40)
    assert max(cell_len(row.text) for row in drawn) <= 40
    assert sum("b" in row.text for row in drawn) >= 50


def test_deep_nesting_is_shown_as_written(renderer: Renderer) -> None:
    assert "deepest" in page(renderer, "> " * 200 + "deepest")
    assert "deepest" in page(renderer, "".join(f"{'  ' * n}- x\n" for n in range(60)) + "  " * 60 + "- deepest")


def test_code_keeps_its_spaces_and_names_its_language(renderer: Renderer) -> None:
    assert page(renderer, "```py title=x\nif x:\n\ty  =  1\n```") == " py title=x\n if x:\n     y  =  1"


def test_long_info_string_of_a_fence_fits(renderer: Renderer) -> None:
    assert page(renderer, f"```{'长' * 30}\nx\n```", 11) == " 长长长长长\n x"


def test_code_of_an_unknown_language_is_shown_plain(renderer: Renderer) -> None:
    assert page(renderer, "```nonesuch\n<a>\n```") == " nonesuch\n <a>"


def test_thinking_is_shown_in_one_color() -> None:
    styles = ComponentStyles(**{each.name: Style(color="red", bold=True) for each in fields(ComponentStyles)})
    quiet = ComponentStyles(
        **{**{each.name: getattr(styles, each.name) for each in fields(ComponentStyles)}, "thinking": STYLE}
    ).quiet()
    assert {quiet.text.color, quiet.keyword.color, quiet.accent.color} == {STYLE.color}
