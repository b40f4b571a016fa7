"""A network between a service and its server, which passes data on as the file `MODE` says.

Usage: ``link.py HOST PORT``, the server's; it listens on the same port. Standard library only: it
runs in a container of the Python base image, where the service looks for the broker
(`compose.network.yaml`) or the object store (`compose.store.yaml`). What does not pass is kept, as
TCP sends again what was lost.

==========  =========================================================================
mode        what passes
==========  =========================================================================
open        all, at once
cut         nothing
one-way     what the service sends; the server's answers do not
slow        all, 200 ms later and at most 64 KiB a second, each way of each connection
half-open   of connections that were there: nothing any more, and only the server knows
            that they are gone; new ones are open
==========  =========================================================================
"""

import asyncio
import sys
from asyncio import StreamReader, StreamWriter
from contextlib import suppress
from pathlib import Path

MODE = Path("/tmp/mode")
DELAY_S = 0.2
BYTES_PER_S = 64 * 1024
LOOK_S = 0.05


def mode() -> str:
    """Read how the network is to be."""
    return MODE.read_text().strip() if MODE.exists() else "open"


class Link:
    """Connections of one service to a server."""

    def __init__(self, host: str, port: int) -> None:
        self.server = (host, port)
        self.to_server: set[StreamWriter] = set()
        self.gone: set[StreamWriter] = set()
        self.mode = "open"
        self.changed = asyncio.Condition()

    async def connect(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Pass on a connection until either end is closed."""
        await self.passing("cut")
        try:
            from_server, to_server = await asyncio.open_connection(*self.server)
        except OSError:
            writer.transport.abort()
            return
        self.to_server.add(to_server)
        pumps = [
            asyncio.create_task(self.pump(reader, to_server, ("cut",))),
            asyncio.create_task(self.pump(from_server, writer, ("cut", "one-way"))),
        ]
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        for pump in pumps:
            pump.cancel()
        await asyncio.wait(pumps)
        if to_server in self.gone:  # the service is not told
            with suppress(OSError):
                while await reader.read(65536):
                    pass
        for end in (writer, to_server):
            end.transport.abort()
        self.to_server.discard(to_server)
        self.gone.discard(to_server)

    async def pump(self, reader: StreamReader, writer: StreamWriter, held: tuple[str, ...]) -> None:
        """Pass on one direction."""
        with suppress(OSError):
            while content := await reader.read(16 * 1024):
                await self.passing(*held)
                if self.mode == "slow":
                    await asyncio.sleep(DELAY_S + len(content) / BYTES_PER_S)
                writer.write(content)
                await writer.drain()

    async def passing(self, *held: str) -> None:
        """Wait until nothing is held back."""
        async with self.changed:
            await self.changed.wait_for(lambda: self.mode not in held)

    async def watch(self) -> None:
        """Follow the file."""
        while True:
            now = mode()
            if now != self.mode:
                await self.change(now)
            await asyncio.sleep(LOOK_S)

    async def change(self, now: str) -> None:
        """Be in another mode from now on."""
        async with self.changed:
            self.mode = now
            self.changed.notify_all()
        if now == "half-open":
            self.gone |= self.to_server
            for end in self.to_server:
                end.transport.abort()


async def main() -> None:
    """Listen until it is stopped."""
    host, port = sys.argv[1], int(sys.argv[2])
    link = Link(host, port)
    server = await asyncio.start_server(link.connect, port=port)
    await asyncio.gather(server.serve_forever(), link.watch())


if __name__ == "__main__":
    asyncio.run(main())
