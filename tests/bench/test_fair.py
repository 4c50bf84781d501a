"""Two models compared in turn, each alone."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests import tiny
from tests.bench.harness import by_name, harness
from tui.bench import fair
from tui.bench.fair import TASKS, Run, Task, figures, run_of
from tui.bench.figures import BenchError, Pair
from tui.bench.harness import Scale
from tui.chat.conversation import Answer, FinishReason, ModelInfo, Setup, Side, Usage, Weights
from tui.chat.sampling import resolve

ENGLISH, CHINESE, _ = TASKS
RUN = Run(
    first_ms=50,
    begun_ms=50,
    done_ms=1050,
    tokens_per_second=20,
    tokens=20,
    thinking_tokens=0,
    characters=80,
    language="en",
    cut=False,
)
USAGE = Usage(
    prompt_tokens=4,
    reused_tokens=0,
    completion_tokens=11,
    started_ms=0,
    first_ms=100,
    last_ms=1100,
    ended_ms=1150,
    threads=1,
    thinking_ms=600,
    thinking_tokens=6,
)
ANSWER = Answer(
    model=ModelInfo(model="m", name="M", weights=Weights(None, "f.gguf", 1, "")),
    setup=Setup(sampling=resolve(seed=1, user={}, catalogue={}, gguf={}), max_tokens=9),
    text="海水 salty",
    finish_reason=FinishReason.STOP,
    usage=USAGE,
)


def test_characters_are_counted_without_thinking() -> None:
    run = run_of(Side.LEFT, ANSWER)
    assert (run.first_ms, run.begun_ms, run.done_ms) == (100, 700, 1150)
    assert (run.tokens, run.thinking_tokens, run.characters) == (11, 6, 8)
    assert run.characters_per_token == 8 / 5
    assert run.tokens_per_second == 10
    assert not run.cut
    assert run_of(Side.LEFT, replace(ANSWER, finish_reason=FinishReason.LENGTH)).cut


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (replace(ANSWER, usage=None, error="It broke."), "It broke"),
        (replace(ANSWER, text="", usage=replace(USAGE, thinking_tokens=11)), "right model came to no"),
        (replace(ANSWER, usage=replace(USAGE, completion_tokens=1, last_ms=100)), "too short"),
    ],
)
def test_an_answer_that_cannot_be_measured_raises(answer: Answer, sentence: str) -> None:
    with pytest.raises(BenchError, match=sentence):
        run_of(Side.RIGHT, answer)


def test_left_is_compared_with_right_in_tokens_and_characters() -> None:
    right = replace(RUN, tokens_per_second=40, characters=40)
    found = by_name(figures(ENGLISH, [(RUN, right)], 2))
    assert found["fair-english-speed"].pairs == (Pair(20, 40),)
    assert found["fair-english-speed"].value == 0.5
    assert found["fair-english-characters-per-token"].pairs == (Pair(4, 2),)
    assert found["fair-english-characters"].value == 1
    assert all("left alone against right alone, 2 threads each" in figure.compared for figure in found.values())
    assert not [name for name in found if "thinking" in name or "begins" in name]


def test_thinking_has_figures_of_its_own() -> None:
    thought = replace(RUN, begun_ms=550, thinking_tokens=10)
    found = by_name(figures(ENGLISH, [(RUN, thought)], 1))
    assert found["fair-english-answer-begins"].pairs == (Pair(50, 550),)
    assert found["fair-english-thinking"].pairs == (Pair(0, 10),)
    assert found["fair-english-characters-per-token"].pairs == (Pair(4, 8),)


def test_cut_answers_and_other_languages_are_counted() -> None:
    runs = [(RUN, replace(RUN, language="zh", cut=True)), (RUN, replace(RUN, language="zh"))]
    found = by_name(figures(CHINESE, runs, 1))
    assert found["fair-chinese-answer-done"].compared.endswith("; cut at their limit: 0 of 2 left, 1 of 2 right")
    assert found["fair-chinese-characters"].compared.endswith("; in another language: 2 of 2 left, 0 of 2 right")
    code = by_name(figures(Task("code", "def"), runs, 1))
    assert "language" not in code["fair-code-characters"].compared


async def test_a_thinking_model_beside_one_that_does_not_think(tmp_path: Path) -> None:
    plain = tiny.write(tmp_path / "plain.gguf", context=4096, script={"\n": ["Salt", " from", " rocks."]})
    thinker = tiny.write(
        tmp_path / "thinker.gguf",
        context=4096,
        template=tiny.THINKING,
        script={"\n": ["<think>", "hm", " well", "</think>", "Salt", "!"]},
    )
    async with harness(plain, thinker, scale=Scale(repeats=1, context=2048), cores=1) as made:
        found = by_name(await fair.measure(made))
    for task in TASKS:
        assert found[f"fair-{task.name}-tokens"].pairs == (Pair(3, 6), Pair(3, 6))
        assert found[f"fair-{task.name}-thinking"].pairs == (Pair(0, 4), Pair(0, 4))
        per_token = found[f"fair-{task.name}-characters-per-token"].pairs
        assert per_token == (Pair(16 / 3, 5 / 2), Pair(16 / 3, 5 / 2))
        for pair in found[f"fair-{task.name}-answer-begins"].pairs:
            assert pair.measured > 0
            assert pair.against
    assert "in another language: 2 of 2 left, 2 of 2 right" in found["fair-chinese-characters"].compared
    assert "1 thread each" in found["fair-code-speed"].compared
