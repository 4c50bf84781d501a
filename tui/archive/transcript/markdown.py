"""The Markdown transcript: one column, the sides in turn.

Questions and answers stand in block quotes. A quote ends what was left open in it (a code fence of an answer that was
cut) and keeps its headings below the transcript's own. Text with raw HTML, and thinking, is fenced as it was written.
"""

import re

from markdown_it import MarkdownIt

from tui.archive.transcript import labels
from tui.chat.conversation import Answer, Conversation, Exchange, Side
from tui.text import clean, clean_line


def to_markdown(conversation: Conversation) -> str:
    """Return the transcript of `conversation` as Markdown, cleaned, ending in a line feed."""
    blocks = [f"# {_inline(labels.title_of(conversation))}", _origin(conversation), _models(conversation)]
    for number, exchange in enumerate(conversation.exchanges, start=1):
        blocks += _exchange(number, exchange)
    return "\n\n".join(filter(None, blocks)) + "\n"


def _origin(conversation: Conversation) -> str:
    name = "" if conversation.id is None else f" · conversation {conversation.id}"
    return f"{labels.timestamp(conversation.started_at)}{name} · duochat"


def _models(conversation: Conversation) -> str:
    names = " | ".join(labels.side_name(side) for side in Side)
    lines = [f"| | {names} |", "|---|---|---|"]
    for heading, values in labels.model_rows(conversation):
        lines.append(f"| {heading} | {' | '.join(map(_inline, values))} |")
    return "\n".join(lines)


def _exchange(number: int, exchange: Exchange) -> list[str]:
    blocks = [f"## Question {number}", _quoted(clean(exchange.question.text))]
    for side in Side:
        if side in exchange.answers:
            blocks += _answer(side, exchange.answers[side])
    return blocks


def _answer(side: Side, answer: Answer) -> list[str]:
    closing = (labels.outcome(answer), labels.figures(answer.usage) if answer.usage else "")
    return [
        f"### {labels.side_name(side)} · {_inline(clean_line(answer.model.name))}",
        _thinking(answer),
        _quoted(clean(answer.text)) if answer.text.strip() else "*(no text)*",
        *(f"*{_inline(line)}*" for line in closing if line),
    ]


def _thinking(answer: Answer) -> str:
    if not answer.thinking:
        return ""
    summary = f"<details>\n<summary>{labels.thinking_label(answer)}</summary>"
    return f"{summary}\n\n{_fenced(clean(answer.thinking))}\n\n</details>"


def _inline(text: str) -> str:
    """Return `text` (one line, cleaned) with every character escaped that means something in Markdown."""
    return re.sub(r"([\\`*_{}\[\]<>#|~&$])", r"\\\1", text.strip())


def _quoted(text: str) -> str:
    """Return `text` (cleaned Markdown) as a block quote, or fenced if raw HTML in it could end the quote."""
    quote = "\n".join(f"> {line}" if line else ">" for line in text.strip("\n").split("\n"))
    return _fenced(text) if has_html(quote) else quote


def has_html(text: str) -> bool:
    """Return whether `text`, read as Markdown, holds raw HTML, which a renderer would obey or leave out."""
    tokens = MarkdownIt("commonmark").parse(text)
    every = [each for token in tokens for each in (token, *(token.children or ()))]
    return any(token.type in {"html_block", "html_inline"} for token in every)


def _fenced(text: str) -> str:
    """Return `text` in a code fence longer than any run of backticks in it."""
    longest = max(map(len, re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text.strip(chr(10))}\n{fence}"
