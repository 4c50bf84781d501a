"""Texts for the tests of Markdown and transcripts."""

from hypothesis import strategies as st

RICH = """Here are **three rivers**, with *notes*, `code`, a [link](https://example.org/rivers) and ~~a mistake~~.

## The longest

1. **Nile** — 6,650 km, flowing through eleven countries before it reaches the sea.
2. **Amazon** — 6,400 km
   - carries more water than any other river
   - rises in the Andes
3. **Yangtze** (长江) — 6,300 km

- [x] measured
- [ ] disputed

| River | Length | 国家 |
|---|---:|:---:|
| Nile | 6,650 km | 埃及、苏丹 |
| 长江 | 6,300 km | 中国 |

> A river is a natural stream of fresh water.

```python
def longest(rivers: list[str]) -> str:
    \"\"\"The longest.\"\"\"
    return max(rivers, key=len)  # 长
```

---

长江是亚洲第一长河，也是完全在一个国家境内的最长河流。“你好”，他说：《长江之歌》很好听！

👩‍👩‍👧‍👦 family, e\u0301, ❤️. <b>HTML</b> is text. [Q4_K_M] [/x] [@click=app.quit]x[/] stays.
"""

_FRAGMENTS = [
    *RICH.splitlines(keepends=True),
    *("\n", "\n\n", "    ", "  ", "- ", "1. ", "2) ", "> ", "# ", "===\n", "---\n", "***\n", "\t", "\r\n"),
    *("```", "```\n", "~~~~\n", "````md\n", "| a | b |\n", "|--|--|\n", "|", "\\", "*", "**", "_", "`", "[", "](", ")"),
    *("![", "&#x202e;", "&nbsp;", "\x1b]52;c;x\x07", "\u202e", "\u200d", "\ufe0f", "\ud800", "\x00", "e\u0301"),
    *("👨\u200d👩\u200d👧", "한국어 ", "日本語、", "x" * 50, "word " * 12),
]

texts = st.lists(st.one_of(st.sampled_from(_FRAGMENTS), st.text(max_size=12)), max_size=30).map("".join)
"""Texts that are mostly Markdown, much of it broken."""


@st.composite
def chunked(draw: st.DrawFn) -> list[str]:
    """Return a text in chunks, cut anywhere."""
    text = draw(texts)
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=12)))
    return [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
