"""Owns two models that read: each the other's answers and its own, or both one text."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from tui.chat.conversation import Conversation, Exchange, Side
from tui.chat.events import Failed
from tui.chat.messages import messages_for
from tui.chat.scores import Continuation, Done, Passage, Scored, Subject, TokenScore
from tui.duo import Duo
from tui.streams import merge


@dataclass(frozen=True, slots=True)
class Read:
    """What `reader` made of a text that `writer` wrote (None: neither side); `trouble` says why it is not whole."""

    reader: Side
    writer: Side | None
    text: str
    scores: tuple[TokenScore, ...]
    trouble: str | None = None


def comparable(conversation: Conversation) -> tuple[int, ...]:
    """The places of the exchanges that both present models answered with some text."""
    seats = conversation.seats

    def answered(exchange: Exchange, side: Side) -> bool:
        answer = exchange.answers.get(side)
        return bool(answer and answer.text.strip() and side in seats and answer.seat.weights == seats[side].weights)

    exchanges = enumerate(conversation.exchanges)
    return tuple(index for index, exchange in exchanges if all(answered(exchange, side) for side in Side))


async def read_answers(duo: Duo, saved: Conversation) -> AsyncGenerator[Read, None]:
    """Lets each side read both answers of every comparable exchange, after what it had heard by then.

    White space around an answer is left out: a model writes it where its template leads it to, and another one's
    template leads elsewhere.
    """
    subjects = {
        reader: [(writer, subject) for writer in Side for subject in _answers(saved, reader, writer)] for reader in Side
    }
    async with aclosing(_read(duo, subjects)) as reads:
        async for read in reads:
            yield read


async def read_text(duo: Duo, text: str) -> AsyncGenerator[Read, None]:
    """Lets both sides read one text."""
    async with aclosing(_read(duo, {side: [(None, Passage(text))] for side in Side})) as reads:
        async for read in reads:
            yield read


def _answers(saved: Conversation, reader: Side, writer: Side) -> list[Continuation]:
    found = []
    for index in comparable(saved):
        exchange, past = saved.exchanges[index], replace(saved, exchanges=saved.exchanges[:index])
        setup = exchange.answers[reader].setup
        messages = messages_for(reader, setup, past, exchange.question.text)
        found.append(Continuation(messages, setup, exchange.answers[writer].text.strip()))
    return found


async def _read(duo: Duo, subjects: Mapping[Side, Sequence[tuple[Side | None, Subject]]]) -> AsyncGenerator[Read, None]:
    async with aclosing(merge({side: _reads(duo, side, given) for side, given in subjects.items()})) as reads:
        async for _, read in reads:
            yield read


async def _reads(duo: Duo, reader: Side, subjects: Sequence[tuple[Side | None, Subject]]) -> AsyncGenerator[Read, None]:
    for writer, subject in subjects:
        scores: list[TokenScore] = []
        trouble: str | None = None
        async with aclosing(duo.score(reader, subject)) as events:
            async for event in events:
                match event:
                    case Scored(tokens=tokens):
                        scores += tokens
                    case Failed(message=message):
                        trouble = message
                    case Done(stopped=True):
                        trouble = "The reading was stopped."
                    case Done():
                        pass
        yield Read(reader, writer, subject.text, tuple(scores), trouble)
