"""Stopped answers: their usage, and their reproduction."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from tests import tiny
from tests.archive.sample import USAGE, answered
from tui.chat.conversation import FinishReason, Side
from tui.engine.steering import steering_of

EVERYWHERE = """
import json, sys
from pathlib import Path
from tests.engine.asking import ONE, setup, user
from tui.chat.events import Finished
from tui.chat.reasoning import tags_in
from tui.engine.worker.context import Context
from tui.engine.worker.model import Log, Model
from tui.engine.worker.prompt import PromptBuilder
from tui.engine.worker.template_renderer import Renderer
from tui.engine.worker.reply import ReplyGenerator
from tui.engine.steering import Steering

class StoppedAt:
    def __init__(self, batch):
        self.left = batch

    @property
    def threads(self):
        self.left -= 1
        return ONE

    def stopped(self):
        return self.left < 0

def answer(stop_at, steering):
    said = []
    control = StoppedAt(stop_at)
    context = Context(model, 512, log, control.stopped)
    generator = ReplyGenerator(model.vocab, context, prompts, tags_in(template))
    generator.reply([user("hi")], setup(20), control, since=0.0, send=said.append, steering=steering)
    context.close()
    last = said[-1]
    assert isinstance(last, Finished), last
    return last.reason, last.tokens, last.usage.completion_tokens, last.usage.thinking_tokens

log, renderer = Log(), Renderer()
renderer.start()
model = Model(Path(sys.argv[1]), log, lambda fraction: None, extra_buffers=False)
template = model.template.decode()
prompts = PromptBuilder(template, model.vocab, renderer)
prompts.check()
stops = [answer(batch, Steering()) for batch in range(40)]
again = [answer(99, Steering(stop_after=len(tokens))) for _, tokens, *_ in stops]
print(json.dumps([stops, again]))
"""
"""Stops an answer at its first batch, another one at its second, and so on; then reproduces each."""


def test_stopped_answer_counts_what_was_written_and_can_be_reproduced(tmp_path: Path) -> None:
    script = {"<think>": ["Hm"], "Hm": [" so", "Hm"], "\n": ["Yes", "."]}
    model = tiny.write(tmp_path / "m.gguf", template=tiny.THINKING + "<think>", script=script)
    said = subprocess.run((sys.executable, "-c", EVERYWHERE, str(model)), stdout=subprocess.PIPE, check=True).stdout
    stops, again = json.loads(said)
    whole = stops[-1][1]
    assert stops[-1][0] == "stop"
    assert [count for _, tokens, count, _ in stops] == [len(tokens) for _, tokens, *_ in stops]
    lengths = sorted({len(tokens) for _, tokens, *_ in stops})
    thought, ended = 15, 15 + len(["\n", "</think>", "\n", "\n"])
    assert lengths == [*range(thought + 1), *range(ended, len(whole) + 1)], "only what ends the thinking comes at once"
    for reason, tokens, *rest in stops:
        assert tokens == whole[: len(tokens)]
        if reason == "stopped":
            assert [reason, tokens, *rest] in again


def test_steering_counts_token_ids_where_the_usage_lacks_some() -> None:
    usage = replace(USAGE, completion_tokens=2)
    saved = replace(answered(Side.LEFT, ""), finish_reason=FinishReason.STOPPED, usage=usage, tokens=(5, 6, 7))
    assert steering_of(saved).stop_after == 3
    assert steering_of(replace(saved, tokens=())).stop_after == 2
    assert steering_of(replace(saved, finish_reason=FinishReason.STOP)).stop_after is None
