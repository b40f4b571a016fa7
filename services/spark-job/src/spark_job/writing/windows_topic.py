"""Sends final windows to the topic `contracts.topics.MARKET_WINDOWS`, after their file."""

from collections.abc import Callable
from threading import Event

import pyarrow as pa
from confluent_kafka import KafkaError, Message, Producer

from contracts.arrow import windows
from contracts.kafka import ANSWER_MS, Kafka
from contracts.topics import MARKET_RECORD_BYTES, MARKET_WINDOWS
from contracts.window import encode
from spark_job.errors import WindowsNotDeliveredError

WAITING = f"waiting for the broker: it has not taken in all final windows ({MARKET_WINDOWS})"

_ROWS_AT_ONCE = 2_000
_LOOK_S = 1.0
_PATIENCE_S = 5.0
_CONFIG = {
    "acks": "all",
    "request.timeout.ms": ANSWER_MS,
    "enable.idempotence": True,
    "compression.type": "lz4",
    "delivery.timeout.ms": 0,  # an unavailable broker is waited for
    "queue.buffering.max.kbytes": 16 * 1024,
    "message.max.bytes": MARKET_RECORD_BYTES,
    "batch.size": MARKET_RECORD_BYTES // 2,
    "partitioner": "murmur2_random",  # the producer's: a symbol's windows go where its events are
    "delivery.report.only.error": True,
    "log_level": 2,  # errors are reported with the delivery
}


class WindowsTopic:
    """Sends a batch's windows, keyed by symbol, those of a symbol in the order of their ends.

    If the broker takes longer than 5 s, `waiting` is called every second; once `stop` is set, the
    wait ends.
    """

    def __init__(self, kafka: Kafka, waiting: Callable[[str], None], stop: Event) -> None:
        self._waiting = waiting
        self._stop = stop
        self._failures: list[KafkaError] = []
        self._producer = Producer(
            {**_CONFIG, **kafka.for_librdkafka(), "on_delivery": self._failed}
        )

    def send(self, rows: pa.Table) -> None:
        """Send rows with the dataset's columns; returns once all are acknowledged.

        Raises `WindowsNotDeliveredError`.
        """
        rows = rows.sort_by([(name, "ascending") for name in ("window_end", "symbol", "source")])
        for start in range(0, len(rows), _ROWS_AT_ONCE):
            for window in windows(rows.slice(start, _ROWS_AT_ONCE)):
                self._produce(window.symbol, encode(window))
        self._deliver()

    def _produce(self, symbol: str, value: bytes) -> None:
        while True:
            try:
                self._producer.produce(MARKET_WINDOWS, value, symbol)
            except BufferError:
                self._deliver()
            else:
                return

    def _deliver(self) -> None:
        """Wait until everything that was sent is acknowledged."""
        waited_s = 0.0
        while left := self._producer.flush(_LOOK_S):
            waited_s += _LOOK_S
            if waited_s < _PATIENCE_S:
                continue
            if self._stop.is_set():
                self._producer.purge()
                raise WindowsNotDeliveredError(
                    f"stopped before {left} windows got to {MARKET_WINDOWS}"
                )
            self._waiting(WAITING)
        if self._failures:
            raise WindowsNotDeliveredError(
                f"{len(self._failures)} windows did not get to {MARKET_WINDOWS}:"
                f" {self._failures[0].str()}"
            )

    def _failed(self, error: KafkaError | None, _: Message) -> None:
        if error is not None:
            self._failures.append(error)
