"""Several streams of events merged into one."""

import asyncio
from collections.abc import AsyncGenerator, Hashable, Mapping
from contextlib import aclosing
from typing import TypeVar

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


async def merge(streams: Mapping[K, AsyncGenerator[T, None]]) -> AsyncGenerator[tuple[K, T], None]:
    """Yield every stream's items as they come, each with its stream's key; raise a stream's error at the end."""
    arrived: asyncio.Queue[tuple[K, T] | None] = asyncio.Queue()

    async def drain(key: K, stream: AsyncGenerator[T, None]) -> None:
        try:
            async with aclosing(stream):
                async for item in stream:
                    arrived.put_nowait((key, item))
        finally:
            arrived.put_nowait(None)

    tasks = [asyncio.create_task(drain(key, stream)) for key, stream in streams.items()]
    try:
        running = len(tasks)
        while running:
            item = await arrived.get()
            if item is None:
                running -= 1
            else:
                yield item
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
