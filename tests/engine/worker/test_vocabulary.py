"""The special tokens of a vocabulary."""

import subprocess
import sys
from pathlib import Path

from tests import tiny
from tests.patience import GUARD

SCRIPT = """
import sys
from tests.engine.asking import ONE, setup, user
from tui.engine.worker.binding import lib
from tui.engine.wire import Load, Reply
from tui.engine.worker.worker import Worker
looks, look = 0, lib.llama_vocab_get_attr
def counted(*of):
    global looks
    looks += 1
    return look(*of)
lib.llama_vocab_get_attr = counted
class Line:
    threads = ONE
    requests = [
        Reply(3, (user("Hi"),), setup(max_tokens=2), ONE),
        Reply(2, (user("Hi"),), setup(max_tokens=2), ONE),
        Load(1, sys.argv[1].encode(), 512),
    ]
    def next(self):
        print("next", looks)
        return self.requests.pop(), 0.0
    def stopped(self):
        return False
    def begin(self, number):
        pass
    def end(self):
        pass
    def send(self, event):
        print(type(event).__name__, looks)
line = Line()
try:
    Worker(line, line).run()
except IndexError:
    pass
"""


def test_special_tokens_are_found_once_after_loaded_and_before_the_first_question(tmp_path: Path) -> None:
    model = tiny.write(tmp_path / "tiny.gguf")
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, model], capture_output=True, text=True, check=True, timeout=GUARD
    )
    said = [line.split() for line in done.stdout.splitlines()]
    assert ["Loaded", "0"] in said
    looks = {int(count) for name, count in said if name in {"Finished", "Delta"}}
    nexts = [int(count) for name, count in said if name == "next"]
    assert sum(name == "Finished" for name, _ in said) == 2
    assert nexts[0] == 0 < nexts[1] == nexts[2] == nexts[3]
    assert looks == {nexts[1]}
