"""The tests' own network holds back what each of its modes says."""

import asyncio
import time
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager

import pytest
from link import DELAY_S, Link
from topic import run

HELD_S = 0.3
"""So long nothing comes where something is held back; on the loopback it would be there at once."""

type Ends = tuple[Link, StreamReader, StreamWriter, StreamReader, StreamWriter]


@asynccontextmanager
async def connected() -> AsyncIterator[Ends]:
    """Give a link, and reader and writer of the service and of the server that it connects."""
    accepted: asyncio.Queue[tuple[StreamReader, StreamWriter]] = asyncio.Queue()
    server = await asyncio.start_server(lambda *ends: accepted.put_nowait(ends), "127.0.0.1", 0)
    link = Link(*server.sockets[0].getsockname())
    between = await asyncio.start_server(link.connect, "127.0.0.1", 0)
    service = await asyncio.open_connection(*between.sockets[0].getsockname())
    try:
        yield link, *service, *await asyncio.wait_for(accepted.get(), 5)
    finally:
        service[1].transport.abort()
        between.close()
        server.close()


async def comes(reader: StreamReader, writer: StreamWriter, within_s: float = 5) -> bool:
    """Tell whether what one end sends is at the other in time."""
    writer.write(b"it")
    try:
        return await asyncio.wait_for(reader.readexactly(2), within_s) == b"it"
    except TimeoutError:
        return False


async def open_passes_all() -> None:
    async with connected() as (_, service_in, service_out, server_in, server_out):
        assert await comes(server_in, service_out)
        assert await comes(service_in, server_out)


async def cut_passes_nothing_until_it_is_over() -> None:
    async with connected() as (link, service_in, service_out, server_in, server_out):
        await link.change("cut")
        assert not await comes(server_in, service_out, HELD_S)
        assert not await comes(service_in, server_out, HELD_S)
        await link.change("open")
        assert await asyncio.wait_for(server_in.readexactly(2), 5) == b"it"
        assert await asyncio.wait_for(service_in.readexactly(2), 5) == b"it"


async def one_way_passes_requests_and_no_answers() -> None:
    async with connected() as (link, service_in, service_out, server_in, server_out):
        await link.change("one-way")
        assert await comes(server_in, service_out)
        assert not await comes(service_in, server_out, HELD_S)


async def slow_passes_64_kib_in_a_second_and_later() -> None:
    async with connected() as (link, _, service_out, server_in, _):
        await link.change("slow")
        began = time.monotonic()
        service_out.write(bytes(16 * 1024))
        await asyncio.wait_for(server_in.readexactly(16 * 1024), 10)
        assert time.monotonic() - began > DELAY_S + 0.25 - 0.01


async def half_open_is_known_to_the_server_alone() -> None:
    async with connected() as (link, service_in, service_out, server_in, _):
        assert await comes(server_in, service_out)
        await link.change("half-open")
        assert await asyncio.wait_for(server_in.read(), 5) == b""
        assert not await comes(service_in, service_out, HELD_S)  # neither an answer nor an end


@pytest.mark.parametrize(
    "case",
    [
        open_passes_all,
        cut_passes_nothing_until_it_is_over,
        one_way_passes_requests_and_no_answers,
        slow_passes_64_kib_in_a_second_and_later,
        half_open_is_known_to_the_server_alone,
    ],
    ids=lambda case: case.__name__,
)
def test_the_mode(case: Callable[[], Coroutine[None, None, None]]) -> None:
    run(case(), 60)
