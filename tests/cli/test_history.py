"""What the `history` commands print: plain lines in a pipe, a table or columns on a terminal, no control characters."""

import io
import re
from dataclasses import replace

import pytest
from rich.console import Console

from tests.archive import sample
from tui.archive.store import Summary
from tui.chat.conversation import Conversation, Exchange, FinishReason, Side
from tui.cli.history import show_conversation, show_list

ESCAPES = re.compile(r"\x1b\[[0-9;]*m")
HOSTILE = f"{sample.HOSTILE} [/x] [Q4_K_M] [@click=app.quit]y[/] :smile:"


def pipe(width: int = 40) -> Console:
    """Return a console like the one of a pipe."""
    return Console(file=io.StringIO(), width=width, highlight=False, markup=False, emoji=False)


def terminal(width: int = 120) -> Console:
    """Return a console like the one of a terminal."""
    return Console(file=io.StringIO(), width=width, force_terminal=True, color_system="truecolor", _environ={})


def printed(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def summary(title: str = "Name three rivers.") -> Summary:
    return Summary(id=3, title=title, started_at=sample.WHEN, models=("qwen-small", "smol"), exchanges=2)


def said(text: str) -> Conversation:
    answers = {side: sample.answered(side, text) for side in Side}
    return replace(sample.conversation(Exchange(sample.question(text), answers)), id=3)


def test_list_in_pipe_is_tab_separated_and_not_wrapped() -> None:
    console = pipe()
    show_list(console, [summary("long " * 40)])
    head, line, end = printed(console).split("\n")
    assert head == "id\twhen\tleft\tright\tquestions\ttitle"
    assert re.fullmatch(r"3\t2026-03-1\d \d\d:\d\d\tqwen-small\tsmol\t2\t(long ){40}", line)
    assert end == ""


def test_list_on_terminal_is_a_table() -> None:
    console = terminal()
    show_list(console, [summary(), summary("long " * 40)])
    shown = ESCAPES.sub("", printed(console))
    assert "─" in shown
    assert re.search(r"3 +2026-03-1\d \d\d:\d\d +qwen-small +smol +2 +Name three rivers\.", shown)
    assert re.search(r"3 +2026-03-1\d \d\d:\d\d +qwen-small +smol +2 +(long )+.*…", shown)


def test_empty_list_on_terminal_says_so() -> None:
    console = terminal()
    show_list(console, [])
    assert "No conversation" in printed(console)


def test_conversation_in_pipe_is_plain_text() -> None:
    console = pipe()
    show_conversation(console, replace(sample.rivers(), id=3))
    head, moment, *rest = printed(console).split("\n")
    assert head == "Name three rivers."
    assert moment.startswith("conversation 3, 2026-03-1")
    assert rest == [
        "",
        "[question]",
        "Name three rivers.",
        "",
        "[left] Qwen Small",
        "Yangtze, 黄河 and **Pearl**.",
        "Thought for 0.9 s, answered in 1.0 s · ttft 0.4 s · 63 tok/s shared · 120 tokens",
        "",
        "[right] Smol",
        "Nile",
        "",
        "```python",
        "print('Rhine')",
        "ttft 0.4 s · 63 tok/s shared · 120 tokens",
        "",
    ]


def test_answers_are_side_by_side_on_a_wide_terminal() -> None:
    wide, narrow = terminal(120), terminal(60)
    for console in (wide, narrow):
        show_conversation(console, sample.rivers())
    side_by_side = [line for line in printed(wide).split("\n") if "Qwen Small" in line]
    stacked = [line for line in printed(narrow).split("\n") if "Qwen Small" in line]
    assert ["Smol" in ESCAPES.sub("", line).replace("Qwen Small", "") for line in side_by_side] == [True]
    assert ["Smol" in ESCAPES.sub("", line).replace("Qwen Small", "") for line in stacked] == [False]
    assert "**Pearl**" not in printed(wide)


@pytest.mark.parametrize("console", [pipe(), terminal(60), terminal(200)], ids=["pipe", "narrow", "wide"])
def test_foreign_text_is_whole_and_inert(console: Console) -> None:
    models = {side: replace(model, name=f"n{HOSTILE}") for side, model in sample.MODELS.items()}
    answer = replace(
        sample.answered(Side.LEFT, HOSTILE), model=models[Side.LEFT], finish_reason=FinishReason.FAILED, error=HOSTILE
    )
    exchange = Exchange(sample.question(HOSTILE), {Side.LEFT: answer})
    show_list(console, [replace(summary(HOSTILE), models=(HOSTILE, HOSTILE))])
    show_conversation(console, replace(said(HOSTILE), exchanges=(exchange,), models=models))
    shown = ESCAPES.sub("", printed(console))
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", shown)
    for part in ("[/x]", "[Q4_K_M]", "[@click=app.quit]y[/]", "<script>", ":smile:", "javascript:alert"):
        assert part in shown.replace("\n", "")


def test_raw_html_in_answer_is_shown() -> None:
    console = terminal()
    show_conversation(console, said("<div>\nhello\n</div>"))
    assert printed(console).count("<div>") >= 2
