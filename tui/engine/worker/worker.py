"""The worker's main loop: one model, one request at a time."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import IO, TYPE_CHECKING, assert_never

import msgspec

from tui.chat.events import Failed, Loaded, Loading
from tui.chat.reasoning import Tags, tags_in
from tui.engine.wire import (
    DESCRIBE,
    PACE,
    SAFE_MODE,
    Compare,
    Load,
    Reply,
    ScoreContinuation,
    ScorePassage,
)
from tui.engine.worker import build_info
from tui.engine.worker.amx import refuse_amx
from tui.engine.worker.context import Context
from tui.engine.worker.model import LlamaError, Log, Model
from tui.engine.worker.pipes import EventWriter, RequestReader
from tui.engine.worker.prompt import PLAIN, PromptBuilder
from tui.engine.worker.reply import ReplyGenerator
from tui.engine.worker.template_renderer import Renderer, TemplateError

if TYPE_CHECKING:
    from tui.engine.worker.quant_comparison import QuantComparer
    from tui.engine.worker.scoring import Scorer

if sys.platform != "win32":
    import resource

_NO_TEMPLATE = "It has no chat template: it gets the conversation as plain text, and may not know where to end."
_NO_SYSTEM_TEXT = "Its chat template takes no system text: that goes in front of the first question."


class Worker:
    """Processes requests for ever.

    In the safe mode, either AMX was refused to this process (`without_amx`), or no extra buffers are used.
    """

    def __init__(
        self, requests: RequestReader, events: EventWriter, *, safe_mode: bool = False, without_amx: bool = False
    ) -> None:
        self._requests = requests
        self._events = events
        self._safe_mode = safe_mode
        self._without_amx = without_amx
        self._may_repack = build_info.may_repack(safe_mode=safe_mode, without_amx=without_amx)
        self._log = Log()
        self._renderer = Renderer()
        self._loaded: _LoadedModel | None = None

    def run(self) -> None:
        """Process requests for ever."""
        while True:
            request, received = self._requests.next()
            self._events.begin(request.number)
            if isinstance(request, Load):
                self._load(request, received)
            elif self._loaded is None:
                self._events.send(Failed("No model is loaded; load it first."))
            else:
                self._process(request, self._loaded, received)
            self._events.end()

    def _process(
        self, request: Reply | ScorePassage | ScoreContinuation | Compare, loaded: _LoadedModel, received: float
    ) -> None:
        send = self._events.send
        match request:
            case Reply(messages=messages, setup=setup, steering=steering):
                loaded.generator.reply(messages, setup, self._requests, since=received, send=send, steering=steering)
            case ScorePassage(passage=passage):
                loaded.scorer.score(passage, self._requests, send)
            case ScoreContinuation(continuation=continuation):
                loaded.scorer.score(continuation, self._requests, send)
            case Compare(path=path, contrast=contrast, extra_buffers=extra_buffers):
                loaded.comparer.compare(
                    Path(os.fsdecode(path)),
                    contrast,
                    self._requests,
                    extra_buffers=extra_buffers and self._may_repack,
                    progress=_Progress(self._events),
                    send=send,
                )
            case _:
                assert_never(request)

    def _load(self, request: Load, received: float) -> None:
        self._events.send(Loading())
        try:
            self._open(Path(os.fsdecode(request.path)), request, received)
        except LlamaError as error:
            self._events.send(Failed(str(error)))
        except TemplateError as error:
            sentence = f"Its chat template gives no prompt ({error}); choose another file of this model."
            self._events.send(Failed(sentence))

    def _open(self, path: Path, request: Load, received: float) -> None:
        if not path.is_file():
            raise LlamaError("The weights are not on this disk any more; fetch them again or choose another model.")
        self._renderer.start()
        extra_buffers = request.extra_buffers and self._may_repack
        model = Model(path, self._log, _Progress(self._events), extra_buffers=extra_buffers)
        context = Context(model, request.context, self._log, self._requests.stopped)
        template = _decoded(model.template)
        prompts = PromptBuilder(PLAIN if template is None else template, model.vocab, self._renderer)
        prompts.check()
        context.warm_up(request.threads)
        self._loaded = _LoadedModel(model, context, prompts, tags_in(template or ""), self._log)
        loaded = Loaded(
            engine=build_info.engine_name(),
            machine=build_info.machine(without_amx=self._without_amx),
            takes_system=prompts.takes_system,
            context=context.size,
            template_sha256="" if template is None else sha256(template.encode()).hexdigest(),
            load_ms=round((time.monotonic() - received) * 1000, 3),
            notes=_notes(request, self._loaded, has_template=template is not None),
            repacked=model.repacked,
            safe_mode=self._safe_mode,
            extra_buffers=extra_buffers,
        )
        self._events.send(loaded)
        model.vocab.prepare()


@dataclass
class _LoadedModel:
    """A model that is ready. Scoring and comparing import NumPy, so they are created on first use."""

    model: Model
    context: Context
    prompts: PromptBuilder
    tags: Tags | None
    log: Log

    @cached_property
    def generator(self) -> ReplyGenerator:
        return ReplyGenerator(self.model.vocab, self.context, self.prompts, self.tags)

    @cached_property
    def scorer(self) -> Scorer:
        from tui.engine.worker.scoring import Scorer  # noqa: PLC0415

        return Scorer(self.model, self.context.size, self.prompts, self.tags, self.log)

    @cached_property
    def comparer(self) -> QuantComparer:
        from tui.engine.worker.quant_comparison import QuantComparer  # noqa: PLC0415

        return QuantComparer(self.model, self.context.size, self.prompts, self.log)


class _Progress:
    """Sends the progress of loading at a steady pace."""

    def __init__(self, events: EventWriter) -> None:
        self._events = events
        self._sent_at = float("-inf")

    def __call__(self, fraction: float) -> None:
        now = time.monotonic()
        if now - self._sent_at >= PACE or fraction >= 1:
            self._sent_at = now
            self._events.send(Loading(fraction))


def _decoded(template: bytes | None) -> str | None:
    try:
        return None if template is None else template.decode()
    except UnicodeDecodeError as error:
        raise TemplateError("it is not UTF-8") from error


def _notes(request: Load, loaded: _LoadedModel, *, has_template: bool) -> tuple[str, ...]:
    """Return notes for the user on a missing template, no place for system text, and a smaller context."""
    notes: list[str] = []
    if not has_template:
        notes.append(_NO_TEMPLATE)
    if not loaded.prompts.takes_system:
        notes.append(_NO_SYSTEM_TEXT)
    size, wanted = loaded.context.size, request.context
    if size < wanted:
        trained = size == loaded.model.trained_context
        cause = "the model was trained for no more" if trained else "there is no memory for more"
        notes.append(f"Its context is {size:,} tokens instead of {wanted:,}: {cause}.")
    return tuple(notes)


def _private_output() -> IO[bytes]:
    """Return standard output under a new descriptor, and send what native code prints there to standard error."""
    pipe = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return pipe


def main(arguments: Sequence[str]) -> None:
    """Run a worker (with `--safe`, in the safe mode), or with `--describe` print the facts about llama.cpp as JSON."""
    if sys.platform != "win32":
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    pipe = _private_output()
    if DESCRIBE in arguments:
        pipe.write(msgspec.json.encode(build_info.facts()) + b"\n")
        pipe.flush()
        return
    events = EventWriter(pipe)
    requests = RequestReader(sys.stdin.buffer)
    safe_mode = SAFE_MODE in arguments
    worker = Worker(requests, events, safe_mode=safe_mode, without_amx=safe_mode and refuse_amx())
    threading.Thread(target=requests.listen, daemon=True).start()
    threading.Thread(target=events.send_heartbeats, daemon=True).start()
    worker.run()
