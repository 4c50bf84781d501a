"""The child process that makes one model talk: `python -m tui.engine.worker`, requests in, events out, a line each.

It ends when its input does. Its protocol has a file descriptor of its own, because native code prints where it likes.
"""

import os
import sys
import threading
import time
from hashlib import sha256
from pathlib import Path
from typing import IO, assert_never

import msgspec

from tui.chat.events import Failed, Loaded, Loading
from tui.chat.reasoning import tags_in
from tui.chat.scores import Subject
from tui.engine.wire import SAFE_MODE, Compare, Load, Reply, ScoreContinuation, ScorePassage
from tui.engine.worker import build_info, context
from tui.engine.worker.amx import refuse_amx
from tui.engine.worker.pipes import Inbox, Outbox
from tui.engine.worker.prompt import PLAIN, Prompter
from tui.engine.worker.readers import Readers
from tui.engine.worker.reply import Talker
from tui.engine.worker.template_renderer import Renderer, TemplateError
from tui.engine.worker.text_stream import PACE

if sys.platform != "win32":
    import resource

_CAN_ONLY_PLAIN = "It has no chat template: it gets the conversation as plain text, and may not know where to end."
_NOT_LOADED = Failed("No model is loaded; load it first.")
_TAKES_NO_SYSTEM = "Its chat template takes no system text: that goes in front of the first question."


class Worker:
    """Works off the inbox: one model, one request at a time.

    In the safe mode, either AMX was refused to this process (`without_amx`), or no extra buffers are used.
    """

    def __init__(self, inbox: Inbox, outbox: Outbox, *, safe_mode: bool = False, without_amx: bool = False) -> None:
        self._inbox = inbox
        self._outbox = outbox
        self._safe_mode = safe_mode
        self._without_amx = without_amx
        self._may_repack = build_info.may_repack(safe_mode=safe_mode, without_amx=without_amx)
        self._log = context.Log()
        self._renderer = Renderer()
        self._talker: Talker | None = None
        self._readers: Readers | None = None

    def run(self) -> None:
        """Answers requests for ever."""
        while True:
            request, received = self._inbox.next()
            self._outbox.begin(request.number)
            match request:
                case Load():
                    self._load(request, received)
                case Reply():
                    self._reply(request, received)
                case ScorePassage(passage=passage):
                    self._score(passage)
                case ScoreContinuation(continuation=continuation):
                    self._score(continuation)
                case Compare():
                    self._compare(request)
                case _:
                    assert_never(request)
            self._outbox.end()

    def _load(self, request: Load, received: float) -> None:
        path = Path(os.fsdecode(request.path))
        self._outbox.say(Loading())
        try:
            self._open(path, request, received)
        except context.LlamaError as error:
            self._outbox.say(Failed(str(error)))
        except TemplateError as error:
            self._outbox.say(Failed(f"Its chat template gives no prompt ({error}); choose another file of this model."))

    def _open(self, path: Path, request: Load, received: float) -> None:
        if not path.is_file():
            raise context.LlamaError(
                "The weights are not on this disk any more; fetch them again or choose another model."
            )
        self._renderer.start()
        extra_buffers = request.extra_buffers and self._may_repack
        model = context.Model(path, self._log, _Progress(self._outbox), extra_buffers=extra_buffers)
        memory = context.Context(model, request.context, self._log, self._inbox.stopped)
        template = _text_of(model.template)
        prompter = Prompter(PLAIN if template is None else template, model.vocab, self._renderer)
        prompter.try_out()
        tags = tags_in(template or "")
        self._talker = Talker(model.vocab, memory, prompter, tags)
        self._readers = Readers(model, memory.size, prompter, tags, self._log)
        notes = (
            *((_CAN_ONLY_PLAIN,) if template is None else ()),
            *(() if prompter.takes_system else (_TAKES_NO_SYSTEM,)),
            *_shortened(memory.size, request.context, model.trained_context),
        )
        memory.warm_up(request.threads)
        loaded = Loaded(
            engine=build_info.engine_name(),
            machine=build_info.machine(without_amx=self._without_amx),
            takes_system=prompter.takes_system,
            context=memory.size,
            template_sha256="" if template is None else sha256(template.encode()).hexdigest(),
            load_ms=round((time.monotonic() - received) * 1000, 3),
            notes=notes,
            repacked=model.repacked,
            safe_mode=self._safe_mode,
            extra_buffers=extra_buffers,
        )
        self._outbox.say(loaded)
        model.vocab.look_through()  # now, before the first question has to wait for it

    def _reply(self, request: Reply, received: float) -> None:
        if self._talker is None:
            self._outbox.say(_NOT_LOADED)
            return
        self._talker.reply(
            request.messages,
            request.setup,
            self._inbox,
            since=received,
            say=self._outbox.say,
            steering=request.steering,
        )

    def _score(self, subject: Subject) -> None:
        if self._readers is None:
            self._outbox.say(_NOT_LOADED)
        else:
            self._readers.scorer.score(subject, self._inbox, self._outbox.say)

    def _compare(self, request: Compare) -> None:
        if self._readers is None:
            self._outbox.say(_NOT_LOADED)
            return
        self._readers.contraster.contrast(
            Path(os.fsdecode(request.path)),
            request.contrast,
            self._inbox,
            extra_buffers=request.extra_buffers and self._may_repack,
            progress=_Progress(self._outbox),
            say=self._outbox.say,
        )


class _Progress:
    """Passes the loading's progress on, at a calm pace."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._said_at = float("-inf")

    def __call__(self, fraction: float) -> None:
        now = time.monotonic()
        if now - self._said_at >= PACE or fraction >= 1:
            self._said_at = now
            self._outbox.say(Loading(fraction))


def _text_of(template: bytes | None) -> str | None:
    try:
        return None if template is None else template.decode()
    except UnicodeDecodeError as error:
        raise TemplateError("it is not UTF-8") from error


def _shortened(size: int, wanted: int, trained: int) -> tuple[str, ...]:
    """A note where the context is smaller than was wanted, and why."""
    if size >= wanted:
        return ()
    cause = "that is what the model was made for" if size == trained else "there is no memory for more"
    return (f"Its context is {size:,} tokens instead of {wanted:,}: {cause}.",)


def _claimed_output() -> IO[bytes]:
    """Standard output under a private descriptor; what is printed from now on goes to standard error."""
    line = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return line


def main() -> None:
    """Run a worker (with `--safe`, in the safe mode), or with `--describe` print what computes here as JSON."""
    if sys.platform != "win32":
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    line = _claimed_output()
    if "--describe" in sys.argv[1:]:
        line.write(msgspec.json.encode(build_info.facts()) + b"\n")
        line.flush()
        return
    outbox = Outbox(line)
    inbox = Inbox(sys.stdin.buffer)
    safe_mode = SAFE_MODE in sys.argv[1:]
    worker = Worker(inbox, outbox, safe_mode=safe_mode, without_amx=safe_mode and refuse_amx())
    threading.Thread(target=inbox.listen, daemon=True).start()
    threading.Thread(target=outbox.frame_clock, daemon=True).start()
    worker.run()
