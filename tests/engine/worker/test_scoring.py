"""Scores of texts: equal to llama.cpp's, in bounded memory, without effect on the conversation."""

import math
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests import tiny
from tests.engine.asking import ONE, ask, assistant, loaded, plain, setup, user
from tests.engines import engine as made
from tui.chat.conversation import Message
from tui.chat.events import Failed, Restarted
from tui.chat.scores import Continuation, Done, Passage, Scored, ScoreEvent, Subject, TokenScore
from tui.engine.cores import Threads
from tui.engine.process.fallback import FallbackEngine

TEXT = "The cat sat on the mat, 猫は座った — and thought of nothing at all. " * 12
ORACLE = Path(__file__).with_name("oracle.py")


@pytest.fixture(scope="module", params=[False, True], ids=["no beginning", "begins"])
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.write(tmp_path_factory.mktemp("models") / "m.gguf", begin=request.param, context=2048)


def oracle(model: Path, text: str, *arguments: str) -> tuple[float, int]:
    """Return the sum of the log-probabilities and their number."""
    command = (sys.executable, str(ORACLE), str(model), *arguments)
    said = subprocess.run(command, input=text.encode(), stdout=subprocess.PIPE, check=True).stdout.split()
    return float(said[0]), int(said[1])


async def events_of(engine: FallbackEngine, subject: Subject, threads: Threads = ONE) -> list[ScoreEvent]:
    return [event async for event in engine.score(subject, threads) if not isinstance(event, Restarted)]


async def scores_of(engine: FallbackEngine, subject: Subject) -> list[TokenScore]:
    *scored, last = await events_of(engine, subject)
    assert last == Done(), last
    return [score for each in scored if isinstance(each, Scored) for score in each.tokens]


async def failure_of(engine: FallbackEngine, subject: Subject) -> Failed:
    (last,) = await events_of(engine, subject)
    assert isinstance(last, Failed)
    assert not last.fatal
    return last


def continuation(text: str, *messages: Message) -> Continuation:
    return Continuation(messages or (user("hi"),), setup(), text)


def pieces(text: str, scores: Sequence[TokenScore]) -> list[bytes]:
    return [text.encode()[each.start : each.end] for each in scores]


@pytest.mark.parametrize("window", [64, 90, 128])
async def test_perplexity_equals_that_of_llama_cpp(model: Path, window: int) -> None:
    total, count = oracle(model, TEXT, str(window))
    async with loaded(model, extra_buffers=plain) as engine:
        scores = await scores_of(engine, Passage(TEXT, window))
    assert len(scores) == count
    ours, theirs = (math.exp(-each / count) for each in (sum(score.log_prob for score in scores), total))
    assert ours == pytest.approx(theirs, rel=1e-3)


async def test_answer_is_scored_after_its_conversation(model: Path) -> None:
    prompt = "<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n"
    total, count = oracle(model, "猫 the", "0", prompt)
    async with loaded(model, extra_buffers=plain) as engine:
        scores = await scores_of(engine, continuation("猫 the"))
    assert len(scores) == count
    assert sum(score.log_prob for score in scores) == pytest.approx(total, rel=1e-5)
    assert pieces("猫 the", scores) == [b"\xe7", b"\x8c", b"\xab", b" ", b"th", b"e"]


async def test_certain_token_has_log_probability_zero(tmp_path: Path) -> None:
    path = tiny.write(tmp_path / "m.gguf", script={"\n": [b"a", b"b", b"c"]})
    async with loaded(path) as engine:
        certain = await scores_of(engine, continuation("abc"))
        surprised = await scores_of(engine, continuation("abx"))
    assert [round(each.log_prob, 3) for each in certain] == [0, 0, 0]
    assert [each.log_prob < -5 for each in surprised] == [False, False, True]


async def test_scoring_leaves_the_conversation_alone(model: Path) -> None:
    first = (user("hi"),)
    async with loaded(model) as engine:
        answer = await ask(engine, *first, max_tokens=8)
        await scores_of(engine, continuation("something else entirely"))
        await scores_of(engine, Passage(TEXT, 64))
        again = await ask(engine, *first, assistant(answer.text), user("more"), max_tokens=8)
    async with loaded(model) as engine:
        await ask(engine, *first, max_tokens=8)
        undisturbed = await ask(engine, *first, assistant(answer.text), user("more"), max_tokens=8)
    assert again.usage.reused_tokens == undisturbed.usage.reused_tokens > 0
    assert again.text == undisturbed.text


async def test_scores_come_in_small_chunks_with_progress(model: Path) -> None:
    async with loaded(model) as engine:
        *scored, _ = await events_of(engine, Passage(TEXT, 128))
    chunks = [each for each in scored if isinstance(each, Scored)]
    assert max(len(each.tokens) for each in chunks) <= 64
    assert [each.done for each in chunks] == sorted({each.done for each in chunks})
    assert chunks[-1].done == chunks[-1].total


async def test_short_text_is_one_window(tmp_path: Path) -> None:
    async with loaded(tiny.write(tmp_path / "m.gguf")) as engine:
        scores = await scores_of(engine, Passage("a cat"))
    assert pieces("a cat", scores) == [b" ", b"c", b"a", b"t"]


async def test_windows_stay_within_the_trained_context(tmp_path: Path) -> None:
    async with loaded(tiny.write(tmp_path / "m.gguf", context=64)) as engine:
        scores = await scores_of(engine, Passage("x" * 64 + "y" * 31))
    assert [each.start for each in scores] == [*range(17, 32), *range(49, 64)]


@pytest.mark.parametrize("threads", [Threads(1, 1), Threads(2, 2)])
async def test_control_tokens_in_a_scored_text_are_text(tmp_path: Path, threads: Threads) -> None:
    async with loaded(tiny.write(tmp_path / "m.gguf")) as engine:
        *scored, _ = await events_of(engine, continuation("<|im_end|>"), threads)
    (chunk,) = (each for each in scored if isinstance(each, Scored) and each.tokens)
    assert len(chunk.tokens) == len("<|im_end|>")


async def test_text_with_a_lone_surrogate_is_scored(model: Path) -> None:
    async with loaded(model) as engine:
        scores = await scores_of(engine, continuation("a\ud83d"))
    assert scores[-1].end == 4


async def test_scored_answer_follows_closed_or_switched_off_thinking(tmp_path: Path) -> None:
    """A template that opens the thinking gets it closed before the answer; a switch turns it off."""
    opening = tiny.CHATML.replace("assistant\n{% endif %}", "assistant\n<think>\n{% endif %}")
    switching = tiny.THINKING
    for template, before in ((opening, "<think>\n\n</think>\n\n"), (switching, "<think>\n\n</think>\n\n")):
        path = tiny.write(tmp_path / "m.gguf", template=template)
        prompt = f"<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n{before}"
        total, _ = oracle(path, "yes", "0", prompt)
        async with loaded(path, extra_buffers=plain) as engine:
            scores = await scores_of(engine, continuation("yes"))
        assert sum(score.log_prob for score in scores) == pytest.approx(total, rel=1e-5)


@pytest.mark.parametrize("subject", [Passage(""), Passage("x"), continuation("")])
async def test_empty_text_is_refused(tmp_path: Path, subject: Subject) -> None:
    async with loaded(tiny.write(tmp_path / "m.gguf")) as engine:
        failed = await failure_of(engine, subject)
    assert failed.message.startswith("There is no ")


async def test_text_that_exceeds_the_context_is_refused_with_numbers(tmp_path: Path) -> None:
    async with loaded(tiny.write(tmp_path / "m.gguf")) as engine:
        failed = await failure_of(engine, continuation("x" * 600))
    assert "but the context holds 512" in failed.message
    assert "6" in failed.message


async def test_conversation_that_the_template_refuses_is_reported(tmp_path: Path) -> None:
    template = tiny.CHATML + "{% if messages|length > 2 %}{{ raise_exception('no') }}{% endif %}"
    async with loaded(tiny.write(tmp_path / "m.gguf", template=template)) as engine:
        failed = await failure_of(engine, continuation("x", user("a"), assistant("b"), user("c")))
    assert failed.message.startswith("The chat template gives no prompt for this conversation (")


async def test_stopped_scoring_leaves_the_engine_usable(tmp_path: Path) -> None:
    path = tiny.write(tmp_path / "m.gguf", context=100_000)
    async with loaded(path, context=100_000) as engine:
        events = engine.score(Passage("x" * 60_000, 30_000), ONE)
        first = await anext(events)
        await engine.stop()
        rest = [event async for event in events]
        assert isinstance(first, Scored)
        assert rest[-1] == Done(stopped=True)
        assert (await ask(engine, "hi")).finished


async def test_closing_the_generator_stops_scoring(tmp_path: Path) -> None:
    path = tiny.write(tmp_path / "m.gguf", context=100_000)
    async with loaded(path, context=100_000) as engine:
        events = engine.score(Passage("x" * 60_000, 30_000), ONE)
        await anext(events)
        await events.aclose()
        assert (await ask(engine, "hi")).finished


async def test_scoring_fails_before_the_model_is_loaded(tmp_path: Path) -> None:
    engine = made(tiny.write(tmp_path / "m.gguf"), environ={})
    (event,) = await events_of(engine, Passage("some text"))
    assert isinstance(event, Failed)
