"""What an answer comes down to is found where it has such an end, and nothing is made up where it has none."""

import pytest

from tui.arena.differences.final_answers import final_answer


@pytest.mark.parametrize(
    ("text", "final"),
    [
        ("So 2 + 2 makes \\boxed{4}. Check: 2 + 2 = 4, not 5.", "4"),
        ("\\boxed{x = \\frac{1}{2}}", "1/2"),
        ("\\boxed{\\frac{x}{2}}", "x/2"),
        ("\\boxed{12\\text{ km}}", "12 km"),
        ("\\boxed{1,000} and \\boxed{ x }", "x"),
        ("Let me see 3 and 4.\nThe answer is **12**, of course.", "12"),
        ("The answer is 12 km.", "12 km"),
        ("Final answer: (B)", "B"),
        ("The correct answer is C, because 3 > 2.", "C"),
        ("B) Paris", "B"),
        ("D", "D"),
        ("选B。", "B"),
        ("经过计算，答案是一千零一。", "1001"),
        ("答案：对", "yes"),
        ("Yes, since 7 is odd.", "yes"),
        ("不是，太阳是恒星。", "no"),
        ("3 + 4 = 7\nSo there are 7 apples in 2 bags: 14.", "14"),
        ("```python\nprint(41 + 1)\n```\nIt prints 42.", "42"),
        ("In 1998 it opened.\nIt is very nice.", None),
        ("A dog barked. The sea is wide.", None),
        ("A, B and C are letters.", None),
        ("", None),
    ],
)
def test_final_answers(text: str, final: str | None) -> None:
    assert final_answer(text) == final
