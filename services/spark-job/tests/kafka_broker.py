"""The broker that the Kafka client brings along for tests, as Java's client can read from it."""

import socket
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import IO

from confluent_kafka import Producer

_HOST = "127.0.0.1"
_ASKS_FOR_METADATA = struct.pack(">h", 3)
_ASKS_FOR_VERSIONS = struct.pack(">hh", 18, 4)
_ASK_IN_VERSION_0 = struct.pack(">hi", 35, 0)


class _Corrected(StreamRequestHandler):
    """Hands on what is said, but answers itself where it is asked for versions, in a late one.

    The broker's answer to that tells Java's client to wait for 20 minutes. It also answers itself
    where a broker does that starts.
    """

    server: "StandIn"

    def handle(self) -> None:
        with socket.create_connection((_HOST, self.server.broker)) as broker:
            Thread(target=self._answer, args=(broker,), daemon=True).start()
            while question := _read(self.rfile):
                if question.startswith(_ASKS_FOR_METADATA) and not self.server.knows_brokers:
                    self.server.told_of_none += 1
                    self.wfile.write(_framed(_of_no_broker(question)))
                elif question.startswith(_ASKS_FOR_VERSIONS):
                    self.wfile.write(_framed(question[4:8] + _ASK_IN_VERSION_0))
                else:
                    broker.sendall(_framed(question))

    def _answer(self, broker: socket.socket) -> None:
        there, here = (_address(port) for port in (self.server.broker, self.server.port))
        with suppress(OSError), broker.makefile("rb") as answers:  # the client is gone
            while answer := _read(answers):
                self.wfile.write(_framed(answer.replace(there, here)))


class StandIn(ThreadingTCPServer):
    """Stands in for the broker at `address`.

    Until it `knows_brokers`, it answers as one that starts: that there is no broker and no topic.
    `told_of_none` counts these answers.
    """

    daemon_threads = True
    request_queue_size = 100

    def __init__(self, broker: int) -> None:
        super().__init__((_HOST, 0), _Corrected)
        self.broker = broker
        self.port = self.server_address[1]
        self.address = f"{_HOST}:{self.port}"
        self.knows_brokers = True
        self.told_of_none = 0


def _address(port: int) -> bytes:
    return _HOST.encode() + struct.pack(">i", port)


def _read(stream: IO[bytes]) -> bytes:
    size = stream.read(4)
    return stream.read(*struct.unpack(">i", size)) if len(size) == 4 else b""


def _framed(message: bytes) -> bytes:
    return struct.pack(">i", len(message)) + message


def _of_no_broker(question: bytes) -> bytes:
    """Answer a question for metadata, of version 12 or 13, with topics that are not known.

    https://kafka.apache.org/protocol.html#The_Messages_Metadata
    """
    version, correlation, name = struct.unpack_from(">hih", question, 2)
    at = 10 + max(0, name) + 1  # no tags
    topics, at = question[at] - 1, at + 1
    answers = b""
    for _ in range(topics):  # the id, then the name's length and one
        length = question[at + 16]
        named = question[at + 16 : at + 16 + length]
        answers += struct.pack(">h", 3) + named + bytes(16) + b"\0\x01" + bytes(4) + b"\0"
        at += 16 + length + 1
    no_error = bytes(2) if version == 13 else b""
    head = struct.pack(">iBi", correlation, 0, 0)
    no_brokers = b"\x01" + b"\x02c" + struct.pack(">i", -1)
    return head + no_brokers + bytes([topics + 1]) + answers + no_error + b"\0"


@contextmanager
def broker(settings: Mapping[str, str | int]) -> Iterator[tuple[Producer, StandIn]]:
    """Give a producer with these settings, and what stands in for its broker for others."""
    client = Producer({"test.mock.num.brokers": 1, **settings})
    (found,) = client.list_topics(timeout=10).brokers.values()
    with StandIn(found.port) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield client, server
        server.shutdown()
    client.purge()  # the broker lives as long as its client
