"""Serves an application over real sockets for the tests."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar import Litestar

from gateway.serving.server import listen, serve


@asynccontextmanager
async def serving(app: Litestar) -> AsyncIterator[int]:
    """Serve it; gives the port; in the end it is stopped."""
    stop = asyncio.Event()
    listening = listen(0)
    port = listening.getsockname()[1]
    task = asyncio.create_task(serve(app, listening, stop))
    try:
        yield port
    finally:
        stop.set()
        async with asyncio.timeout(30):
            await task
