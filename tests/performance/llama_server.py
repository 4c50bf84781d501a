"""Owns a llama.cpp server, where it is installed: started for one model on this machine alone, asked, and ended."""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from time import monotonic
from typing import Any

import msgspec

from tui.bench.figures import BenchError
from tui.bench.llama_bench import installed
from tui.chat.conversation import Message

_START_S = 120.0
_POLL_S = 0.1
_HOST = "127.0.0.1"
_EVENT = b"data: "


class Server:
    """A server that listens on `port` of this machine."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def reply(self, messages: Sequence[Message], tokens: int) -> tuple[float, str]:
        """Seconds until the first text of the answer to the last of `messages`, and all of it: the likeliest tokens."""
        said: list[str] = []
        first = asked = monotonic()
        async for text in self._texts(_question(messages, tokens)):
            first = first if said else monotonic()
            said.append(text)
        if not said:
            raise BenchError("llama-server wrote nothing: choose another model.")
        return first - asked, "".join(said)

    async def healthy(self) -> bool:
        """Whether it can be asked."""
        with suppress(OSError):
            async with self._asked(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n") as answer:
                return b" 200 " in await answer.readline()
        return False

    async def _texts(self, question: bytes) -> AsyncIterator[str]:
        head = (
            "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(question)}\r\n\r\n"
        )
        async with self._asked(head.encode() + question) as answer:
            # One event is one chunk: the lines between them, which say how long it is, can be passed over.
            while line := await answer.readline():
                if line.startswith(_EVENT) and (text := _text(line.removeprefix(_EVENT))):
                    yield text

    @asynccontextmanager
    async def _asked(self, request: bytes) -> AsyncIterator[asyncio.StreamReader]:
        answer, line = await asyncio.open_connection(_HOST, self._port, limit=1 << 20)
        try:
            line.write(request)
            await line.drain()
            yield answer
        finally:
            line.close()
            with suppress(OSError):
                await line.wait_closed()


@asynccontextmanager
async def served(weights: Path, environ: Mapping[str, str], *, threads: int, context: int) -> AsyncIterator[Server]:
    """A server with one slot and its prompt cache on, which ends with the block. Raises LeftOut and BenchError."""
    program = installed("llama-server", environ)
    port = _free_port()
    arguments = {"-m": weights, "-t": threads, "-c": context, "-np": 1, "-fa": "off", "--host": _HOST, "--port": port}
    process = await asyncio.create_subprocess_exec(
        program,
        *(str(word) for pair in arguments.items() for word in pair),
        env=dict(environ),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        server = Server(port)
        await _started(server, process)
        yield server
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _started(server: Server, process: asyncio.subprocess.Process) -> None:
    deadline = monotonic() + _START_S
    while not await server.healthy():
        if process.returncode is not None or monotonic() > deadline:
            raise BenchError("llama-server did not start: run it by hand and see why.")
        await asyncio.sleep(_POLL_S)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _question(messages: Sequence[Message], tokens: int) -> bytes:
    """The request in the shape of OpenAI's chat completions, with llama.cpp's `cache_prompt`."""
    return msgspec.json.encode(
        {
            "messages": [{"role": message.role, "content": message.text} for message in messages],
            "max_tokens": tokens,
            "temperature": 0,
            "seed": 1,
            "cache_prompt": True,
            "stream": True,
        }
    )


def _text(event: bytes) -> str:
    """The text that an event brings, if any."""
    try:
        said: Any = msgspec.json.decode(event)
        return said["choices"][0]["delta"].get("content") or ""
    except (msgspec.DecodeError, LookupError, TypeError, AttributeError):
        return ""
