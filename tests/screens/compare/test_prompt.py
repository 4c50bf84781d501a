"""Writing, sending, recalling: the prompt alone."""

import pytest
from textual import events, on
from textual.app import App, ComposeResult

from tests.screens.host import press, settle
from tui.widgets.prompt import Prompt


class Host(App[None]):
    """An app with nothing but a prompt; notes what it posts."""

    CSS = "Prompt { height: auto; max-height: 8; }"

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[str] = []
        self.took_back = 0

    def compose(self) -> ComposeResult:
        yield Prompt()

    @on(Prompt.Submitted)
    def note_sent(self, event: Prompt.Submitted) -> None:
        self.sent.append(event.text)

    @on(Prompt.TookBack)
    def note_taken(self) -> None:
        self.took_back += 1


async def test_enter_sends_and_ctrl_j_breaks_the_line() -> None:
    app = Host()
    async with app.run_test() as pilot:
        await press(pilot, *"one", "ctrl+j", *"two", "shift+enter", *"three", "enter")
        assert app.sent == ["one\ntwo\nthree"]
        assert app.query_one(Prompt).text == ""
        await press(pilot, "space", "enter")
    assert app.sent == ["one\ntwo\nthree"]


async def test_up_recalls_and_down_comes_back_to_the_draft() -> None:
    app = Host()
    async with app.run_test() as pilot:
        prompt = app.query_one(Prompt)
        await pilot.press(*"first", "enter", *"a", "ctrl+j", *"b", "enter", *"draft")
        await press(pilot, "up")
        assert prompt.text == "a\nb"
        await press(pilot, "up")
        assert prompt.text == "a\nb", "the first Up only reaches the top row of two"
        await press(pilot, "up")
        assert prompt.text == "first"
        await press(pilot, "up")
        assert prompt.text == "first"
        await press(pilot, "down", "down", "down")
        assert prompt.text == "draft"


async def test_up_in_an_empty_prompt_asks_for_a_waiting_question_first() -> None:
    app = Host()
    async with app.run_test() as pilot:
        prompt = app.query_one(Prompt)
        prompt.remember("older")
        prompt.questions_wait = True
        await press(pilot, "up")
        assert (app.took_back, prompt.text) == (1, "")
        prompt.questions_wait = False
        await press(pilot, "up")
        assert (app.took_back, prompt.text) == (1, "older")


async def test_what_is_given_back_stands_before_what_was_begun() -> None:
    app = Host()
    async with app.run_test() as pilot:
        prompt = app.query_one(Prompt)
        prompt.give_back("waited")
        assert prompt.text == "waited"
        prompt.give_back("earlier")
        assert prompt.text == "earlier\nwaited"
        await press(pilot, "!")
        assert prompt.text == "earlier\nwaited!"


@pytest.mark.parametrize(
    ("pasted", "shown"),
    [
        ("a\r\nb\rc", "a\nb\nc"),
        ("x\x1b]52;c;aGk=\x07y", "x␛]52;c;aGk=␇y"),
        ("\x9b31m", "\ufffd31m"),
        ("[/x] [@click=app.quit]q[/]", "[/x] [@click=app.quit]q[/]"),
        ("中文🙂e\u0301", "中文🙂e\u0301"),
    ],
)
async def test_what_is_pasted_cannot_act_on_the_terminal(pasted: str, shown: str) -> None:
    app = Host()
    async with app.run_test() as pilot:
        prompt = app.query_one(Prompt)
        app.post_message(events.Paste(pasted))
        await settle(pilot)
        assert prompt.text == shown
        prompt.remember(pasted)
        prompt.clear()
        await press(pilot, "up")
        assert prompt.text == shown


async def test_it_grows_with_its_lines_and_no_further_than_six() -> None:
    app = Host()
    async with app.run_test(size=(60, 24)) as pilot:
        prompt = app.query_one(Prompt)
        small = prompt.size.height
        await press(pilot, *["ctrl+j"] * 3)
        assert prompt.size.height == small + 3
        await press(pilot, *["ctrl+j"] * 9)
        assert prompt.size.height == 6


async def test_enter_right_behind_the_text_sends_all_of_it() -> None:
    app = Host()
    async with app.run_test() as pilot:
        for key in (*"abc", "enter", *"de", "enter"):
            app.post_message(events.Key(key, key if len(key) == 1 else "\r"))
        await settle(pilot)
        assert app.sent == ["abc", "de"]


async def test_keys_that_come_all_at_once_are_taken_in_their_order() -> None:
    app = Host()
    async with app.run_test() as pilot:
        for character in "one\rtwo\r中文":
            key = "enter" if character == "\r" else character
            app.post_message(events.Key(key, character))
        await settle(pilot)
        assert app.sent == ["one", "two"]
        assert app.query_one(Prompt).text == "中文"
