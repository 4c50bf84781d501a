"""Two models that score each other's answers and their own, or both one text."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from tui.chat.conversation import Conversation, Exchange, Side
from tui.chat.events import Failed
from tui.chat.messages import messages_for
from tui.chat.scores import Continuation, Done, Passage, Scored, Subject, TokenScore
from tui.session.duo import Duo
from tui.streams import merge


@dataclass(frozen=True, slots=True)
class Read:
    """The scores of `reader` on a text of `writer` (None: of neither side); `trouble` says why they are incomplete."""

    reader: Side
    writer: Side | None
    text: str
    scores: tuple[TokenScore, ...]
    trouble: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """How far `reader` is with a text of `writer`: `done` of `total` tokens, with what comes before the text."""

    reader: Side
    writer: Side | None
    done: int
    total: int


Tell = Callable[[Step], None]


def _silent(_step: Step) -> None:
    """Ignore a step."""


def comparable(conversation: Conversation) -> tuple[int, ...]:
    """Return the numbers of the exchanges that both present models answered with some text."""
    models = conversation.models

    def answered(exchange: Exchange, side: Side) -> bool:
        answer = exchange.answers.get(side)
        return bool(answer and answer.text.strip() and side in models and answer.model.weights == models[side].weights)

    exchanges = enumerate(conversation.exchanges)
    return tuple(index for index, exchange in exchanges if all(answered(exchange, side) for side in Side))


async def read_answers(
    duo: Duo, saved: Conversation, *, only: int | None = None, tell: Tell = _silent
) -> AsyncGenerator[Read, None]:
    """Let each side read both answers of every comparable exchange, after its own history by then.

    With `only`, that exchange alone. `tell` gets each step, in the event loop.

    White space around an answer is left out: a model writes it where its template leads it to, and another one's
    template leads elsewhere.
    """
    wanted = [index for index in comparable(saved) if only in {None, index}]
    subjects = {
        reader: [(writer, _answer(saved, index, reader, writer)) for writer in Side for index in wanted]
        for reader in Side
    }
    async with aclosing(_read(duo, subjects, tell)) as reads:
        async for read in reads:
            yield read


async def read_text(duo: Duo, text: str) -> AsyncGenerator[Read, None]:
    """Let both sides read one text."""
    async with aclosing(_read(duo, {side: [(None, Passage(text))] for side in Side}, _silent)) as reads:
        async for read in reads:
            yield read


def _answer(saved: Conversation, index: int, reader: Side, writer: Side) -> Continuation:
    exchange, past = saved.exchanges[index], replace(saved, exchanges=saved.exchanges[:index])
    setup = exchange.answers[reader].setup
    messages = messages_for(reader, setup, past, exchange.question.text)
    return Continuation(messages, setup, exchange.answers[writer].text.strip())


async def _read(
    duo: Duo, subjects: Mapping[Side, Sequence[tuple[Side | None, Subject]]], tell: Tell
) -> AsyncGenerator[Read, None]:
    async with aclosing(merge({side: _reads(duo, side, given, tell) for side, given in subjects.items()})) as reads:
        async for _, read in reads:
            yield read


async def _reads(
    duo: Duo, reader: Side, subjects: Sequence[tuple[Side | None, Subject]], tell: Tell
) -> AsyncGenerator[Read, None]:
    for writer, subject in subjects:
        scores: list[TokenScore] = []
        trouble: str | None = None
        async with aclosing(duo.score(reader, subject)) as events:
            async for event in events:
                match event:
                    case Scored(tokens=tokens, done=done, total=total):
                        scores += tokens
                        tell(Step(reader, writer, done, total))
                    case Failed(message=message):
                        trouble = message
                    case Done(stopped=True):
                        trouble = "The reading was stopped."
                    case Done():
                        pass
        yield Read(reader, writer, subject.text, tuple(scores), trouble)
