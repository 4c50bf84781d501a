"""Names that an answer names itself by, masked in all of it, and those of others, which stay."""

import pytest

from tests.arena.blind.blinded import WESTERN_AND_CHINESE, hidden

LLAMA = ("Llama 3.2 1B", "Meta", *WESTERN_AND_CHINESE)


@pytest.mark.parametrize(
    ("answer", "seen"),
    [
        (
            'I\'m an AI model known as Llama. Llama stands for "Large Language Model Meta AI."',
            'I\'m an AI model known as X. X stands for "Large Language Model X."',
        ),
        (
            "I am Phi, a model developed by Microsoft. Phi is designed to help, and Microsoft keeps it safe.",
            "I am X, a model developed by X. X is designed to help, and X keeps it safe.",
        ),
        ("我是GLM，由智谱AI训练。GLM的意思是通用语言模型。", "我是X，由X训练。X的意思是通用语言模型。"),
        ("Llama? Yes. I am Llama, and Facebook is proud of it.", "X? Yes. I am X, and X is proud of it."),
        ("I was trained by Meta. Ask Llama 3 or Llama.", "I was trained by X. Ask X or X."),
        ("I am Claude. Claude is made in a lab; Anthropic's.", "I am X. X is made in a lab; X's."),
        ("i am phi. phi is small, a phi is a letter.", "i am X. X is small, a phi is a letter."),
        (
            "Llama waits. I was, like Granite 3.1, named Llama. I am Granite.",
            "X waits. I was, like X, named X. I am X.",
        ),
    ],
)
def test_name_an_answer_names_itself_by_is_masked_everywhere(answer: str, seen: str) -> None:
    assert hidden(answer, LLAMA) == (seen, True)


@pytest.mark.parametrize(
    ("answer", "seen"),
    [
        ("I am Llama. A llama is an animal; llamas hum.", "I am X. A llama is an animal; llamas hum."),
        ("I am Phi. The golden ratio phi is 1.618; metadata.", "I am X. The golden ratio phi is 1.618; metadata."),
        ("I am Llama. Google and Mistral are others.", "I am X. Google and Mistral are others."),
        ("I was trained by OpenAI. OpenAI made Codex.", "I was trained by X. OpenAI made Codex."),
    ],
)
def test_names_of_others_stay(answer: str, seen: str) -> None:
    assert hidden(answer, LLAMA) == (seen, True)


def test_name_the_user_wrote_is_masked_where_the_answer_names_itself_by_it() -> None:
    asked = "What does Microsoft make? And who are you?"
    assert hidden("I am Phi. Phi is new. Microsoft makes Windows.", LLAMA, asked) == (
        "I am X. X is new. Microsoft makes Windows.",
        True,
    )
    assert hidden("Microsoft makes Windows. I was made by Microsoft, too.", LLAMA, asked) == (
        "X makes Windows. I was made by X, too.",
        True,
    )
