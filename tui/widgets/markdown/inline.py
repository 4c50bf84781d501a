"""Text inside a block of Markdown: emphasis, code and links, which are shown but never active."""

from collections.abc import Iterable

from markdown_it.token import Token
from rich.segment import Segment
from rich.style import Style

from tui.text import clean
from tui.widgets.markdown.component_styles import ComponentStyles

_EMPHASIS = {"strong": Style(bold=True), "em": Style(italic=True), "s": Style(strike=True)}


def shown(text: str) -> str:
    """Return `text` cleaned, since entities may name any character, and with tabs as spaces."""
    return clean(text).replace("\t", "    ")


def inline(tokens: Iterable[Token], base: Style, styles: ComponentStyles) -> list[Segment]:
    """Return the segments of an inline token's children in the style `base`; line breaks are "\\n"."""
    return _Walk(base, styles).through(tokens)


class _Walk:
    def __init__(self, base: Style, styles: ComponentStyles) -> None:
        self._styles = styles
        self._stack = [base]
        self._segments: list[Segment] = []
        self._links: list[tuple[str, int]] = []

    def through(self, tokens: Iterable[Token]) -> list[Segment]:
        for token in tokens:
            self._step(token)
        return self._segments

    def _step(self, token: Token) -> None:
        name, _, edge = token.type.rpartition("_")
        match token.type:
            case "text" | "html_inline" | "text_special":
                self._add(token.content, self._stack[-1])
            case "code_inline":
                self._add(token.content, self._styles.inline)
            case "softbreak" | "hardbreak":
                self._segments.append(Segment("\n", self._stack[-1]))
            case "link_open":
                self._links.append((str(token.attrGet("href") or ""), len(self._segments)))
                self._stack.append(self._stack[-1] + self._styles.link)
            case "link_close":
                self._stack.pop()
                self._address(*self._links.pop())
            case "image":
                self._image(token)
            case _ if edge == "open":
                self._stack.append(self._stack[-1] + _EMPHASIS.get(name, Style.null()))
            case _ if edge == "close":
                self._stack.pop()
            case _:
                self._add(token.content, self._stack[-1])

    def _add(self, text: str, style: Style) -> None:
        if text:
            self._segments.append(Segment(shown(text), style))

    def _address(self, href: str, first: int) -> None:
        """Add the address of a link, unless it is its text; nothing opens it."""
        text = "".join(segment.text for segment in self._segments[first:])
        if href and text not in {href, href.removeprefix("mailto:")}:
            self._add(f" ({href})", self._styles.dim)

    def _image(self, token: Token) -> None:
        alt = token.content or "image"
        self._add(f"[{alt}]", self._stack[-1] + self._styles.link)
        self._add(f" ({token.attrGet('src') or ''})", self._styles.dim)
