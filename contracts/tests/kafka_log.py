"""A broker with one topic, for clients that only read: what they speak of Kafka's protocol."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from typing import NamedTuple

from aiokafka.protocol.admin import ApiVersionResponse_v0
from aiokafka.protocol.fetch import FetchRequest_v4, FetchResponse_v4
from aiokafka.protocol.metadata import MetadataResponse_v1
from aiokafka.protocol.offset import OffsetResponse_v1
from aiokafka.protocol.types import Int16, Int32, String
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.util import calc_crc32c

TOPIC = "raw"
FETCH, OFFSETS, METADATA, VERSIONS = 1, 2, 3, 18
UNSUPPORTED = 35
CHECKSUM_AT, ATTRIBUTES_AT = 17, 21
TRANSACTIONAL, CONTROL = 0x10, 0x20


class Batch(NamedTuple):
    """Records that are written together: the first offset, how many, and their bytes."""

    first: int
    records: int
    content: bytes


def batch(first: int, count: int, *, whole: bool) -> Batch:
    """Make a batch as a producer does; one that is not whole has another checksum."""
    builder = DefaultRecordBatchBuilder(
        magic=2, compression_type=0, is_transactional=0, producer_id=-1, producer_epoch=-1,
        base_sequence=-1, batch_size=1 << 20,
    )  # fmt: skip
    for number in range(count):
        builder.append(number, timestamp=1000 + first, key=None, value=b"x" * 20, headers=[])
    content = bytearray(builder.build())
    content[:8] = first.to_bytes(8, "big")
    if not whole:
        content[CHECKSUM_AT] ^= 255
    return Batch(first, count, bytes(content))


class Log:
    """A partition's log: batches one after the other."""

    def __init__(self, batches: list[tuple[int, bool]]) -> None:
        self.batches: list[Batch] = []
        for count, whole in batches:
            self.batches.append(batch(self.end, count, whole=whole))

    def end_transaction(self) -> None:
        """Append what a broker writes then: it has an offset, and clients are given no record."""
        made = batch(self.end, 1, whole=True)
        content = bytearray(made.content)
        content[ATTRIBUTES_AT + 1] |= TRANSACTIONAL | CONTROL
        content[CHECKSUM_AT:ATTRIBUTES_AT] = calc_crc32c(content[ATTRIBUTES_AT:]).to_bytes(4, "big")
        self.batches.append(made._replace(content=bytes(content)))

    @property
    def end(self) -> int:
        return self.batches[-1].first + self.batches[-1].records if self.batches else 0

    def from_(self, offset: int) -> bytes:
        """Give the batches from the one on that holds an offset."""
        return b"".join(it.content for it in self.batches if it.first + it.records > offset)


@asynccontextmanager
async def serving(logs: list[Log]) -> AsyncIterator[str]:
    """Serve the partitions; gives the address."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                size = Int32.decode(BytesIO(await reader.readexactly(4)))
                request = BytesIO(await reader.readexactly(size))
                key, version, correlation = (it.decode(request) for it in (Int16, Int16, Int32))
                String("utf-8").decode(request)  # the client's name
                answer = Int32.encode(correlation) + _answer(logs, key, version, request, port)
                if key == FETCH:
                    await asyncio.sleep(0.001)
                writer.write(Int32.encode(len(answer)) + answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port: int = server.sockets[0].getsockname()[1]
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.close()


def _answer(logs: list[Log], key: int, version: int, request: BytesIO, port: int) -> bytes:
    numbers = range(len(logs))
    if key == VERSIONS:
        known = [(FETCH, 4, 4), (OFFSETS, 1, 1), (METADATA, 1, 1), (VERSIONS, 0, 0)]
        return bytes(ApiVersionResponse_v0(UNSUPPORTED if version else 0, known).encode())
    if key == METADATA:
        partitions = [(0, number, 1, [1], [1]) for number in numbers]
        brokers = [(1, "127.0.0.1", port, None)]
        return bytes(MetadataResponse_v1(brokers, 1, [(0, TOPIC, False, partitions)]).encode())
    if key == OFFSETS:
        return bytes(OffsetResponse_v1([(TOPIC, [(it, 0, -1, 0) for it in numbers])]).encode())
    [(_, asked)] = FetchRequest_v4.decode(request).topics
    found: list[tuple[object, ...]] = [
        (number, 0, logs[number].end, logs[number].end, [], logs[number].from_(offset))
        for number, offset, _ in asked
    ]
    return bytes(FetchResponse_v4(0, [(TOPIC, found)]).encode())
