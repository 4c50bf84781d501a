"""One prompt to two engines: both streams of events merged, everything recorded."""

import secrets
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime
from time import monotonic

from tui.archive.store import ArchiveError
from tui.chat.conversation import Answer, Conversation, Exchange, FinishReason, Message, Question, Side
from tui.chat.events import Checking, Finished, Loaded, LoadEvent, Prefill, ReplyEvent, Restarted
from tui.chat.generation_settings import Overrides
from tui.chat.judgment import Judgment
from tui.chat.messages import messages_for
from tui.chat.partial_answer import updated
from tui.chat.sampling import MAX_SEED
from tui.chat.scores import ScoreEvent, Subject
from tui.engine.cores import Cores
from tui.engine.steering import steering_of
from tui.session.participants import Participant, Participants
from tui.session.recorder import AnswerRecord, Recorder
from tui.streams import merge

__all__ = ["BOTH", "NOTHING", "Duo", "Participant"]

BOTH = (Side.LEFT, Side.RIGHT)
NOTHING: Mapping[Side, Answer] = {}


class Duo:
    """Two models at work, and their conversation.

    `load` and `ask` are generators of (side, event), to be read to the end or closed; one `ask` at a time.
    `cores` are those that both sides may use together.
    """

    def __init__(
        self, *, participants: Mapping[Side, Participant], conversation: Conversation, recorder: Recorder, cores: Cores
    ) -> None:
        self._participants = Participants(participants, cores)
        self._recorder = recorder
        self.conversation = replace(conversation, models=self._participants.models)
        """The conversation as it stands, answers under way included as far as they are."""
        self.prompts: dict[Side, str] = {}
        """What each model really read for its last question, as its chat template wrote it."""

    @property
    def answering(self) -> frozenset[Side]:
        """Return the sides that compute an answer now, or are about to."""
        return self._participants.answering

    @property
    def computing(self) -> frozenset[Side]:
        """Return the sides that take time from the other one now: they answer, or load."""
        return self._participants.computing

    def ready(self, side: Side) -> bool:
        """Return whether `side` is loaded and can be asked."""
        return self._participants.ready(side)

    @property
    def outdated(self) -> frozenset[Side]:
        """Return the sides whose weights file is not the one that was loaded any more."""
        return self._participants.outdated

    async def load(self, sides: Iterable[Side] = BOTH) -> AsyncGenerator[tuple[Side, LoadEvent], None]:
        """Load the models of `sides`, or load them again, at the same time; each ends with `Loaded` or `Failed`."""
        async with aclosing(self._participants.load(sides)) as events:
            async for side, event in events:
                if isinstance(event, Loaded):
                    self.conversation = replace(self.conversation, models=self._participants.models)
                yield side, event

    async def ask(
        self, text: str, sides: Iterable[Side] = BOTH, *, swapped: bool = False, rerun: Mapping[Side, Answer] = NOTHING
    ) -> AsyncGenerator[tuple[Side, ReplyEvent], None]:
        """Put `text` to `sides`; each ends with `Finished` or `Failed`, and neither waits for the other.

        A side that is not loaded fails at once. Raises ArchiveError before any model is asked when the question could
        not be saved, and after the last event when an answer could not. Closing the generator early saves what was
        written, as interrupted. An answer in `rerun` is run again under its own conditions, stopped where it was.
        """
        self.conversation = replace(
            self.conversation, models=self._participants.models
        )  # a reading may have changed them
        question = Question(text, datetime.now(UTC), tuple(sides), swapped)
        partial_answers = self._partial_answers(question.sides, rerun)
        messages = {
            side: messages_for(side, answer.setup, self.conversation, text) for side, answer in partial_answers.items()
        }
        with self._participants.called(partial_answers, _never_begun(rerun)):
            exchange_id = await self._record(question, partial_answers)
            self.conversation = self.conversation.with_exchange(Exchange(question, partial_answers, id=exchange_id))
            async with aclosing(self._answers(exchange_id, messages, partial_answers, rerun)) as events:
                async for pair in events:
                    yield pair

    async def again(
        self, sides: Iterable[Side] = BOTH, *, rerun: Mapping[Side, Answer] = NOTHING
    ) -> AsyncGenerator[tuple[Side, ReplyEvent], None]:
        """Put the last question once more, as `ask` does, with another seed, to those of `sides` that were asked.

        The answers before become earlier ones, and the judgment is removed.
        """
        *before, last = self.conversation.exchanges
        asked = tuple(side for side in last.question.sides if side in tuple(sides))
        partial_answers = self._partial_answers(
            asked, rerun, {side: len(last.earlier.get(side, ())) + 1 for side in asked}
        )
        past, text = replace(self.conversation, exchanges=tuple(before)), last.question.text
        messages = {side: messages_for(side, answer.setup, past, text) for side, answer in partial_answers.items()}
        if last.id is None:
            raise ArchiveError("The archive gave the question no number; report this as a defect.")
        with self._participants.called(partial_answers, _never_begun(rerun)):
            await self._recorder.again(last.id, partial_answers)
            before = list(self.conversation.exchanges[:-1])  # meanwhile one of them may have been judged
            self.conversation = replace(self.conversation, exchanges=(*before, last.again(partial_answers)))
            async with aclosing(self._answers(last.id, messages, partial_answers, rerun)) as events:
                async for pair in events:
                    yield pair

    async def judge(self, exchange_id: int, judgment: Judgment | None) -> None:
        """Save the user's judgment of an exchange, or remove it. Raises ArchiveError."""
        await self._recorder.judge(exchange_id, judgment)
        judged = (
            replace(each, judgment=judgment) if each.id == exchange_id else each for each in self.conversation.exchanges
        )
        self.conversation = replace(self.conversation, exchanges=tuple(judged))

    async def replace_model(self, side: Side, participant: Participant) -> None:
        """Let `participant`, not loaded yet, continue in place of the model of `side`, with its history."""
        await self._participants.replace_model(side, participant)
        self.prompts.pop(side, None)
        self.conversation = replace(self.conversation, models=self._participants.models)

    def score(self, side: Side, subject: Subject) -> AsyncGenerator[ScoreEvent, None]:
        """Let `side` read a text; end with `Done` or `Failed`, at once where it is not loaded.

        Both sides may read at the same time, but no side while it answers.
        """
        return self._participants.score(side, subject)

    async def stop(self, side: Side | None = None) -> None:
        """Stop the answer of `side`, or both, from the moment of `ask` on; what was written stays."""
        await self._participants.stop(side)

    def overrides(self, side: Side) -> Overrides:
        """Return the user's overrides for `side`."""
        return self._participants[side].settings.overrides

    def override(self, side: Side, overrides: Overrides) -> None:
        """Ask `side` with other overrides from its next question on; its context stays as it was loaded."""
        self._participants.override(side, overrides)

    async def close(self) -> None:
        """End both engines and wait until everything is saved."""
        await self._participants.close()
        await self._recorder.close()

    def _partial_answers(
        self, sides: Iterable[Side], rerun: Mapping[Side, Answer], attempts: Mapping[Side, int] | None = None
    ) -> dict[Side, Answer]:
        """Return empty answers with their seeds. A seed of the user's counts on with each attempt after the first."""
        drawn = secrets.randbelow(MAX_SEED + 1)
        partial_answers = {}
        for side in sides:
            setup = rerun[side].setup if side in rerun else self._participants[side].settings.setup(drawn)
            if side not in rerun and attempts is not None:
                setup = replace(setup, sampling=setup.sampling.reseeded(attempts[side]))
                drawn = secrets.randbelow(MAX_SEED + 1)  # models of one kin say the same under the same seed
            partial_answers[side] = Answer(model=self._participants[side].model, setup=setup)
        return partial_answers

    async def _answers(
        self,
        exchange_id: int,
        messages: Mapping[Side, tuple[Message, ...]],
        partial_answers: Mapping[Side, Answer],
        rerun: Mapping[Side, Answer],
    ) -> AsyncGenerator[tuple[Side, ReplyEvent], None]:
        records = {side: AnswerRecord(self._recorder, exchange_id, side) for side in partial_answers}
        self._participants.engage()
        self.prompts = {side: prompt for side, prompt in self.prompts.items() if side not in partial_answers}
        replies = {
            side: self._reply(side, messages[side], answer, records[side], rerun.get(side))
            for side, answer in partial_answers.items()
        }
        async with aclosing(merge(replies)) as events:
            async for pair in events:
                yield pair
        for record in records.values():
            if record.trouble is not None:
                raise record.trouble

    async def _record(self, question: Question, partial_answers: Mapping[Side, Answer]) -> int:
        if self.conversation.id is None:
            begun = await self._recorder.begin(replace(self.conversation, started_at=question.asked_at))
            self.conversation = replace(
                self.conversation, id=begun.id, started_at=begun.started_at
            )  # its models may be new
        if self.conversation.id is None:
            raise ArchiveError("The archive gave the conversation no number; report this as a defect.")
        return await self._recorder.ask(self.conversation.id, question, partial_answers)

    async def _reply(
        self, side: Side, messages: tuple[Message, ...], answer: Answer, record: AnswerRecord, rerun: Answer | None
    ) -> AsyncGenerator[ReplyEvent, None]:
        shared, delay = False, _Delay()
        try:
            async with aclosing(self._participants.reply(side, messages, answer.setup, steering_of(rerun))) as events:
                async for event in events:
                    shared = shared or self.computing > {side}
                    said: ReplyEvent = event
                    delay.note(event)
                    if isinstance(event, Finished):
                        said = replace(event, usage=replace(event.usage.later(delay.ms), shared=shared))
                    if isinstance(said, Restarted):
                        self.conversation = replace(self.conversation, models=self._participants.models)
                        answer = replace(answer, model=self._participants[side].model)
                    if isinstance(said, Prefill) and said.prompt is not None:
                        self.prompts[side] = said.prompt
                    answer = updated(answer, said)
                    if answer.finish_reason is not None:
                        self._participants.leave(side)
                    self._keep(side, answer)
                    await record.save(answer)
                    yield said
        finally:
            self._participants.leave(side)
            if answer.finish_reason is None:
                answer = replace(answer, finish_reason=FinishReason.INTERRUPTED)
                self._keep(side, answer)
                await record.save(answer)

    def _keep(self, side: Side, answer: Answer) -> None:
        *earlier, last = self.conversation.exchanges
        self.conversation = replace(self.conversation, exchanges=(*earlier, last.with_answer(side, answer)))


class _Delay:
    """The time from the question to the moment from which the worker counts."""

    def __init__(self) -> None:
        self.ms = 0.0
        self._asked = monotonic()
        self._begun = False

    def note(self, event: ReplyEvent) -> None:
        """Note an event. Hashing weights before the prompt is read counts, and so does a restart."""
        self._begun = self._begun or isinstance(event, Prefill)
        if isinstance(event, Restarted) or (isinstance(event, Checking) and not self._begun):
            self.ms = (monotonic() - self._asked) * 1000


def _never_begun(rerun: Mapping[Side, Answer]) -> Iterable[Side]:
    """Yield the sides whose answer was stopped before a model was asked."""
    for side, answer in rerun.items():
        read = answer.usage.prompt_tokens if answer.usage is not None else None
        if answer.finish_reason is FinishReason.STOPPED and read == 0:
            yield side
