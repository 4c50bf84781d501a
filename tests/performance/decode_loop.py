"""The child process that the screen is measured against, a bare decode loop: `python -m tui.bench.loop LOAD REPLY`.

LOAD and REPLY are what a worker would be sent, and mean the same: weights and context, prompt, sampling and threads. It
writes from a line of input on until the input ends. It says a line when it is ready, one when it writes, and at the end
one with all tokens, and with the moments of the monotonic clock at which they came. `--safe` asks for the safe mode.
"""

import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from tui.engine.build import may_repack
from tui.engine.wire import SAFE_MODE, Load, Reply
from tui.engine.worker.amx import refuse_amx
from tui.engine.worker.binding import lib
from tui.engine.worker.llama import Context, Log, Model
from tui.engine.worker.prompt import PLAIN, Prompter
from tui.engine.worker.sampler import Sampler
from tui.engine.worker.template_renderer import Renderer

_BEGUN = 8
"""Tokens of an answer that is being written."""


def main() -> None:
    """Reads, waits for the word, and writes until nobody listens any more."""
    line = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # native code prints where it likes
    load, reply = msgspec.json.decode(sys.argv[1], type=Load), msgspec.json.decode(sys.argv[2], type=Reply)
    log, over = Log(), threading.Event()
    safe_mode = SAFE_MODE in sys.argv
    extra_buffers = load.extra_buffers and may_repack(safe_mode=safe_mode, without_amx=safe_mode and refuse_amx())
    model = Model(Path(os.fsdecode(load.path)), log, lambda _: None, extra_buffers=extra_buffers)
    context = Context(model, load.context, log, over.is_set)
    sampler = _read(model, context, reply)
    print("ready", file=line, flush=True)
    sys.stdin.readline()
    threading.Thread(target=_listen, args=(over,), daemon=True).start()
    written: list[tuple[int, float]] = []
    for each in _written(context, sampler, over):
        written.append(each)
        if len(written) == _BEGUN:
            print("writing", file=line, flush=True)
    over.wait()
    print(msgspec.json.encode(written).decode(), file=line, flush=True)


def _read(model: Model, context: Context, reply: Reply) -> Sampler:
    """Makes `context` hold the prompt as a worker would, and returns what chooses the tokens after it."""
    renderer = Renderer()
    prompter = Prompter((model.template or PLAIN.encode()).decode(), model.vocab, renderer)
    tokens = prompter.prompt(reply.messages, reply.setup).tokens
    renderer.close()
    context.set_threads(reply.threads.writing, reply.threads.reading)
    while len(context.held) < len(tokens):
        context.decode(tokens[len(context.held) : len(context.held) + context.batch])
    lib.llama_set_abort_callback(context.pointer, lib.ggml_abort_callback(), None)
    return Sampler(model.vocab, reply.setup.sampling, tokens, ignore_end=reply.steering.ignore_end)


def _written(context: Context, sampler: Sampler, over: threading.Event) -> Iterator[tuple[int, float]]:
    """The tokens, and when each came, until it is over or the context is full."""
    token = (lib.llama_token * 1)()
    batch = lib.llama_batch_get_one(token, 1)
    for _ in range(context.room):
        token[0] = sampler.choose(context)
        yield token[0], time.monotonic()
        if over.is_set():
            return
        if lib.llama_decode(context.pointer, batch):
            sys.exit("llama.cpp could not go on.")


def _listen(over: threading.Event) -> None:
    while os.read(0, 1 << 10):
        pass
    over.set()


if __name__ == "__main__":
    main()
