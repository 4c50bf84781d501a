"""The HTML transcript: one page that loads no other file and runs no script.

Answers are rendered as Markdown without raw HTML; images become links, and only http and https links work.
"""

from collections.abc import MutableMapping, Sequence
from html import escape
from importlib.resources import files
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

from tui.archive.transcript import labels
from tui.chat.conversation import Answer, Conversation, Exchange, Side
from tui.text import clean, clean_line

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def to_html(conversation: Conversation) -> str:
    """Return the transcript of `conversation` as a whole page, cleaned and escaped."""
    title = escape(labels.title_of(conversation))
    style = files("tui.archive.transcript").joinpath("html_page.css").read_text(encoding="utf-8")
    markdown = _markdown()
    exchanges = "\n".join(_exchange(exchange, markdown) for exchange in conversation.exchanges)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{title}</title>\n<style>\n{style}</style>\n</head>\n<body>\n"
        f"<header>\n<h1>{title}</h1>\n<p>{labels.timestamp(conversation.started_at)} · duochat</p>\n"
        f"{_models(conversation)}\n</header>\n<main>\n{exchanges}\n</main>\n</body>\n</html>\n"
    )


def _models(conversation: Conversation) -> str:
    heads = "".join(f'<th scope="col" class="{side}">{labels.side_name(side)}</th>' for side in Side)
    lines = [f"<tr><td></td>{heads}</tr>"]
    for heading, values in labels.model_rows(conversation):
        cells = "".join(f"<td>{escape(value)}</td>" for value in values)
        lines.append(f'<tr><th scope="row">{heading}</th>{cells}</tr>')
    return '<div class="scroll"><table>\n' + "\n".join(lines) + "\n</table></div>"


def _exchange(exchange: Exchange, markdown: MarkdownIt) -> str:
    answers = "\n".join(_answer(side, exchange.answers[side], markdown) for side in Side if side in exchange.answers)
    question = escape(clean(exchange.question.text))
    return f'<section>\n<h2 class="question">{question}</h2>\n<div class="answers">\n{answers}\n</div>\n</section>'


def _answer(side: Side, answer: Answer, markdown: MarkdownIt) -> str:
    parts = [f"<h3>{escape(clean_line(answer.model.name))}</h3>"]
    if answer.thinking:
        summary = f"<summary>{labels.thinking_label(answer)}</summary>"
        parts.append(f'<details>{summary}<div class="thinking">{escape(clean(answer.thinking))}</div></details>')
    text = markdown.render(clean(answer.text)) if answer.text.strip() else '<p class="none">(no text)</p>'
    parts.append(f'<div class="text">{text}</div>')
    if outcome := labels.outcome(answer):
        parts.append(f'<p class="outcome {answer.finish_reason or ""}">{escape(outcome)}</p>')
    if answer.usage:
        parts.append(f'<p class="figures">{labels.figures(answer.usage)}</p>')
    return f'<article class="{side}">\n' + "\n".join(parts) + "\n</article>"


def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("image")
    markdown.add_render_rule("link_open", _link)
    return markdown


def _link(
    renderer: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    options: OptionsDict,
    environment: MutableMapping[str, Any],
) -> str:
    """Render an http(s) link without a referrer, and any other link as text."""
    token = tokens[index]
    if str(token.attrGet("href")).lower().startswith(("http://", "https://")):
        token.attrSet("rel", "noopener noreferrer nofollow")
    else:
        token.attrs = {}
    return renderer.renderToken(tokens, index, options, environment)
