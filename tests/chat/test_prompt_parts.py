"""A prompt is cut where somebody's words begin and end in it."""

import pytest

from tui.chat.conversation import Message, Role
from tui.chat.prompt_parts import Part, parts

CHATML = """<|im_start|>system
You are a helpful assistant.<|im_end|>
<|im_start|>user
{}<|im_end|>
<|im_start|>assistant
"""


def said(prompt: str, *messages: Message) -> list[str]:
    found = parts(prompt, messages)
    assert "".join(part.text for part in found) == prompt
    return [part.text for part in found if part.said]


def user(text: str) -> Message:
    return Message(Role.USER, text)


def test_a_default_system_prompt_is_the_templates_own() -> None:
    assert parts(CHATML.format("Hi"), (user("Hi"),)) == (
        Part("<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n", said=False),
        Part("Hi", said=True),
        Part("<|im_end|>\n<|im_start|>assistant\n", said=False),
    )


@pytest.mark.parametrize("word", ["a", "You are", "assistant", "helpful"])
def test_words_that_the_template_has_too_are_found_where_they_were_said(word: str) -> None:
    before, found, _ = parts(CHATML.format(word), (user(word),))
    assert (found.text, before.text.endswith("<|im_start|>user\n")) == (word, True)


def test_every_turn_is_found_in_its_order() -> None:
    prompt = "[INST] Be brief.\n\nOne [/INST]<think>\nhm\n</think>\n\nOne.[INST] Two [/INST]"
    system, answer = Message(Role.SYSTEM, "Be brief."), Message(Role.ASSISTANT, "One.", "hm")
    assert said(prompt, system, user("One"), answer, user("  Two\n")) == ["Be brief.", "One", "hm", "One.", "Two"]


def test_what_the_template_dropped_or_rewrote_is_passed_over() -> None:
    answer = Message(Role.ASSISTANT, "An answer", "which was thought about")
    assert said("User: One\n\nAssistant: AN ANSWER\n\nUser: Two", user("Zero"), user("One"), answer, user("Two")) == [
        "One",
        "Two",
    ]


def test_nothing_said_is_all_the_templates() -> None:
    assert parts("<s>", ()) == (Part("<s>", said=False),)
    assert parts("", (user(" "),)) == ()
