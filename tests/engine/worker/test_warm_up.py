"""The warm-up of a context has no effect on later results."""

import subprocess
import sys
from pathlib import Path

from tests import tiny

COMPARE = """
import sys
from pathlib import Path
from tui.engine.worker.context import Context
from tui.engine.worker.model import Log, Model

log = Log()
model = Model(Path(sys.argv[1]), log, lambda fraction: None, extra_buffers=False)
prompt = model.vocab.tokenize("Tell me everything about the sea.", special=False)

def read(warm):
    context = Context(model, 256, log, lambda: False, logits=True)
    if warm:
        context.warm_up(2)
        assert context.held == []
        context.set_threads(1, 1)
    rows = []
    for tokens in (prompt, *([token] for token in prompt)):
        context.decode(tokens, len(tokens))
        rows.append(context.logits(len(tokens)).copy())
    context.close()
    return rows

warmed, cold = read(True), read(False)
assert len(cold) > 5
assert all((one == other).all() for one, other in zip(warmed, cold, strict=True))
"""


def test_warm_up_changes_no_bit_of_the_logits(tmp_path: Path) -> None:
    model = tiny.write(tmp_path / "random.gguf", context=512)
    subprocess.run((sys.executable, "-c", COMPARE, str(model)), check=True)


def test_warm_up_fits_into_the_smallest_context(tmp_path: Path) -> None:
    model = tiny.write(tmp_path / "random.gguf", context=4)
    script = COMPARE.partition("def read")[0] + "Context(model, 4, log, lambda: False).warm_up(1)"
    subprocess.run((sys.executable, "-c", script, str(model)), check=True)
