"""Thinking in each family of models, with the makers' own chat templates in the real worker."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import templates
from tests.engine.asking import ask, assistant, loaded, setup, user
from tests.engine.worker.families import ANSWER, FAMILIES, SHAPES, SHORT, THOUGHT, Family, recited
from tests.patience import GUARD
from tui.chat.conversation import FinishReason, Message, Role
from tui.chat.events import Delta, Recast
from tui.chat.reasoning import Start, Tags, start_of, tags_in
from tui.engine.process.environment import worker_environ
from tui.engine.worker.chat_template import ChatTemplate
from tui.engine.worker.scoring_windows import lead_in
from tui.engine.worker.template_renderer import Renderer
from tui.engine.worker.text_stream import TextStream

each_family = pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)


@pytest.fixture(scope="session")
def collection(request: pytest.FixtureRequest) -> Path:
    """Return the folder of the families' chat templates."""
    return templates.obtained(request.config.cache.mkdir("templates"))


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", worker_environ({})["PYTHONPATH"])
        renderer = Renderer(seconds=GUARD)
        renderer.start()
    yield renderer
    renderer.close()


class ControlTokens:
    """The special tokens of a family."""

    def __init__(self, controls: tuple[str, ...]) -> None:
        self.controls = controls
        self.begin_text, self.end_text = controls[0], controls[2]


def writer(family: Family, collection: Path, renderer: Renderer) -> ChatTemplate:
    written = ChatTemplate(
        (collection / f"{family.template}.jinja").read_text(), ControlTokens(family.controls), renderer
    )
    written.check()
    return written


def split_output(tags: Tags, start: Start, parts: list[bytes]) -> tuple[str, str]:
    """Return the thinking and the answer of an output whose tokens are `parts`."""
    thinking, answer = "", ""
    said: list[Delta | Recast] = []
    stream = TextStream(tags, start=start, send=said.append)
    for token, part in enumerate(parts, 1):
        stream.feed(part, token)
    stream.finish(cut=False)
    for each in said:
        match each:
            case Recast():
                thinking, answer = thinking + answer, ""
            case Delta(text=text, thinking=True):
                thinking += text
            case Delta(text=text):
                answer += text
    return thinking, answer


@pytest.mark.parametrize(("name", "tags", "start", "output"), SHAPES, ids=[shape[0] for shape in SHAPES])
def test_thinking_and_answer_do_not_depend_on_token_boundaries(
    name: str, tags: Tags, start: Start, output: str
) -> None:
    data = output.encode()
    whole = split_output(tags, start, [data])
    assert whole == ("" if start is Start.PAST else THOUGHT, ANSWER)
    for at in range(1, len(data)):
        assert split_output(tags, start, [data[:at], data[at:]]) == whole
    assert split_output(tags, start, [data[at : at + 1] for at in range(len(data))]) == whole


@each_family
def test_template_shows_the_tags_and_the_state_after_the_prompt(
    family: Family, collection: Path, renderer: Renderer
) -> None:
    tags = family.tags or tags_in((collection / f"{family.template}.jinja").read_text())
    assert tags is not None
    text, ignored = writer(family, collection, renderer).write([user("Q1")], setup(think=family.think))
    assert start_of(text, tags) is family.start
    assert not ignored
    assert split_output(tags, family.start, [family.output.encode()]) == (THOUGHT, ANSWER)


@each_family
def test_switching_thinking_changes_the_prompt_or_is_reported_as_ignored(
    family: Family, collection: Path, renderer: Renderer
) -> None:
    one = writer(family, collection, renderer)
    on, off = (one.write([user("Q1")], setup(think=think)) for think in (True, False))
    useless = family.off == family.on
    assert (on[0] == off[0]) is on[1] is off[1] is useless


@each_family
def test_earlier_thinking_is_kept_only_where_the_template_keeps_it(
    family: Family, collection: Path, renderer: Renderer
) -> None:
    told = [user("Q1"), assistant(ANSWER, THOUGHT), user("Q2")]
    text, _ = writer(family, collection, renderer).write(told, setup(think=family.think))
    assert ANSWER in text
    assert (THOUGHT in text) is family.keeps


@each_family
def test_tags_inside_an_earlier_answer_stay_text(family: Family, collection: Path, renderer: Renderer) -> None:
    answer = f"It ends with </think>, [/THINK], <channel|> or {family.controls[2]} or <|channel|>final<|message|>."
    told = [user("Q1"), assistant(f"Before. {answer}", f"Hm, {answer}"), user("Q2")]
    text, _ = writer(family, collection, renderer).write(told, setup(think=family.think))
    assert f"Before. {answer}" in text
    assert (f"Hm, {answer}" in text) is family.keeps


def test_switch_in_a_default_system_text_is_ignored_after_another_system_text(
    collection: Path, renderer: Renderer
) -> None:
    (granite,) = (family for family in FAMILIES if family.name.startswith("Granite"))
    told = [Message(Role.SYSTEM, "Be brief."), user("Q1")]
    assert writer(granite, collection, renderer).write(told, setup(think=True))[1]


def test_template_that_looks_for_words_gets_them(collection: Path, renderer: Renderer) -> None:
    nemotron = Family(name="Nemotron", template="NVIDIA-Nemotron-Nano-v2", output="")
    one = writer(nemotron, collection, renderer)
    for told in ([user("Q1")], [Message(Role.SYSTEM, "Be brief."), user("Q1")]):
        on, off = (one.write(told, setup(think=think)) for think in (True, False))
        assert on[0].endswith("<think>\n")
        assert off[0].endswith("<think></think>")
        assert not on[1] | off[1]
        assert ("Be brief." in off[0]) is (len(told) == 2)


def test_default_of_the_maker_overrides_that_of_the_template(collection: Path, renderer: Renderer) -> None:
    (qwen,) = (family for family in FAMILIES if family.name == "Qwen3.5")
    one = writer(qwen, collection, renderer)
    assert one.write([user("Q1")], setup())[0].endswith("<think>\n")
    assert one.write([user("Q1")], setup(think_default=False))[0].endswith("</think>\n\n")
    assert one.write([user("Q1")], setup(think_default=False, think=True))[0].endswith("<think>\n")


@each_family
async def test_worker_separates_limits_and_switches_off_thinking(
    family: Family, collection: Path, tmp_path: Path
) -> None:
    how: dict[str, Any] = {"max_tokens": 400, "tags": family.tags}
    async with loaded(family.weights(tmp_path / "m.gguf", collection), context=8192) as engine:
        first = await ask(engine, "Q1", think=family.think, **how)
        assert (first.thinking, first.text, first.reason) == (THOUGHT, ANSWER, FinishReason.STOP)
        usage = first.usage
        assert usage.thinking_tokens is not None
        assert 0 < usage.thinking_tokens < usage.completion_tokens
        assert None not in {usage.thinking_ms, usage.answer_ms, usage.answer_started_ms}

        second = await ask(engine, "Q1", assistant(first.text, first.thinking), "Q2", think=family.think, **how)
        read = usage.prompt_tokens + usage.completion_tokens
        if family.keeps:
            assert second.usage.reused_tokens == read
        else:
            assert 0 < second.usage.reused_tokens <= usage.prompt_tokens

        opened = len(recited(family.output.partition(THOUGHT)[0]))
        cut = await ask(engine, "Q1", think=family.think, think_budget=opened + 2, **how)
        assert (cut.text, cut.reason) == (SHORT, FinishReason.STOP)
        assert cut.thinking
        assert cut.thinking in THOUGHT
        assert cut.tokens[: opened + 2] == first.tokens[: opened + 2], "tokens that the model chose"
        assert cut.tokens[opened + 2] != first.tokens[opened + 2]
        assert cut.usage.thinking_tokens == cut.usage.completion_tokens - len(recited(SHORT)), (
            "with the tokens that ended it"
        )

        off = await ask(engine, "Q1", think=False, **how)
        assert off.usage.think_ignored is (family.off == family.on)
        if family.off not in {None, family.on}:
            assert (off.thinking, off.text, off.usage.thinking_ms) == ("", SHORT, None)


@each_family
def test_lead_in_makes_the_next_text_an_answer(family: Family, collection: Path, renderer: Renderer) -> None:
    """Text after the prompt and its lead-in is an answer without thinking."""
    tags = family.tags or tags_in((collection / f"{family.template}.jinja").read_text())
    assert tags is not None
    prompt, _ = writer(family, collection, renderer).write([user("hi")], setup(think=False, tags=tags))
    said = lead_in(prompt, tags) + ANSWER
    assert split_output(tags, start_of(prompt, tags), [said.encode()]) == ("", ANSWER)
