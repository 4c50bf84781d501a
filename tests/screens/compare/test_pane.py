"""One pane: what its status line says of an answer."""

from textual.app import App, ComposeResult
from textual.widgets import Static

from tui.chat.conversation import ModelInfo, PaneSide, Weights
from tui.chat.events import Delta, Loaded, Prefill, Restarted
from tui.chat.generation_settings import THINK_IGNORED
from tui.session.events import AnswerProgressed, QuestionShown
from tui.widgets.pane import Pane
from tui.widgets.status import Status


class Host(App[None]):
    """An app with nothing but a pane."""

    def compose(self) -> ComposeResult:
        model = ModelInfo(model="m", name="M", weights=Weights(None, "m.gguf", 1, ""))
        yield Pane(PaneSide.RIGHT, model, restart_key="F5")


async def test_a_switch_that_the_template_has_no_use_for_is_told_beside_what_was_left_out() -> None:
    app = Host()
    async with app.run_test():
        pane = app.query_one(Pane)
        pane.show(QuestionShown(PaneSide.RIGHT, "Hi", follow=True))
        pane.show(
            AnswerProgressed(PaneSide.RIGHT, Prefill(5, 10, 0, dropped_turns=2, think_ignored=True), shared=False)
        )
        note = str(pane.query_one(".note", Static).content)
        assert note.startswith("The 2 oldest turns")
        assert note.endswith(THINK_IGNORED)


async def test_a_prompt_read_beside_the_other_side_makes_the_whole_answer_shared() -> None:
    app = Host()
    async with app.run_test():
        pane, status = app.query_one(Pane), app.query_one(Status)
        pane.show(QuestionShown(PaneSide.RIGHT, "Hi", follow=True))
        pane.show(AnswerProgressed(PaneSide.RIGHT, Prefill(5, 10, 0), shared=True))
        pane.show(AnswerProgressed(PaneSide.RIGHT, Delta("Hello", thinking=False, tokens=1), shared=False))
        assert status.view.shared
        pane.show(QuestionShown(PaneSide.RIGHT, "And alone?", follow=True))
        pane.show(AnswerProgressed(PaneSide.RIGHT, Prefill(5, 10, 0), shared=False))
        pane.show(AnswerProgressed(PaneSide.RIGHT, Delta("Yes", thinking=False, tokens=1), shared=False))
        assert not status.view.shared


async def test_restart_in_safe_mode_is_noted_above_the_answer() -> None:
    loaded = Loaded(engine="e", context=512, template_sha256="", load_ms=1, notes=("It runs in a safe mode.",))
    app = Host()
    async with app.run_test():
        pane = app.query_one(Pane)
        pane.show(QuestionShown(PaneSide.RIGHT, "Hi", follow=True))
        pane.show(AnswerProgressed(PaneSide.RIGHT, Prefill(0, 10, 0), shared=False))
        pane.show(AnswerProgressed(PaneSide.RIGHT, Restarted(loaded), shared=False))
        pane.show(AnswerProgressed(PaneSide.RIGHT, Delta("Hello", thinking=False, tokens=1), shared=False))
        assert str(pane.query_one(".note", Static).content) == "It runs in a safe mode."
        assert pane.answer_text() == "Hello"
