"""A vote, and the language of its question."""

import subprocess
import sys
from dataclasses import replace

import pytest

from tests.archive import sample
from tests.arena.voters import vote
from tui.arena.language import language_of
from tui.arena.votes import Contender, Vote, vote_of
from tui.chat.conversation import Answer, Exchange, Side
from tui.chat.judgment import Judgment, Verdict


@pytest.mark.parametrize(
    ("verdict", "score"), [(Verdict.LEFT, 1), (Verdict.RIGHT, 0), (Verdict.TIE, 0.5), (Verdict.BOTH_BAD, 0.5)]
)
def test_a_score_is_the_left_model_s(verdict: Verdict, score: float) -> None:
    assert vote("a", "b", verdict).score == score


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Name three rivers in Asia.", "en"),
        ("What does 你好 mean?", "en"),
        ("What does ありがとう mean?", "en"),
        ("亚洲有哪三条大河?", "zh"),
        ("解释 Python 的 list comprehension", "zh"),
        ("用 Rust 写一个 HTTP 服务器", "zh"),
        ("日本の首都はどこですか", "other"),
        ("PythonのリストをJSONにしてください", "other"),
        ("서울은 어느 나라의 수도입니까?", "other"),
        ("Какая столица Франции?", "other"),
        ("Où est la gare ?", "other"),
        ("Qual é a capital da França?", "other"),
        ("2 + 2 = ?", "other"),
        ("", "other"),
    ],
)
def test_the_language_of_a_question(question: str, language: str) -> None:
    assert language_of(question) == language


def test_a_vote_of_an_exchange_has_its_models_lengths_speeds_and_sides() -> None:
    left = Answer(seat=sample.LEFT, setup=sample.SETUP, text="长江。", thinking="hm", usage=sample.USAGE)
    right = Answer(seat=sample.RIGHT, setup=sample.SETUP, text="Rhine")
    judgment = Judgment(verdict=Verdict.TIE, at=sample.WHEN)
    question = replace(sample.question("亚洲有哪三条大河?"), swapped=True)
    exchange = Exchange(question, {Side.LEFT: left, Side.RIGHT: right}, judgment=judgment, id=7)
    assert vote_of(exchange) == Vote(
        judgment=judgment,
        left=Contender("qwen-small", 3, sample.USAGE.tokens_per_second),
        right=Contender("smol", 5, 0.0),
        language="zh",
        swapped=True,
        id=7,
    )
    assert vote_of(replace(exchange, judgment=None)) is None
    assert vote_of(replace(exchange, answers={Side.LEFT: left})) is None


def test_votes_and_leaderboards_load_no_numpy() -> None:
    names = "biases", "language", "leaderboard", "notes", "subsets", "votes"
    code = f"import sys, {', '.join(f'tui.arena.{name}' for name in names)}; print('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
