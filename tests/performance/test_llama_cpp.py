"""duochat beside llama.cpp's own programs, replaced by scripts on the PATH."""

import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bench.harness import endless, harness
from tests.performance import llama_bench, llama_server, second_turn
from tui.bench.figures import BenchError, LeftOut
from tui.bench.harness import Harness, Scale
from tui.bench.machine_load import family
from tui.bench.run import Measure
from tui.chat.conversation import Message, Role

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the programs are scripts with a first line")

SCALE = Scale(repeats=2, seconds=0.3, tokens=24, context=4096, part=20)

BENCH = """#!{python}
import json, sys
depths = sys.argv[sys.argv.index("-d") + 1].split(",")
assert sys.argv[sys.argv.index("-fa") + 1] == "0"
tests = [dict(build_commit="abc", build_number=7, n_depth=int(d), samples_ts=[1000.0 / int(d)]) for d in depths]
print(json.dumps(tests))
"""

SERVER = """#!{python}
import json, sys
from http.server import BaseHTTPRequestHandler, HTTPServer

class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        self.send_response(200)
        self.end_headers()

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert asked["cache_prompt"] and asked["temperature"] == 0
        self.send_response(200)
        self.end_headers()
        texts = [None, "a", str(len(asked["messages"]))]
        for text in texts:
            event = dict(choices=[dict(delta=dict(content=text))])
            self.wfile.write(b"data: " + json.dumps(event).encode() + b"\\n\\n")
        self.wfile.write(b"data: [DONE]\\n\\n")

HTTPServer(("127.0.0.1", int(sys.argv[sys.argv.index("--port") + 1])), Handler).serve_forever()
"""


def install(folder: Path, name: str, script: str) -> dict[str, str]:
    """Return an environment in which the script is a program with the name."""
    program = folder / name
    program.write_text(script.replace("{python}", sys.executable))
    program.chmod(0o755)
    return {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


@pytest.fixture
async def made(tmp_path: Path) -> AsyncIterator[Harness]:
    environ = install(tmp_path, "llama-bench", BENCH) | install(tmp_path, "llama-server", SERVER)
    async with harness(endless(tmp_path), scale=SCALE, environ=environ) as made:
        yield made


async def test_a_worker_beside_llama_bench_at_the_same_depth(made: Harness) -> None:
    figures = await llama_bench.measure(made)
    assert [figure.name for figure in figures] == ["peer-left", "peer-left-all", "peer-right", "peer-right-all"]
    for figure in figures:
        assert len(figure.pairs) == 2 * SCALE.repeats
        assert "build 7, abc" in figure.compared
        assert all(pair.measured > 0 and pair.against for pair in figure.pairs)


async def test_late_in_a_long_answer_against_early(made: Harness) -> None:
    left, right = await llama_bench.long_answer(made)
    assert (left.name, right.name) == ("long-left", "long-right")
    assert "tokens 60 to 80" in left.compared
    # The program is slower at a greater depth: its rate at 60 over its rate at 4, after the same prompt.
    assert all(pair.measured > 0 and pair.against is not None and 0.1 < pair.against < 1 for pair in left.pairs)


async def test_a_second_turn_beside_a_server(made: Harness) -> None:
    left, right = await second_turn.beside_server(made)
    assert (left.name, right.name) == ("second-turn-left-server", "second-turn-right-server")
    assert all(pair.measured > 0 and pair.against for pair in (*left.pairs, *right.pairs))


@pytest.mark.parametrize(
    ("measure", "program"),
    [(llama_bench.measure, "bench"), (llama_bench.long_answer, "bench"), (second_turn.beside_server, "server")],
)
async def test_a_program_that_is_not_installed_leaves_a_subject_out(
    tmp_path: Path, measure: Measure, program: str
) -> None:
    async with harness(endless(tmp_path), environ={"PATH": str(tmp_path)}) as made:
        with pytest.raises(LeftOut, match=f"llama-{program}: install llama.cpp"):
            await measure(made)


async def test_a_program_that_fails_raises(tmp_path: Path) -> None:
    broken = "#!{python}\nimport sys; sys.exit(1)"
    environ = install(tmp_path, "llama-bench", broken) | install(tmp_path, "llama-server", broken)
    with pytest.raises(BenchError, match="llama-bench gave no figures"):
        await llama_bench.run(tmp_path, environ, threads=1, depths=[1], tokens=1)
    with pytest.raises(BenchError, match="llama-server did not start"):
        async with llama_server.served(tmp_path, environ, threads=1, context=512):
            pass


async def test_a_server_gets_the_conversation_and_ends_with_its_block(tmp_path: Path) -> None:
    environ = install(tmp_path, "llama-server", SERVER)
    before, said = family(os.getpid()), [Message(Role.USER, "a"), Message(Role.ASSISTANT, "b"), Message(Role.USER, "c")]
    async with llama_server.served(tmp_path, environ, threads=1, context=512) as server:
        first, text = await server.reply(said, 8)
        assert (first > 0, text) == (True, "a3")
    assert set(family(os.getpid())) <= set(before)
