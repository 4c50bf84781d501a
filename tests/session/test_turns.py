"""Which turn of a pane an exchange is, and what stands below its answers."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tui.chat.conversation import Answer, Conversation, Exchange, ModelInfo, PaneSide, Question, Side, Weights
from tui.chat.generation_settings import GenerationSettings, Overrides
from tui.chat.judgment import Judgment, Verdict
from tui.session.events import Outcome, Signature
from tui.session.turns import needs_names, signatures, turn_of

NOW = datetime(2026, 1, 1, tzinfo=UTC)
MODELS = {side: ModelInfo(model=f"{side}-1b", name="", weights=Weights(None, "x", 1, "")) for side in Side}


def exchange(*sides: Side, swapped: bool = False, verdict: Verdict | None = None) -> Exchange:
    setup = GenerationSettings(overrides=Overrides(), max_tokens=8).setup(1)
    return Exchange(
        Question("Who?", NOW, sides, swapped),
        {side: Answer(model=MODELS[side], setup=setup) for side in sides},
        judgment=Judgment(verdict=verdict, at=NOW) if verdict else None,
    )


def talk(*exchanges: Exchange) -> Conversation:
    return Conversation(models=MODELS, started_at=NOW, exchanges=exchanges)


def test_pane_has_turns_only_of_what_its_model_was_asked() -> None:
    asked = talk(exchange(*Side), exchange(Side.LEFT), exchange(Side.LEFT, swapped=True), exchange(*Side))
    assert [turn_of(asked, number, PaneSide.LEFT) for number in range(4)] == [0, 1, None, 2]
    assert [turn_of(asked, number, PaneSide.RIGHT) for number in range(4)] == [0, None, 1, 2]


@pytest.mark.parametrize(
    ("verdict", "left", "right"),
    [
        (None, None, None),
        (Verdict.LEFT, "better", None),
        (Verdict.RIGHT, None, "better"),
        (Verdict.TIE, "tie", "tie"),
        (Verdict.BOTH_BAD, "both bad", "both bad"),
    ],
)
@pytest.mark.parametrize("swapped", [False, True])
def test_outcome_stands_below_the_answer_wherever_it_is_shown(
    verdict: Verdict | None, left: Outcome | None, right: Outcome | None, swapped: bool
) -> None:
    judged = talk(exchange(*Side, swapped=swapped, verdict=verdict))
    panes = (PaneSide.RIGHT, PaneSide.LEFT) if swapped else tuple(PaneSide)
    shown = [signatures(judged, pane, without=(), named=False)[0] for pane in panes]
    assert shown == [Signature(None, left), Signature(None, right)]


def test_hidden_exchanges_have_no_signature_and_others_name_their_model() -> None:
    both = talk(exchange(*Side), exchange(*Side))
    assert signatures(both, PaneSide.LEFT, without={1}, named=True) == {0: Signature("left-1b", None)}


def test_names_are_needed_where_a_title_would_name_another_model() -> None:
    assert not needs_names(talk(exchange(*Side)))
    assert needs_names(talk(exchange(*Side, swapped=True)))
    other = {**MODELS, Side.LEFT: replace(MODELS[Side.LEFT], model="new")}
    assert needs_names(replace(talk(exchange(*Side)), models=other))
