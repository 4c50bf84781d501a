"""The child process that the screen is compared with: `python -m tests.performance.decode_loop LOAD REPLY [--safe]`.

It gets the requests that a worker gets, and writes tokens with nothing around it. It prints a line when it begins to
write, and at the end of its input all tokens with the moments of the monotonic clock at which they came.
"""

import os
import select
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from tui.engine.wire import SAFE_MODE, Load, Reply
from tui.engine.worker.amx import refuse_amx
from tui.engine.worker.binding import lib
from tui.engine.worker.build_info import may_repack
from tui.engine.worker.context import Context
from tui.engine.worker.model import Log, Model
from tui.engine.worker.prompt import PLAIN, PromptBuilder
from tui.engine.worker.sampler import Sampler
from tui.engine.worker.template_renderer import Renderer


def main() -> None:
    """Read the prompt, write until the input ends, and print what was written."""
    output = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # native code prints to standard output
    load, reply = msgspec.json.decode(sys.argv[1], type=Load), msgspec.json.decode(sys.argv[2], type=Reply)
    safe_mode, log = SAFE_MODE in sys.argv, Log()
    extra_buffers = load.extra_buffers and may_repack(safe_mode=safe_mode, without_amx=safe_mode and refuse_amx())
    model = Model(Path(os.fsdecode(load.path)), log, lambda _: None, extra_buffers=extra_buffers)
    context = Context(model, load.context, log, lambda: False)
    sampler = _read(model, context, reply)
    print("writing", file=output, flush=True)
    written = list(_written(context, sampler))
    sys.stdin.read()
    print(msgspec.json.encode(written).decode(), file=output, flush=True)


def _read(model: Model, context: Context, reply: Reply) -> Sampler:
    """Read the prompt as a worker does, and return the sampler for the answer."""
    renderer = Renderer()
    prompts = PromptBuilder((model.template or PLAIN.encode()).decode(), model.vocab, renderer)
    tokens = prompts.build(reply.messages, reply.setup).tokens
    renderer.close()
    context.set_threads(reply.threads.writing, reply.threads.reading)
    while len(context.held) < len(tokens):
        context.decode(tokens[len(context.held) : len(context.held) + context.batch])
    lib.llama_set_abort_callback(context.pointer, lib.ggml_abort_callback(), None)
    return Sampler(model.vocab, reply.setup.sampling, tokens, ignore_end=reply.steering.ignore_end)


def _written(context: Context, sampler: Sampler) -> Iterator[tuple[int, float]]:
    """Yield the tokens, and when each came, until the input ends or the context is full."""
    token = (lib.llama_token * 1)()
    batch = lib.llama_batch_get_one(token, 1)
    for _ in range(context.room):
        token[0] = sampler.choose(context)
        yield token[0], time.monotonic()
        if select.select([0], [], [], 0)[0]:
            return
        if lib.llama_decode(context.pointer, batch):
            sys.exit("llama_decode failed")


if __name__ == "__main__":
    main()
