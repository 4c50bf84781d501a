"""What is typed while the main screen comes up reaches the prompt, in the order in which it was typed."""

import asyncio
from pathlib import Path

from textual import events
from textual.screen import Screen

from tests.screens.conftest import MakeDuo
from tests.screens.host import Host, until
from tests.scripted import ScriptedEngine
from tui.screens.compare.screen import CompareScreen
from tui.widgets.prompt import Prompt

LETTERS = "abcdefghijklmnopqrstuvwxyz"
AFTERWARDS = 100
"""Letters that are typed once the screen has come up; as many as may be come before."""


async def test_no_key_is_lost_or_overtaken_while_the_screen_comes_up(make_duo: MakeDuo, tmp_path: Path) -> None:
    screen = CompareScreen(make_duo(ScriptedEngine(["a"]), ScriptedEngine(["b"])), transcripts=tmp_path, keys={})
    app = Host(Screen[None]())
    async with app.run_test(size=(80, 24)) as pilot:
        showing = app.push_screen(screen)
        typed, more = "", 0
        while more < AFTERWARDS:
            letter = LETTERS[len(typed) % len(LETTERS)]
            app.post_message(events.Key(letter, letter))
            typed += letter
            more += screen.is_mounted
            await asyncio.sleep(0)
        assert len(typed) > AFTERWARDS
        await showing
        prompt = screen.query_one(Prompt)
        await until(pilot, lambda: len(prompt.text) == len(typed))
        assert prompt.text == typed
        assert prompt.has_focus
