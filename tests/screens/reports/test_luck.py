"""The view of several attempts: what it tells, and that nothing in it obeys a model."""

from collections.abc import Callable
from datetime import UTC, datetime

from textual.pilot import Pilot

from tests.screens.conftest import ANT, BEE, model
from tests.screens.host import Host, press, screen_text, until
from tui.chat.conversation import Answer, Exchange, FinishReason, ModelInfo, Question, Setup, Side
from tui.chat.sampling import resolve
from tui.screens.reports.luck import LuckScreen


def answer(who: ModelInfo, text: str, reason: FinishReason = FinishReason.STOP) -> Answer:
    sampling = resolve(seed=1, user={}, catalogue={}, gguf={})
    return Answer(model=who, setup=Setup(sampling=sampling, max_tokens=64), text=text, finish_reason=reason)


def exchange(left: list[Answer], right: list[Answer]) -> Exchange:
    last = {Side.LEFT: left[-1], Side.RIGHT: right[-1]}
    return Exchange(
        Question("17 + 26?", datetime.now(UTC)), last, {Side.LEFT: tuple(left[:-1]), Side.RIGHT: tuple(right[:-1])}
    )


NUMBERS = exchange(
    [answer(ANT, text) for text in ("43", "It is 43.", "43", "17 and 26 make 43")],
    [answer(BEE, text) for text in ("42", "42", "42", "42")],
)


def shown(app: Host) -> Callable[[], bool]:
    return lambda: "agree across" in screen_text(app)


async def test_both_sides_and_the_verdict_are_told() -> None:
    app = Host(LuckScreen(NUMBERS, {Side.LEFT: ANT, Side.RIGHT: BEE}))
    async with app.run_test(size=(100, 40)) as pilot:
        await until(pilot, shown(app))
        text = screen_text(app)
        for part in ("Luck or model?", "Ant 1B", "Bee 2B", "43 (4x)", "42 (4x)", "2 to 17, median 6", "p = 0.029"):
            assert part in text
        assert "The models differ by more than luck" in text
        await press(pilot, "escape")
        assert app.results == [None]


async def test_names_and_answers_are_shown_as_they_are() -> None:
    hostile = model("x", "[bold]X[/x] \x1b[2J")
    app = Host(
        LuckScreen(exchange([answer(hostile, "\\boxed{[/x]}")], [answer(BEE, "b")]), dict.fromkeys(Side, hostile))
    )
    async with app.run_test(size=(100, 40)) as pilot:
        await until(pilot, shown(app))
        text = screen_text(app)
        assert "[bold]X[/x] ␛[2J" in text
        assert "[/x] (1x)" in text
        assert "One answer a side can tell nothing about luck" in text


async def test_everything_can_be_reached_in_a_small_terminal() -> None:
    cut = exchange([answer(ANT, "word " * 40, FinishReason.LENGTH)] * 30, [answer(BEE, "b")] * 30)
    app = Host(LuckScreen(cut, {Side.LEFT: ANT, Side.RIGHT: BEE}))
    async with app.run_test(size=(40, 12)) as pilot:
        await until(pilot, shown_at_the_end(app, pilot))
        assert "answers cut at their limit" in " ".join(screen_text(app).replace("│", " ").split())


def shown_at_the_end(app: Host, pilot: Pilot[None]) -> Callable[[], bool]:
    def scrolled() -> bool:
        app.screen.query("VerticalScroll").first().scroll_end(animate=False)
        return "differ by more than luck" in " ".join(screen_text(app).replace("│", " ").split())

    return scrolled
