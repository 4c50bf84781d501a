"""Conversations for tests that save and read them."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import strategies as st

from tui.chat.conversation import (
    Answer,
    Conversation,
    Exchange,
    FinishReason,
    ModelInfo,
    Question,
    Setup,
    Side,
    Usage,
    Weights,
)
from tui.chat.judgment import Judgment, Verdict
from tui.chat.reasoning import Tags
from tui.chat.sampling import NAMES, WHOLE, Choice, Sampling, Source, resolve

WHEN = datetime(2026, 3, 14, 9, 26, 53, 589793, UTC)

LEFT = ModelInfo(
    model="qwen-small",
    name="Qwen Small",
    maker="Alibaba",
    country="China",
    license="Apache-2.0",
    quant="Q4_K_M",
    weights=Weights("owner/qwen_small-GGUF", "qwen_small-q4_k_m.gguf", 491_400_064, "1d96" * 16),
    engine="llama-cpp-python 0.3.36",
    context=4096,
    template_sha256="ab" * 32,
)
RIGHT = ModelInfo(model="smol", name="Smol", weights=Weights(None, "smol.gguf", 0, ""))
MODELS = {Side.LEFT: LEFT, Side.RIGHT: RIGHT}
SETUP = Setup(sampling=resolve(seed=7, user={"temperature": 0.2}, catalogue={}, gguf={"top_k": 20}), max_tokens=1024)
USAGE = Usage(
    prompt_tokens=30,
    reused_tokens=12,
    completion_tokens=120,
    started_ms=1.5,
    ended_ms=2400.25,
    threads=1,
    first_ms=400.0,
    last_ms=2300.0,
    thinking_ms=900.0,
    thinking_tokens=40,
    shared=True,
)


def question(text: str = "Name three rivers.") -> Question:
    """Return a question to both sides."""
    return Question(text, WHEN)


def partial_answers() -> dict[Side, Answer]:
    """Return both sides' answers before their first token."""
    return {side: Answer(model=model, setup=SETUP) for side, model in MODELS.items()}


def answered(side: Side, text: str, thinking: str | None = None) -> Answer:
    """Return an answer that its model ended."""
    updated = replace(partial_answers()[side], text=text, thinking=thinking)
    return replace(updated, finish_reason=FinishReason.STOP, usage=USAGE)


def conversation(*exchanges: Exchange) -> Conversation:
    """Return a conversation with these exchanges that is in no archive yet."""
    return Conversation(models=MODELS, started_at=WHEN, exchanges=exchanges)


def rivers() -> Conversation:
    """Return a conversation of one question and two answers, one of them after thinking."""
    answers = {
        Side.LEFT: answered(Side.LEFT, "Yangtze, 黄河 and **Pearl**.", "Which ones?\nThe longest."),
        Side.RIGHT: answered(Side.RIGHT, "Nile\n\n```python\nprint('Rhine')"),
    }
    return conversation(Exchange(question(), answers))


HOSTILE = "\x1b]0;owned\x07 </details> <script>alert(1)</script> [x](javascript:alert(1)) \u202eabc| `# h"
"""Text that tries to leave its block: escape codes, raw HTML, a live link, a bidi override, Markdown."""

TEXT = st.text(st.characters(), max_size=40)
"""Any text at all: NUL, controls, astral characters and lone surrogates with it."""
_MAYBE = st.none() | TEXT
_COUNT = st.integers(0, 2**53)
_MS = st.floats(0, 1e9)
_MOMENTS = st.datetimes(min_value=datetime(1970, 1, 2), timezones=st.just(UTC))  # noqa: DTZ001 - the zone comes beside it


def _choices(name: str) -> st.SearchStrategy[Choice]:
    values = st.integers(0, 2**32) if name in WHOLE else st.floats(-10, 10)
    return st.builds(Choice, values, st.sampled_from(Source))


_SAMPLINGS = st.builds(Sampling, **{name: _choices(name) for name in NAMES})
_SETUPS = st.builds(
    Setup,
    sampling=_SAMPLINGS,
    max_tokens=_COUNT,
    system=_MAYBE,
    think=st.none() | st.booleans(),
    think_switch=TEXT,
    tags=st.none() | st.builds(Tags, TEXT, TEXT, TEXT, TEXT),
    think_default=st.none() | st.booleans(),
    think_budget=st.none() | _COUNT,
)
_MODELS = st.builds(
    ModelInfo,
    model=TEXT,
    name=TEXT,
    maker=TEXT,
    country=TEXT,
    license=TEXT,
    quant=TEXT,
    weights=st.builds(Weights, _MAYBE, TEXT, _COUNT, TEXT),
    engine=TEXT,
    context=_COUNT,
    template_sha256=TEXT,
    machine=TEXT,
    takes_system=st.booleans(),
    session=TEXT,
)
_USAGES = st.builds(
    Usage,
    prompt_tokens=_COUNT,
    reused_tokens=_COUNT,
    completion_tokens=_COUNT,
    started_ms=_MS,
    ended_ms=_MS,
    threads=_COUNT,
    first_ms=st.none() | _MS,
    last_ms=st.none() | _MS,
    thinking_ms=st.none() | _MS,
    thinking_tokens=st.none() | _COUNT,
    think_ignored=st.booleans(),
    dropped_turns=_COUNT,
    shared=st.booleans(),
)
ANSWERS = st.builds(
    Answer,
    model=_MODELS,
    setup=_SETUPS,
    text=TEXT,
    thinking=_MAYBE,
    finish_reason=st.none() | st.sampled_from(FinishReason),
    error=_MAYBE,
    usage=st.none() | _USAGES,
    tokens=st.lists(_COUNT, max_size=3).map(tuple),
)
_SIDES = st.lists(st.sampled_from(Side), unique=True).map(tuple)
QUESTIONS = st.builds(Question, TEXT, _MOMENTS, _SIDES, st.booleans())
JUDGMENTS = st.builds(
    Judgment,
    verdict=st.sampled_from(Verdict),
    at=_MOMENTS,
    blind=st.booleans(),
    masked=st.booleans(),
    note=TEXT,
    tags=st.lists(TEXT, max_size=2).map(tuple),
)


@st.composite
def _exchanges(draw: st.DrawFn) -> Exchange:
    answers = draw(st.dictionaries(st.sampled_from(Side), ANSWERS))
    attempts = {side: tuple(draw(st.lists(ANSWERS, max_size=2))) for side in answers}
    earlier = {side: before for side, before in attempts.items() if before}
    return Exchange(draw(QUESTIONS), answers, earlier, draw(st.none() | JUDGMENTS))


CONVERSATIONS = st.builds(
    Conversation,
    models=st.dictionaries(st.sampled_from(Side), _MODELS),
    started_at=_MOMENTS,
    id=st.none() | st.integers(1, 2**40),
    exchanges=st.lists(_exchanges(), max_size=2).map(tuple),
)
