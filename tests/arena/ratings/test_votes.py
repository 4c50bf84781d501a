"""A vote, and the language of its question."""

import subprocess
import sys

import pytest

from tests.arena.ratings.voters import vote
from tui.arena.ratings.language import language_of
from tui.chat.judgment import Verdict


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


def test_votes_and_leaderboards_load_no_numpy() -> None:
    names = "biases", "language", "leaderboard", "notes", "subsets", "votes"
    code = f"import sys, {', '.join(f'tui.arena.ratings.{name}' for name in names)}; print('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
