"""The worker, driven by hand over its pipes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests import tiny
from tests.engine.asking import ONE, setup, user
from tests.patience import GUARD
from tui.chat.events import Delta, Failed, Finished, Loaded, Loading
from tui.engine.process.environment import worker_environ
from tui.engine.wire import Alive, Event, Load, Reply, Request, Stop, decode_event, encode_request


class Hand:
    """A worker process and its pipes."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self.process = process

    def send(self, *requests: Request) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(b"".join(map(encode_request, requests)))
        self.process.stdin.flush()

    def hear(self) -> tuple[int, Event]:
        assert self.process.stdout is not None
        return decode_event(self.process.stdout.readline())

    def hear_out(self) -> list[tuple[int, Event]]:
        """Every event up to the one that ends a request."""
        said = [self.hear()]
        while not isinstance(said[-1][1], Loaded | Finished | Failed):
            said.append(self.hear())
        return said


@pytest.fixture
def hand() -> Iterator[Hand]:
    process = subprocess.Popen(
        (sys.executable, "-P", "-m", "tui.engine.worker"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=worker_environ(os.environ),
    )
    with process:
        yield Hand(process)
        process.kill()


@pytest.fixture(scope="module")
def endless(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("models") / "m.gguf"
    return bytes(tiny.write(path, context=50_000, script={"\n": ["la", "\n"]}))


def test_requests_are_worked_off_in_order_under_their_numbers(hand: Hand, endless: bytes) -> None:
    hand.send(Load(1, endless, 512), Reply(2, (user("hi"),), setup(3), ONE), Reply(3, (user("hi"),), setup(3), ONE))
    said = [hand.hear_out() for _ in range(3)]
    assert [{number for number, _ in each} for each in said] == [{1}, {2}, {3}]
    assert said[0][0][1] == Loading()
    assert isinstance(said[0][-1][1], Loaded)
    texts = ["".join(event.text for _, event in each if isinstance(event, Delta)) for each in said[1:]]
    assert texts == ["la\nla", "la\nla"]


def test_a_stop_reaches_the_request_that_it_names(hand: Hand, endless: bytes) -> None:
    hand.send(Load(1, endless, 50_000))
    hand.hear_out()
    hand.send(Stop(1), Reply(2, (user("hi"),), setup(3), ONE), Reply(3, (user("hi"),), setup(49_000), ONE), Stop(3))
    whole, stopped = hand.hear_out()[-1][1], hand.hear_out()[-1][1]
    assert isinstance(whole, Finished)
    assert whole.reason == "length"
    assert isinstance(stopped, Finished)
    assert stopped.reason == "stopped"


def test_it_gives_signs_of_life_while_it_reads(hand: Hand, endless: bytes) -> None:
    hand.send(Load(1, endless, 50_000))
    hand.hear_out()
    hand.send(Reply(2, (user("x" * 40_000),), setup(3), ONE))
    while hand.hear()[1] != Alive():
        pass


def test_a_question_before_the_model_is_refused(hand: Hand) -> None:
    hand.send(Reply(1, (user("hi"),), setup(), ONE))
    assert isinstance(hand.hear_out()[-1][1], Failed)


@pytest.mark.parametrize("way", ["end of input", "no request"])
def test_it_ends_at_once_even_while_it_computes(hand: Hand, endless: bytes, way: str) -> None:
    hand.send(Load(1, endless, 50_000), Reply(2, (user("hi"),), setup(49_000), ONE))
    while not isinstance(hand.hear()[1], Delta):
        pass
    assert hand.process.stdin is not None
    if way == "no request":
        hand.process.stdin.write(b"what?\n")
        hand.process.stdin.flush()
    else:
        hand.process.stdin.close()
    assert hand.process.wait(GUARD) == (2 if way == "no request" else 0)


PARENT = """
import asyncio, os, sys
from pathlib import Path
from tests.engines import engine as made
async def main():
    engine = made(Path(sys.argv[1]))
    async for event in engine.load():
        pass
    print(engine.pid, flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""


def lives(process: Path) -> bool:
    """Whether a process, by its folder in /proc, is neither gone nor waits for its parent to hear of its end."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return "Z" not in (process / "stat").read_text().split()[2]
    return False


def test_no_worker_outlives_its_parent(endless: bytes) -> None:
    command = (sys.executable, "-c", PARENT, os.fsdecode(endless))
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=worker_environ(os.environ)) as parent:
        assert parent.stdout is not None
        worker = Path("/proc") / parent.stdout.readline().decode().strip()
        children = (worker / "task" / worker.name / "children").read_text().split()
        parent.send_signal(signal.SIGKILL)
    until = time.monotonic() + GUARD
    left = [worker, *(Path("/proc") / child for child in children)]
    assert len(left) == 2
    while any(map(lives, left)):
        assert time.monotonic() < until


MODULES = "import sys; import {module}; print(*sys.modules)"


def modules_after(module: str) -> set[str]:
    output = subprocess.run(
        (sys.executable, "-P", "-c", MODULES.format(module=module)),
        env=worker_environ(os.environ),
        stdout=subprocess.PIPE,
        check=True,
    ).stdout
    return set(output.decode().split())


def test_the_worker_draws_nothing_and_downloads_nothing() -> None:
    loaded = modules_after("tui.engine.worker.__main__")
    assert "llama_cpp.llama_cpp" in loaded
    assert not {"textual", "rich", "huggingface_hub"} & loaded


def test_the_worker_imports_nothing_that_it_may_never_need() -> None:
    assert not {"llama_cpp.llama", "numpy", "jinja2", "importlib.metadata"} & modules_after("tui.engine.worker")


def test_who_talks_to_a_worker_loads_nothing_of_it() -> None:
    loaded = modules_after("tui.engine.process.engine")
    assert not {"llama_cpp", "numpy", "jinja2", "huggingface_hub", "textual"} & loaded


def test_a_worker_inherits_nothing_secret_and_waits_as_the_user_wants() -> None:
    given = {
        "HF_TOKEN": "hf_x",
        "HTTPS_PROXY": "http://u:p@x",
        "OPENAI_API_KEY": "x",
        "PATH": "/bin",
        "PYTHONPATH": "/p",
    }
    environ = worker_environ(given)
    assert not {"HF_TOKEN", "HTTPS_PROXY", "OPENAI_API_KEY"} & environ.keys()
    assert environ["PATH"] == "/bin"
    assert environ["PYTHONPATH"].endswith(f"{os.pathsep}/p")
    assert environ["GOMP_SPINCOUNT"] == "1000"
    assert "GOMP_SPINCOUNT" not in worker_environ({"OMP_WAIT_POLICY": "passive"})
    assert worker_environ({"GOMP_SPINCOUNT": "7"})["GOMP_SPINCOUNT"] == "7"
