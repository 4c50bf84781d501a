"""A saved conversation run again: each answer under its own conditions, compared with the saved one."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from tui.archive.transcript.digests import AnswerPart
from tui.chat.conversation import Answer, Conversation, Exchange, FinishReason, ModelInfo, Side
from tui.session.duo import Duo, Participant

_EXCERPT = 60
"""Characters that are shown from where two answers part."""

_RUN_AGAIN = frozenset({FinishReason.STOP, FinishReason.LENGTH, FinishReason.STOPPED})


@dataclass(frozen=True, slots=True)
class Identical:
    """The same tokens: how many."""

    tokens: int


@dataclass(frozen=True, slots=True)
class Parted:
    """The answers differ from token number `token` on (counted from 1): what was saved there, and what came now.

    Both are empty where other tokens gave the same text. The number is None for a transcript that holds no tokens, or
    whose text is not that of its tokens.
    """

    token: int | None
    saved: str
    now: str


@dataclass(frozen=True, slots=True)
class EndedOtherwise:
    """The same tokens with another end: by itself, at its limit, or where it was stopped."""

    tokens: int
    saved: FinishReason
    now: FinishReason


@dataclass(frozen=True, slots=True)
class NotRun:
    """There was nothing to compare; `reason` is a sentence."""

    reason: str


Outcome = Identical | Parted | EndedOtherwise | NotRun


@dataclass(frozen=True, slots=True)
class Replayed:
    """The outcome of one answer, and the differences of its conditions, as sentences.

    `same_weights` is false where the file is another one, which may give the same tokens for a while.
    """

    part: AnswerPart
    model: str
    outcome: Outcome
    differences: tuple[str, ...] = ()
    same_weights: bool = True


class Replay:
    """Runs `saved` again on `duo`, whose conversation is a new one.

    `participant` returns the participant for a side; what it raises ends the replay.
    """

    def __init__(
        self, saved: Conversation, duo: Duo, participant: Callable[[Side, ModelInfo], Awaitable[Participant]]
    ) -> None:
        self._saved = saved
        self._duo = duo
        self._participant = participant
        self._seated: dict[Side, ModelInfo] = {}

    async def run(self) -> AsyncGenerator[Replayed, None]:
        """Run every answer of every exchange, one after the other. The history of each side is the saved one."""
        for number, exchange in enumerate(self._saved.exchanges, 1):
            begun = False
            for attempt in range(max((len(_attempts(exchange, side)) for side in Side), default=0)):
                answers = {
                    side: attempts[attempt] for side in Side if len(attempts := _attempts(exchange, side)) > attempt
                }
                runnable = {side: answer for side, answer in answers.items() if _why_not(answer) is None}
                if runnable:
                    await self._ask(exchange, runnable, again=begun)
                now = dict(self._duo.conversation.exchanges[-1].answers) if runnable else {}
                for side, answer in answers.items():
                    part = AnswerPart(number, side, attempt + 1, len(_attempts(exchange, side)))
                    yield _compared(part, answer, now.get(side) if side in runnable else None)
                if runnable:
                    begun = True
                    self._accept(exchange)
            if not begun:
                self._duo.conversation = self._duo.conversation.with_exchange(exchange)

    async def _ask(self, exchange: Exchange, answers: Mapping[Side, Answer], *, again: bool) -> None:
        for side, answer in answers.items():
            await self._sit(side, answer.model)
        question = exchange.question
        asking = (
            self._duo.again(answers, rerun=answers)
            if again
            else self._duo.ask(question.text, tuple(answers), swapped=question.swapped, rerun=answers)
        )
        async with aclosing(asking) as events:
            async for _ in events:
                pass

    async def _sit(self, side: Side, model: ModelInfo) -> None:
        """Seats and loads whoever gave the saved answer; a model that was loaded anew then is loaded anew now."""
        before = self._seated.get(side)
        if before is not None and before.session == model.session and before.model == model.model:
            return
        present = self._duo.conversation.models[side]
        if present.model != model.model or (before is not None and _loaded_as(before) != _loaded_as(model)):
            await self._duo.replace_model(side, await self._participant(side, model))
        self._seated[side] = model
        async with aclosing(self._duo.load([side])) as events:
            async for _ in events:
                pass

    def _accept(self, exchange: Exchange) -> None:
        """Make the saved answers the history of what follows, so that each answer is compared by itself."""
        *before, last = self._duo.conversation.exchanges
        answered = tuple(side for side in Side if _attempts(exchange, side))
        # `again` asks none but those whom the question names; the file may name fewer than answered.
        accepted = replace(exchange, id=last.id, question=replace(exchange.question, sides=answered))
        self._duo.conversation = replace(self._duo.conversation, exchanges=(*before, accepted))


def _loaded_as(model: ModelInfo) -> tuple[int, bool]:
    """Return what an engine is made for: its context, and whether it uses extra buffers."""
    return model.context, model.extra_buffers is not False


def _attempts(exchange: Exchange, side: Side) -> tuple[Answer, ...]:
    answer = exchange.answers.get(side)
    return (*exchange.earlier.get(side, ()), *((answer,) if answer is not None else ()))


def _why_not(answer: Answer) -> str | None:
    """Return why a saved answer cannot be run again, or None."""
    if answer.usage is not None and answer.finish_reason in _RUN_AGAIN:
        return None
    match answer.finish_reason:
        case FinishReason.FAILED:
            return "It failed when it was saved."
        case FinishReason.INTERRUPTED | None:
            return "It was interrupted: nobody knows after which token."
        case _:
            return "Its transcript holds no figures for it."


def _compared(part: AnswerPart, saved: Answer, now: Answer | None) -> Replayed:
    if now is None:
        return Replayed(part, saved.model.model, NotRun(_why_not(saved) or ""))
    if now.finish_reason is FinishReason.FAILED:
        return Replayed(part, saved.model.model, NotRun(now.error or "It failed."))
    return Replayed(
        part,
        saved.model.model,
        _outcome(saved, now),
        tuple(_differences(saved, now)),
        same_weights=_same_weights(saved, now),
    )


def _same_weights(saved: Answer, now: Answer) -> bool:
    was, are = saved.model.weights.sha256, now.model.weights.sha256
    return was in {"", are}


def _outcome(saved: Answer, now: Answer) -> Outcome:
    texts = [(answer.thinking or "") + answer.text for answer in (saved, now)]
    cut = _first_difference(*texts)
    excerpts = ["" if cut is None else text[cut:][:_EXCERPT] for text in texts]
    numbered = bool(saved.tokens) or saved.usage is None or not saved.usage.completion_tokens
    token = _first_difference(saved.tokens, now.tokens) if numbered else None
    if token is not None or cut is not None:
        return Parted(None if token is None else token + 1, *excerpts)
    if saved.finish_reason is not None and now.finish_reason not in {None, saved.finish_reason}:
        return EndedOtherwise(len(now.tokens), saved.finish_reason, now.finish_reason)
    return Identical(len(now.tokens))


def _first_difference(one: Sequence[object], other: Sequence[object]) -> int | None:
    """Return the first index at which two sequences differ, the end of the shorter one included; None if equal."""
    pairs = enumerate(zip(one, other, strict=False))
    shorter = min(len(one), len(other))
    return next((at for at, (mine, yours) in pairs if mine != yours), shorter if len(one) != len(other) else None)


def _mode_differences(was: ModelInfo, model: ModelInfo) -> Iterator[str]:
    if was.safe_mode is not None and was.safe_mode != model.safe_mode:
        mode, now = ("safe", "normal") if was.safe_mode else ("normal", "safe")
        yield f"It ran in the {mode} mode, and runs in the {now} mode: last digits may differ."
    if was.extra_buffers is not None and was.extra_buffers != model.extra_buffers:
        how, now = ("with", "without") if was.extra_buffers else ("without", "with")
        yield f"llama.cpp ran {how} extra buffers, and runs {now} them: last digits may differ."


def _differences(saved: Answer, now: Answer) -> Iterator[str]:
    was, model = saved.model, now.model
    if not _same_weights(saved, now):
        yield f"The weights are others: sha256 {was.weights.sha256[:12]} then, {model.weights.sha256[:12]} now."
    if was.engine and was.engine != model.engine:
        yield f"The engine was {was.engine}, and is {model.engine}."
    if was.machine and was.machine != model.machine:
        yield f"The processor was {was.machine}, and is {model.machine}: its arithmetic may end in other last digits."
    yield from _mode_differences(was, model)
    if was.template_sha256 and was.template_sha256 != model.template_sha256:
        yield "The chat template is another one."
    if was.context and was.context != model.context:
        yield f"The context held {was.context:,} tokens, and holds {model.context:,}."
    if saved.usage is not None and now.usage is not None:
        if saved.usage.prompt_tokens != now.usage.prompt_tokens:
            yield f"The prompt had {saved.usage.prompt_tokens:,} tokens, and has {now.usage.prompt_tokens:,}."
        if saved.usage.reused_tokens != now.usage.reused_tokens:
            yield f"{saved.usage.reused_tokens:,} prompt tokens were reused, and now {now.usage.reused_tokens:,}."
