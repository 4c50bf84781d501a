"""Markdown and HTML transcripts, and the files that they are saved to."""

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.archive import sample
from tui.archive.transcript import export
from tui.archive.transcript.export import ExportError, from_json, save, save_both, to_html, to_markdown
from tui.chat.conversation import Conversation, Exchange, FinishReason, Side


def conversation_of(text: str, thinking: str | None = None) -> Conversation:
    """Return a conversation in which the user and both models write the same text."""
    answers = {side: sample.answered(side, text, thinking) for side in Side}
    return sample.conversation(Exchange(sample.question(text), answers))


def outline(markdown: str) -> list[tuple[str, int]]:
    """Return the document's own headings: their tag and their depth in other blocks."""
    tokens = MarkdownIt("commonmark").enable("table").parse(markdown)
    return [(token.tag, token.level) for token in tokens if token.type == "heading_open" and token.level == 0]


def html_in(tokens: list[Token]) -> list[str]:
    every = [each for token in tokens for each in (token, *(token.children or ()))]
    return [token.content.strip() for token in every if token.type in {"html_block", "html_inline"}]


MARKDOWN = """\
# Name three rivers.

2026-03-14 09:26 UTC · duochat

| | Left | Right |
|---|---|---|
| Model | Qwen Small | Smol |
| Maker | Alibaba, China |  |
| License | Apache-2.0 |  |
| Quant | Q4\\_K\\_M |  |
| Weights | owner/qwen\\_small-GGUF/qwen\\_small-q4\\_k\\_m.gguf | smol.gguf |
| SHA-256 | 1d961d961d96 |  |
| Engine | llama-cpp-python 0.3.36 |  |
| Context | 4,096 tokens |  |

## Question 1

> Name three rivers.

### Left · Qwen Small

<details>
<summary>Thought for 0.9 s, answered in 1.0 s</summary>

```text
Which ones?
The longest.
```

</details>

> Yangtze, 黄河 and **Pearl**.

*ttft 0.4 s · 63 tok/s shared · 120 tokens*

### Right · Smol

> Nile
>
> ```python
> print('Rhine')

*ttft 0.4 s · 63 tok/s shared · 120 tokens*
"""


def test_markdown_of_one_exchange() -> None:
    assert to_markdown(sample.rivers()) == MARKDOWN


@pytest.mark.parametrize(
    "text",
    [
        "# one\n\ntwo\n===",
        "```\nnever closed",
        "~~~~\n# never closed",
        "</details>\n\n<!-- never closed",
        "text <b>bold",
        "````\n<script>\n````",
        "\t<script>",
        "> quoted\n\n- list\n  # in it",
        "| a | b |\n|---|---|\n| 1 | 2 |",
        "---",
        sample.HOSTILE,
    ],
)
def test_text_cannot_leave_its_block_in_markdown(text: str) -> None:
    markdown = to_markdown(conversation_of(text, thinking=text))
    assert outline(markdown) == [("h1", 0), ("h2", 0), ("h3", 0), ("h3", 0)]
    own = ["<details>\n<summary>Thought for 0.9 s, answered in 1.0 s</summary>", "</details>"]
    assert html_in(MarkdownIt("commonmark").parse(markdown)) == own * 2


@given(sample.CONVERSATIONS)
def test_text_cannot_add_headings_to_markdown(conversation: Conversation) -> None:
    expected = ["h1"]
    for exchange in conversation.exchanges:
        expected += ["h2", *("h3" for _ in exchange.answers)]
    assert [tag for tag, _ in outline(to_markdown(conversation))] == expected


@given(sample.CONVERSATIONS)
def test_no_control_character_and_no_bidi_override_is_exported(conversation: Conversation) -> None:
    for text in (to_markdown(conversation), to_html(conversation)):
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", text)


@pytest.mark.parametrize(
    ("reason", "error", "line"),
    [
        (FinishReason.LENGTH, None, "*Reached its limit.*"),
        (FinishReason.STOPPED, None, "*Stopped.*"),
        (FinishReason.FAILED, "The engine [died].", "*Failed: The engine \\[died\\].*"),
        (FinishReason.INTERRUPTED, None, "*Interrupted.*"),
        (None, None, "*Still being written.*"),
    ],
)
def test_markdown_says_how_an_answer_ended(reason: FinishReason | None, error: str | None, line: str) -> None:
    answer = replace(sample.partial_answers()[Side.LEFT], text="Ni", finish_reason=reason, error=error)
    markdown = to_markdown(sample.conversation(Exchange(sample.question(), {Side.LEFT: answer})))
    assert line in markdown.split("\n")


def test_answer_without_text_is_marked() -> None:
    assert "*(no text)*" in to_markdown(conversation_of(" "))
    assert "(no text)" in to_html(conversation_of(" "))


def test_html_shows_markdown_and_both_sides() -> None:
    page = to_html(sample.rivers())
    assert "<strong>Pearl</strong>" in page
    assert """<code class="language-python">print('Rhine')""" in page
    assert page.index('<article class="left">') < page.index('<article class="right">')
    assert "<summary>Thought for 0.9 s, answered in 1.0 s</summary>" in page
    assert "prefers-color-scheme: dark" in page


def test_text_cannot_add_scripts_or_images_to_html() -> None:
    text = (
        f"{sample.HOSTILE}\n\n![i](http://e.example/i.png) [a](https://e.example) [m](mailto:a@e.example) [r](/etc/x)"
    )
    page = to_html(conversation_of(text, thinking=text))
    body = page[page.index("<body>") :]
    assert "<script" not in body
    assert "<img" not in body
    assert set(re.findall(r'href="([^"]*)"', body)) == {"http://e.example/i.png", "https://e.example"}
    assert body.count("<details>") == body.count("</details>") == 2
    assert "&lt;script&gt;" in body


def test_html_loads_no_other_file_and_runs_no_script() -> None:
    page = to_html(sample.rivers())
    assert "default-src 'none'" in page
    assert not re.search(r"<link|<script|@import|url\(|src=", page)


@pytest.mark.parametrize("ending", ["json", "md", "html", "JSON"])
def test_file_ending_names_the_format(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"x.{ending}"
    save(sample.rivers(), path)
    assert path.read_text("utf-8") == export.to_text(sample.rivers(), ending.lower())
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", ["x", "x.txt", ".json", "x.json.gz"])
def test_unknown_file_ending_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ExportError, match=r"\.json, \.md or \.html"):
        save(sample.rivers(), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_missing_folder_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"No such file .* Name another path"):
        save(sample.rivers(), tmp_path / "nowhere" / "x.md")


@pytest.mark.parametrize("path", ["/home/ada/models/My Model-Q4.gguf", "C:\\models\\My Model-Q4.gguf"])
def test_file_name_holds_no_folder_of_a_model(tmp_path: Path, path: str) -> None:
    conversation = sample.rivers()
    models = {side: replace(model, model=path) for side, model in conversation.models.items()}
    markdown, _ = save_both(replace(conversation, models=models), tmp_path)
    assert markdown.stem.endswith("-my-model-q4-vs-my-model-q4")
    assert "ada" not in markdown.stem


def test_save_both_takes_a_new_name_each_time(tmp_path: Path) -> None:
    folder = tmp_path / "transcripts"
    first, second = save_both(sample.rivers(), folder), save_both(sample.rivers(), folder)
    assert re.fullmatch(r"2026-03-1[345]-\d{4}-qwen-small-vs-smol", first[0].stem)
    assert [each.suffix for each in first] == [".md", ".json"]
    assert second[0].stem == f"{first[0].stem}-2" == second[1].stem
    assert from_json(first[1].read_text("utf-8")) == sample.rivers()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {each.stat().st_mode & 0o777 for each in folder.iterdir()} == {0o600}
    assert len(list(folder.iterdir())) == 4


def test_save_both_overwrites_neither_file(tmp_path: Path) -> None:
    [markdown, _] = save_both(sample.rivers(), tmp_path / "one")
    folder = tmp_path / "two"
    folder.mkdir()
    other = folder / f"{markdown.stem}.json"
    other.write_text("mine")
    assert save_both(sample.rivers(), folder)[0].stem == f"{markdown.stem}-2"
    assert other.read_text() == "mine"
    assert len(list(folder.iterdir())) == 3


@pytest.mark.parametrize("model", ["../../etc/x", "CON", "a" * 400, "模型", "hf:o/r/x.gguf", " .", 'a<b>:"c"|?*\0', ""])
def test_file_name_is_valid_for_every_model_id(tmp_path: Path, model: str) -> None:
    models = dict.fromkeys(Side, replace(sample.LEFT, model=model))
    for path in save_both(replace(sample.rivers(), models=models), tmp_path):
        assert path.parent == tmp_path
        assert re.fullmatch(r"2026[a-z0-9.-]{1,110}\.(md|json)", path.name)
        assert not path.stem.endswith((".", "-"))


INTERRUPTED = """
import resource, sys
from pathlib import Path
from tests.archive import sample
from tui.archive.transcript.export import ExportError, save, save_both
place = Path(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
for work in (save, save_both):
    try:
        work(sample.rivers(), place)
    except ExportError as error:
        print(error)
    place = place.parent / "both"
"""
"""Saves with a limit on the size of every file."""


@pytest.mark.parametrize("limit", [0, 1, 100, 1000])
def test_export_to_a_full_disk_leaves_the_old_file_whole(tmp_path: Path, limit: int) -> None:
    path = tmp_path / "x.json"
    path.write_text("the old one")
    command = [sys.executable, "-c", INTERRUPTED, str(path), str(limit)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert [line.endswith("or make room.") for line in done.stdout.splitlines()] == [True, True]
    assert path.read_text() == "the old one"
    assert list((tmp_path / "both").iterdir()) == []
    assert {each.name for each in tmp_path.iterdir()} == {"x.json", "both"}
