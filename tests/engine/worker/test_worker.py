"""The worker process, through its pipes."""

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


class WorkerPipes:
    """A worker process and its pipes."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self.process = process

    def send(self, *requests: Request) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(b"".join(map(encode_request, requests)))
        self.process.stdin.flush()

    def read(self) -> tuple[int, Event]:
        assert self.process.stdout is not None
        return decode_event(self.process.stdout.readline())

    def read_all(self) -> list[tuple[int, Event]]:
        """Return the events up to the one that ends a request."""
        said = [self.read()]
        while not isinstance(said[-1][1], Loaded | Finished | Failed):
            said.append(self.read())
        return said


@pytest.fixture
def worker() -> Iterator[WorkerPipes]:
    process = subprocess.Popen(
        (sys.executable, "-P", "-m", "tui.engine.worker"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=worker_environ(os.environ),
    )
    with process:
        yield WorkerPipes(process)
        process.kill()


@pytest.fixture(scope="module")
def endless(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("models") / "m.gguf"
    return bytes(tiny.write(path, context=50_000, script={"\n": ["la", "\n"]}))


def test_requests_are_processed_in_order_under_their_numbers(worker: WorkerPipes, endless: bytes) -> None:
    worker.send(Load(1, endless, 512), Reply(2, (user("hi"),), setup(3), ONE), Reply(3, (user("hi"),), setup(3), ONE))
    said = [worker.read_all() for _ in range(3)]
    assert [{number for number, _ in each} for each in said] == [{1}, {2}, {3}]
    assert said[0][0][1] == Loading()
    assert isinstance(said[0][-1][1], Loaded)
    texts = ["".join(event.text for _, event in each if isinstance(event, Delta)) for each in said[1:]]
    assert texts == ["la\nla", "la\nla"]


def test_stop_applies_to_the_request_with_its_number(worker: WorkerPipes, endless: bytes) -> None:
    worker.send(Load(1, endless, 50_000))
    worker.read_all()
    worker.send(Stop(1), Reply(2, (user("hi"),), setup(3), ONE), Reply(3, (user("hi"),), setup(49_000), ONE), Stop(3))
    whole, stopped = worker.read_all()[-1][1], worker.read_all()[-1][1]
    assert isinstance(whole, Finished)
    assert whole.reason == "length"
    assert isinstance(stopped, Finished)
    assert stopped.reason == "stopped"


def test_worker_sends_heartbeats_while_it_reads(worker: WorkerPipes, endless: bytes) -> None:
    worker.send(Load(1, endless, 50_000))
    worker.read_all()
    worker.send(Reply(2, (user("x" * 40_000),), setup(3), ONE))
    while worker.read()[1] != Alive():
        pass


def test_question_before_a_load_fails(worker: WorkerPipes) -> None:
    worker.send(Reply(1, (user("hi"),), setup(), ONE))
    assert isinstance(worker.read_all()[-1][1], Failed)


@pytest.mark.parametrize("way", ["end of input", "no request"])
def test_worker_ends_while_it_computes(worker: WorkerPipes, endless: bytes, way: str) -> None:
    worker.send(Load(1, endless, 50_000), Reply(2, (user("hi"),), setup(49_000), ONE))
    while not isinstance(worker.read()[1], Delta):
        pass
    assert worker.process.stdin is not None
    if way == "no request":
        worker.process.stdin.write(b"what?\n")
        worker.process.stdin.flush()
    else:
        worker.process.stdin.close()
    assert worker.process.wait(GUARD) == (2 if way == "no request" else 0)


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
    """Return whether the process with this folder in /proc is running, not ended or a zombie."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return "Z" not in (process / "stat").read_text().split()[2]
    return False


def test_worker_and_sandbox_end_with_their_parent(endless: bytes) -> None:
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


def test_worker_imports_no_textual_and_no_hub() -> None:
    loaded = modules_after("tui.engine.worker.__main__")
    assert "llama_cpp.llama_cpp" in loaded
    assert not {"textual", "rich", "huggingface_hub"} & loaded


def test_worker_starts_without_numpy_and_jinja() -> None:
    assert not {"llama_cpp.llama", "numpy", "jinja2", "importlib.metadata"} & modules_after(
        "tui.engine.worker.__main__"
    )


def test_parents_end_imports_nothing_of_the_worker() -> None:
    loaded = modules_after("tui.engine.process.engine")
    assert not {"llama_cpp", "numpy", "jinja2", "huggingface_hub", "textual"} & loaded


def test_environment_of_a_worker_has_no_secrets_and_keeps_the_users_settings() -> None:
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
