"""Thinking on the command line: switched and bounded per side, timed apart, and told where it cannot be switched."""

import json
from pathlib import Path

from tests import tiny
from tests.end_to_end.conftest import environ_for, run


def test_each_side_thinks_as_it_was_told_and_the_document_tells_the_times_apart(tmp_path: Path) -> None:
    thinker = tiny.write(
        tmp_path / "thinker.gguf",
        template=tiny.THINKING + "{% if enable_thinking %}<think>{% endif %}",
        script={"<think>": ["hm, "], "hm, ": ["well, ", "hm, "], "\n\n": ["Ye", "s."]},
        pairs=["\n\n"],
    )
    plain = tiny.write(tmp_path / "plain.gguf", script={"\n": ["No", "."]})
    asked = run(
        ("ask", str(thinker), str(plain), "Hi", "--think", "--think-budget-left", "5", "--json"), environ_for(tmp_path)
    )
    assert asked.returncode == 0, asked.stderr
    left, right = (json.loads(asked.stdout)[side] for side in ("left", "right"))
    assert (left["thinking"], left["text"]) == ("hm, well, hm, well, hm,", "Yes.")
    assert (left["thinking_tokens"], left["completion_tokens"], left["think_ignored"]) == (5 + 3, 5 + 3 + 2, False)
    assert left["answer_started_ms"] == round(left["ttft_ms"] + left["thinking_ms"], 3)
    assert left["answer_ms"] == round(left["last_ms"] - left["answer_started_ms"], 3)
    assert (right["thinking"], right["text"], right["thinking_ms"]) == (None, "No.", None)
    assert right["think_ignored"]
    assert "duochat: right: Its chat template has no switch for thinking" in " ".join(asked.stderr.split())
    off = run(("ask", str(thinker), str(plain), "Hi", "--no-think-left", "--json"), environ_for(tmp_path))
    left, right = (json.loads(off.stdout)[side] for side in ("left", "right"))
    assert (left["thinking"], left["text"], left["think"], right["think"]) == (None, "Yes.", False, None)
