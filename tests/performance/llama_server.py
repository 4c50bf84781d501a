"""A llama-server, started for one model on this machine alone."""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic

import httpx2
import msgspec

from tests.performance.llama_bench import installed
from tui.bench.figures import BenchError
from tui.chat.conversation import Message

_START_S = 120.0
_POLL_S = 0.1
_HOST = "127.0.0.1"
_EVENT = "data: "


class _Delta(msgspec.Struct):
    content: str | None = None


class _Choice(msgspec.Struct):
    delta: _Delta


class _Chunk(msgspec.Struct):
    """The part of a streamed event that is used here."""

    choices: list[_Choice] = []


class Server:
    """A running server, asked through `client`."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self._client = client

    async def reply(self, messages: Sequence[Message], tokens: int) -> tuple[float, str]:
        """Return the seconds until the first text of the answer, and all of it: the most probable tokens."""
        body = {
            "messages": [{"role": message.role, "content": message.text} for message in messages],
            "max_tokens": tokens,
            "temperature": 0,
            "seed": 1,
            "cache_prompt": True,
            "stream": True,
        }
        texts: list[str] = []
        first = asked = monotonic()
        async with self._client.stream("POST", "/v1/chat/completions", json=body) as response:
            async for line in response.aiter_lines():
                if text := _text(line):
                    first = first if texts else monotonic()
                    texts.append(text)
        if not texts:
            raise BenchError("llama-server wrote nothing: choose another model.")
        return first - asked, "".join(texts)

    async def healthy(self) -> bool:
        """Return whether the server is ready."""
        try:
            return (await self._client.get("/health")).is_success
        except httpx2.TransportError:
            return False


@asynccontextmanager
async def served(weights: Path, environ: Mapping[str, str], *, threads: int, context: int) -> AsyncIterator[Server]:
    """Run a server with one slot and a prompt cache; it ends with the block. Raises LeftOut and BenchError."""
    port = _free_port()
    options = {"-m": weights, "-t": threads, "-c": context, "-np": 1, "-fa": "off", "--host": _HOST, "--port": port}
    process = await asyncio.create_subprocess_exec(
        installed("llama-server", environ),
        *(str(word) for option in options.items() for word in option),
        env=dict(environ),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with httpx2.AsyncClient(base_url=f"http://{_HOST}:{port}", timeout=None, trust_env=False) as client:
            server, until = Server(client), monotonic() + _START_S
            while not await server.healthy():
                if process.returncode is not None or monotonic() > until:
                    raise BenchError("llama-server did not start: run it by hand and see why.")
                await asyncio.sleep(_POLL_S)
            yield server
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _text(line: str) -> str:
    """Return the text of a line of the stream, or "" where it has none."""
    data = line.removeprefix(_EVENT)
    if data in {line, "[DONE]"}:
        return ""
    choices = msgspec.json.decode(data, type=_Chunk).choices
    return (choices[0].delta.content or "") if choices else ""
