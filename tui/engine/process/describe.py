"""A description of the installed llama.cpp, made by a child process."""

import asyncio
import signal
import sys
from collections.abc import Mapping

import msgspec

from tui.engine.installation import unusable
from tui.engine.process.environment import worker_environ
from tui.engine.process.exit_reason import last_error
from tui.engine.wire import DESCRIBE, EngineFacts


async def describe(environ: Mapping[str, str], python: str = sys.executable) -> EngineFacts | str:
    """Return the facts about llama.cpp in `environ`, or one sentence on why it cannot be used."""
    try:
        process = await asyncio.create_subprocess_exec(
            python,
            *("-P", "-m", "tui.engine.worker", DESCRIBE),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=worker_environ(environ),
        )
    except OSError as error:
        return f"llama.cpp cannot be tried here ({error.strerror}): close other programs and try again."
    try:
        output, errors = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    try:
        return msgspec.json.decode(output, type=EngineFacts | str)
    except msgspec.DecodeError:
        return unusable(_reason(process.returncode or 0, errors), environ)


def _reason(status: int, errors: bytes) -> str:
    """Return why a process ended without an answer: its signal in words, or its last error."""
    if status == -signal.SIGILL:
        return f"{signal.strsignal(-status)}: perhaps it was built for another processor"
    if status < 0:
        return f"its process ended: {signal.strsignal(-status)}"
    return last_error(errors)
