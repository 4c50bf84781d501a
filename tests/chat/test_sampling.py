"""Each sampling value comes from the strongest source that names it, and says so."""

from datetime import UTC, datetime

import pytest

from tui.chat.conversation import Answer, Conversation, Exchange, ModelInfo, Question, Side, Weights
from tui.chat.generation_settings import GenerationSettings, Overrides, overrides_in
from tui.chat.sampling import Choice, Source, out_of_range, resolve


def test_user_then_catalogue_then_file_then_default() -> None:
    sampling = resolve(
        seed=7, user={"top_p": 0.5}, catalogue={"top_p": 0.6, "top_k": 20}, gguf={"top_k": 1, "temperature": 1.0}
    )
    assert sampling.top_p == Choice(0.5, Source.USER)
    assert sampling.top_k == Choice(20, Source.CATALOGUE)
    assert sampling.temperature == Choice(1.0, Source.GGUF)
    assert sampling.min_p == Choice(0.05, Source.DEFAULT)
    assert sampling.seed == Choice(7, Source.DEFAULT)


def test_a_named_seed_is_the_users() -> None:
    assert resolve(seed=7, user={"seed": 3}, catalogue={}, gguf={}).seed == Choice(3, Source.USER)


@pytest.mark.parametrize(
    ("name", "value", "fine"),
    [
        ("temperature", 0, True),
        ("temperature", -0.1, False),
        ("top_k", 1.5, False),
        ("seed", 2**32 - 1, False),
        ("top_p", float("nan"), False),
    ],
)
def test_values_that_no_sampler_takes_are_refused_in_words(name: str, value: float, fine: bool) -> None:
    complaint = out_of_range(name, value)
    assert (complaint is None) is fine
    assert fine or name in str(complaint)


def test_thinking_has_sampling_of_its_own() -> None:
    maker = {"temperature": 0.7}
    thinking = {"temperature": 0.6}

    def temperature(*, think: bool | None, thinks: bool) -> float:
        settings = GenerationSettings(
            overrides=Overrides(think=think), max_tokens=9, thinks=thinks, catalogue=maker, catalogue_thinking=thinking
        )
        return settings.setup(1).sampling.temperature.value

    assert temperature(think=None, thinks=True) == 0.6
    assert temperature(think=False, thinks=True) == 0.7
    assert temperature(think=True, thinks=False) == 0.6
    assert temperature(think=None, thinks=False) == 0.7


def test_wishes_go_before_the_models_own_limits() -> None:
    settings = GenerationSettings(overrides=Overrides(max_tokens=5, system="brief"), max_tokens=1024)
    assert (settings.setup(1).max_tokens, settings.setup(1).system) == (5, "brief")
    assert GenerationSettings(overrides=Overrides(), max_tokens=1024).setup(1).max_tokens == 1024


def test_a_resumed_conversation_goes_on_under_the_users_wishes() -> None:
    overrides = Overrides(system="be brief", think=False, max_tokens=7, sampling={"top_p": 0.5, "seed": 3})
    model = ModelInfo(model="m", name="M", weights=Weights(None, "m.gguf", 1, ""))
    setup = GenerationSettings(overrides=overrides, max_tokens=1024, catalogue={"top_k": 9}).setup(1)
    asked = Exchange(Question("hi", datetime.now(UTC)), {Side.LEFT: Answer(model=model, setup=setup)})
    talk = Conversation(models={Side.LEFT: model}, started_at=datetime.now(UTC), exchanges=(asked,))
    assert overrides_in(talk, Side.LEFT) == overrides
    assert overrides_in(talk, Side.RIGHT) == Overrides()
