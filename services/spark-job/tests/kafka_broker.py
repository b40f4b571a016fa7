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
_ASKS_FOR_VERSIONS = struct.pack(">hh", 18, 4)
_ASK_IN_VERSION_0 = struct.pack(">hi", 35, 0)


class _Corrected(StreamRequestHandler):
    """Hands on what is said, but answers itself where it is asked for versions, in a late one.

    The broker's answer to that tells Java's client to wait for 20 minutes.
    """

    server: "_Server"

    def handle(self) -> None:
        with socket.create_connection((_HOST, self.server.broker)) as broker:
            Thread(target=self._answer, args=(broker,), daemon=True).start()
            while question := _read(self.rfile):
                if question.startswith(_ASKS_FOR_VERSIONS):
                    self.wfile.write(_framed(question[4:8] + _ASK_IN_VERSION_0))
                else:
                    broker.sendall(_framed(question))

    def _answer(self, broker: socket.socket) -> None:
        there, here = (_address(port) for port in (self.server.broker, self.server.port))
        with suppress(OSError), broker.makefile("rb") as answers:  # the client is gone
            while answer := _read(answers):
                self.wfile.write(_framed(answer.replace(there, here)))


class _Server(ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, broker: int) -> None:
        super().__init__((_HOST, 0), _Corrected)
        self.broker = broker
        self.port = self.server_address[1]


def _address(port: int) -> bytes:
    return _HOST.encode() + struct.pack(">i", port)


def _read(stream: IO[bytes]) -> bytes:
    size = stream.read(4)
    return stream.read(*struct.unpack(">i", size)) if len(size) == 4 else b""


def _framed(message: bytes) -> bytes:
    return struct.pack(">i", len(message)) + message


@contextmanager
def broker(settings: Mapping[str, str | int]) -> Iterator[tuple[Producer, str]]:
    """Give a producer with these settings, to whose records its broker has an address."""
    client = Producer({"test.mock.num.brokers": 1, **settings})
    (found,) = client.list_topics(timeout=10).brokers.values()
    with _Server(found.port) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield client, f"{_HOST}:{server.port}"
        server.shutdown()
    client.purge()  # the broker lives as long as its client
