"""A network between a service and the broker: passes what comes, as the file `MODE` says.

Standard library only: it runs in a container of the Python base image, where the service looks for
the broker (`compose.network.yaml`). What does not pass is kept, as TCP sends again what was lost.

==========  =========================================================================
mode        what passes
==========  =========================================================================
open        all, at once
cut         nothing
one-way     what the service sends; the broker's answers do not
slow        all, 200 ms later and at most 64 KiB a second, each way of each connection
half-open   of connections that were there: nothing any more, and only the broker knows
            that they are gone; new ones are open
==========  =========================================================================
"""

import asyncio
from asyncio import StreamReader, StreamWriter
from contextlib import suppress
from pathlib import Path

PORT = 29092
BROKER = "broker"
MODE = Path("/tmp/mode")
DELAY_S = 0.2
BYTES_PER_S = 64 * 1024
LOOK_S = 0.05


def mode() -> str:
    """Read how the network is to be."""
    return MODE.read_text().strip() if MODE.exists() else "open"


class Link:
    """Connections of one service to the broker."""

    def __init__(self) -> None:
        self.to_broker: set[StreamWriter] = set()
        self.gone: set[StreamWriter] = set()
        self.mode = "open"
        self.changed = asyncio.Condition()

    async def connect(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Pass on a connection until either end is closed."""
        await self.passing("cut")
        try:
            from_broker, to_broker = await asyncio.open_connection(BROKER, PORT)
        except OSError:
            writer.transport.abort()
            return
        self.to_broker.add(to_broker)
        pumps = [
            asyncio.create_task(self.pump(reader, to_broker, ("cut",))),
            asyncio.create_task(self.pump(from_broker, writer, ("cut", "one-way"))),
        ]
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        for pump in pumps:
            pump.cancel()
        await asyncio.wait(pumps)
        if to_broker in self.gone:  # the service is not told
            with suppress(OSError):
                while await reader.read(65536):
                    pass
        for end in (writer, to_broker):
            end.transport.abort()
        self.to_broker.discard(to_broker)
        self.gone.discard(to_broker)

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
            self.gone |= self.to_broker
            for end in self.to_broker:
                end.transport.abort()


async def main() -> None:
    """Listen until it is stopped."""
    link = Link()
    server = await asyncio.start_server(link.connect, port=PORT)
    await asyncio.gather(server.serve_forever(), link.watch())


if __name__ == "__main__":
    asyncio.run(main())
