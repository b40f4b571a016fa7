"""Runs the HTTP server beside everything else, in one loop."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from litestar import Litestar

from contracts.settings import SettingError

PORT = 8502
_SEND_BUFFER_BYTES = 128 * 1024  # the kernel's, a reader: what is stuck must not pile up there
_STUCK_MS = 60_000
"""Who takes nothing for so long is let go: what is to be sent waits in memory, a page some 4 MB."""
_MOST_SAID = 4096
"""Bytes of a message from a reader of the stream: nobody listens, and what is not whole is kept."""
_BACKLOG = 2048
_CLOSE_S = 2
"""How long what is under way has to end."""


class _Server(uvicorn.Server):
    """A server that leaves the signals to the app."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def listen(port: int = PORT) -> socket.socket:
    """Take the port on all addresses of the container; raises `SettingError` where it is taken."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux has it, as in the container; macOS does not
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _STUCK_MS)
    try:
        listening.bind(("0.0.0.0", port))  # noqa: S104 - compose publishes it on loopback only
        listening.listen(_BACKLOG)
    except OSError as error:
        listening.close()
        raise SettingError(f"port {port} cannot be listened on: {error.strerror}") from None
    listening.setblocking(False)  # noqa: FBT003 - the library's signature
    return listening


async def serve(application: Litestar, listening: socket.socket, stop: asyncio.Event) -> None:
    """Serve until `stop` is set, and a moment longer for what is under way."""
    server = _Server(
        uvicorn.Config(
            application,
            http="httptools",
            ws="websockets-sansio",
            ws_max_size=_MOST_SAID,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=_CLOSE_S,
        )
    )
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    server.should_exit = True
    await serving
