"""Each sampling value comes from the strongest source that names it, and says so."""

from datetime import UTC, datetime

import pytest

from tui.chat.conversation import Answer, Conversation, Exchange, Question, Seat, Side, Weights
from tui.chat.generation_settings import Terms, Wishes, wishes_in
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
        terms = Terms(
            wishes=Wishes(think=think), max_tokens=9, thinks=thinks, catalogue=maker, catalogue_thinking=thinking
        )
        return terms.setup(1).sampling.temperature.value

    assert temperature(think=None, thinks=True) == 0.6
    assert temperature(think=False, thinks=True) == 0.7
    assert temperature(think=True, thinks=False) == 0.6
    assert temperature(think=None, thinks=False) == 0.7


def test_wishes_go_before_the_models_own_limits() -> None:
    terms = Terms(wishes=Wishes(max_tokens=5, system="brief"), max_tokens=1024)
    assert (terms.setup(1).max_tokens, terms.setup(1).system) == (5, "brief")
    assert Terms(wishes=Wishes(), max_tokens=1024).setup(1).max_tokens == 1024


def test_a_resumed_conversation_goes_on_under_the_users_wishes() -> None:
    wishes = Wishes(system="be brief", think=False, max_tokens=7, sampling={"top_p": 0.5, "seed": 3})
    seat = Seat(model="m", name="M", weights=Weights(None, "m.gguf", 1, ""))
    setup = Terms(wishes=wishes, max_tokens=1024, catalogue={"top_k": 9}).setup(1)
    asked = Exchange(Question("hi", datetime.now(UTC)), {Side.LEFT: Answer(seat=seat, setup=setup)})
    talk = Conversation(seats={Side.LEFT: seat}, started_at=datetime.now(UTC), exchanges=(asked,))
    assert wishes_in(talk, Side.LEFT) == wishes
    assert wishes_in(talk, Side.RIGHT) == Wishes()
