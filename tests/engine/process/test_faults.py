"""Broken or hostile weights and workers: one sentence, soon."""

import asyncio
import os
import struct
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from tests import tiny
from tests.engine.asking import ask, load, loaded
from tests.engines import engine as made
from tui.chat.events import Failed, Loaded

LOOP = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"


async def loading(path: Path, **how: Any) -> Loaded | Failed:
    engine = made(path, 256, **how)
    event = await load(engine)
    assert isinstance(event, Loaded | Failed)
    assert (engine.pid is None) == isinstance(event, Failed)
    await engine.close()
    return event


async def failure(path: Path, **how: Any) -> str:
    event = await loading(path, **how)
    assert isinstance(event, Failed), event
    assert event.fatal
    assert "\n" not in event.message
    return event.message


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return tiny.write(tmp_path_factory.mktemp("models") / "whole.gguf").read_bytes()


def number_at(key: bytes, value: int, data: bytes) -> bytes:
    """Return the file with the 32-bit number of a metadata key replaced."""
    place = data.index(key) + len(key) + 4
    return data[:place] + struct.pack("<I", value) + data[place + 4 :]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("cut to a tenth", "not within the file bounds"),
        ("one byte short", "not within the file bounds"),
        ("empty", "failed to read magic"),
        ("garbage", "invalid magic"),
        ("version 0", "bad GGUF version"),
        ("version 1", "no longer supported"),
        ("version 99", "version 99"),
        ("2^62 tensors", "number of tensors"),
        ("2^62 keys", "number of key value pairs"),
        ("an endless string", "string length"),
        ("unknown architecture", "unknown model architecture: 'lxama'"),
        ("no blocks", "SIGABRT"),
        ("too many blocks", "SIGABRT"),
        ("a missing tensor", "not found"),
        ("a tensor twice", "duplicate tensor"),
        ("a token twice", "SIGABRT"),
    ],
)
async def test_malformed_file_is_refused_with_a_reason(whole: bytes, tmp_path: Path, fault: str, reason: str) -> None:
    faulty = {
        "cut to a tenth": whole[: len(whole) // 10],
        "one byte short": whole[:-1],
        "empty": b"",
        "garbage": bytes(range(256)) * 20,
        "version 0": whole[:4] + struct.pack("<I", 0) + whole[8:],
        "version 1": whole[:4] + struct.pack("<I", 1) + whole[8:],
        "version 99": whole[:4] + struct.pack("<I", 99) + whole[8:],
        "2^62 tensors": whole[:8] + struct.pack("<Q", 2**62) + whole[16:],
        "2^62 keys": whole[:16] + struct.pack("<Q", 2**62) + whole[24:],
        "an endless string": whole.replace(b"\5\0\0\0\0\0\0\0llama", struct.pack("<Q", 2**60) + b"llama", 1),
        "unknown architecture": whole.replace(b"\5\0\0\0\0\0\0\0llama", b"\5\0\0\0\0\0\0\0lxama", 1),
        "no blocks": number_at(b"llama.block_count", 0, whole),
        "too many blocks": number_at(b"llama.block_count", 2**31 - 1, whole),
        "a missing tensor": whole.replace(b"blk.0.attn_q.weight", b"blk.0.attn_z.weight", 1),
        "a tensor twice": whole.replace(b"blk.0.attn_q.weight", b"blk.0.attn_k.weight", 1),
        "a token twice": whole.replace(b"\1\0\0\0\0\0\0\0A", b"\1\0\0\0\0\0\0\0B", 1),
    }[fault]
    path = tmp_path / "faulty.gguf"
    path.write_bytes(faulty)
    message = await failure(path)
    assert reason in message
    assert "or choose another model" in message


async def test_missing_file_is_reported(tmp_path: Path) -> None:
    assert "not on this disk any more" in await failure(tmp_path / "gone.gguf")


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("{% for %}", "TemplateSyntaxError"),
        ("{{ raise_exception('never') }}", "never"),
        (LOOP, "longer than"),
        ("{{ 'x' * 10**10 }}", "too much memory"),
        (b"\xff\xfe{{ messages }}", "not UTF-8"),
        ("no messages in here", "leaves the question out"),
    ],
)
async def test_template_that_gives_no_prompt_fails_the_load(tmp_path: Path, template: str | bytes, reason: str) -> None:
    message = await failure(tiny.write(tmp_path / "m.gguf", template=template))
    assert reason in message
    assert "choose another file of this model" in message


async def test_model_without_a_template_gets_plain_text_and_a_note(tmp_path: Path) -> None:
    script = {":": [" fine"]}
    async with loaded(tiny.write(tmp_path / "m.gguf", template=None, script=script)) as engine:
        assert (await ask(engine, "how are you?")).text == " fine"
    event = await loading(tmp_path / "m.gguf")
    assert isinstance(event, Loaded)
    assert event.template_sha256 == ""
    assert "no chat template" in event.notes[0]


async def test_template_that_takes_no_system_text_gets_a_note(tmp_path: Path) -> None:
    refusing = "{% if messages[0].role == 'system' %}{{ raise_exception('no') }}{% endif %}" + tiny.CHATML
    event = await loading(tiny.write(tmp_path / "m.gguf", template=refusing))
    assert isinstance(event, Loaded)
    assert "system text" in event.notes[0]


GREETING = """
import sys
line = sys.stdin.buffer.readline()
loaded = b'{"version":1,"number":1,"name":"Loading","event":{"fraction":0.5}}\\n'
out, err = open(1, 'wb'), open(2, 'wb')
"""
SILENCE = "no sign of life"


@pytest.mark.parametrize(
    ("deed", "reason"),
    [
        ("out.write(b'llama_model_loader: hello\\n')", "sent invalid data"),
        ("out.write(b'\\xff\\x00' * 100 + b'\\n')", "sent invalid data"),
        ("out.write(b'{\"version\":9}\\n')", "sent invalid data"),
        ("out.write(b'x' * (3 << 20) + b'\\n')", "sent invalid data"),
        ("out.write(b'x' * (3 << 20))", "sent invalid data"),
        ("out.write(loaded[:30])", "sent invalid data"),
        ("out.write(loaded)", "with status 0"),
        ("err.write(b'spam\\n' * (20 << 18)); err.write(b'the last error\\n'); sys.exit(3)", "the last error"),
        ("out.close(); import time; time.sleep(60)", "SIGKILL"),
        ("import time; out.flush(); time.sleep(60)", SILENCE),
        ("sys.exit('ModuleNotFoundError: nothing here')", "(ModuleNotFoundError: nothing here); install duochat again"),
        ("sys.exit('MemoryError')", "(MemoryError); close other programs or choose a smaller model"),
    ],
)
async def test_broken_worker_is_ended_with_a_sentence(tmp_path: Path, deed: str, reason: str) -> None:
    python = tmp_path / "python"
    python.write_text(f"#!{sys.executable}\n{textwrap.dedent(GREETING)}{deed}\n")
    python.chmod(0o700)
    how = {"silence": 2} if reason == SILENCE else {}
    assert reason in await failure(tmp_path / "m.gguf", python=str(python), **how)


def is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_worker_that_sends_without_end_is_ended_while_its_events_are_not_read(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text(f"#!{sys.executable}\n{textwrap.dedent(GREETING)}while True: out.write(loaded * 1000)\n")
    python.chmod(0o700)
    engine = made(tmp_path / "m.gguf", 256, python=str(python))
    events = engine.load()
    await anext(events)
    pid = engine.pid
    assert pid is not None
    while is_there(pid):  # noqa: ASYNC110 - another process sets no event
        await asyncio.sleep(0.02)
    last = [event async for event in events][-1]
    assert isinstance(last, Failed)
    assert "too many events that were not read" in last.message


async def test_missing_python_is_reported(tmp_path: Path) -> None:
    assert "cannot be started" in await failure(tmp_path / "m.gguf", python=str(tmp_path / "nothing"))
