"""Consumer lag: how far behind the job is, as the broker says, also while a batch runs."""

import time
from contextlib import AbstractContextManager, suppress
from threading import Event
from typing import Self

from confluent_kafka import KafkaException, TopicPartition

from contracts.kafka import Kafka
from contracts.status import PartitionLag
from spark_job.background import in_background
from spark_job.monitoring.report import Report
from spark_job.reading.broker import Topic, connect
from spark_job.reading.offset_log import Offsets

_EVERY_S = 5.0
_ANSWER_S = 5.0


class LagReader:
    """Reads the lag of each partition of a topic."""

    def __init__(self, kafka: Kafka, topic: str) -> None:
        self._consumer = connect(kafka, "spark-job-lag", {"queued.min.messages": 1})
        self._topic = topic

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._consumer.close()

    def read(self, processed: Offsets) -> list[PartitionLag]:
        """Compare the next offsets to read with the partitions' ends; raises `KafkaException`."""
        found = [
            _lag(partition, offset, self._latest(partition))
            for partition, offset in sorted(processed.items())
        ]
        for lag in found:
            lag.lag_s = self._lag_s(lag.partition, lag.processed) if lag.lag else 0.0
        return found

    def _latest(self, partition: int) -> int:
        where = TopicPartition(self._topic, partition)
        bounds: tuple[int, int] = self._consumer.get_watermark_offsets(where, timeout=_ANSWER_S)
        return bounds[1]

    def _lag_s(self, partition: int, offset: int) -> float | None:
        """Tell how many seconds ago the broker took in a record; None without an answer."""
        self._consumer.assign([TopicPartition(self._topic, partition, offset)])
        message = self._consumer.poll(_ANSWER_S)
        self._consumer.unassign()
        if message is None or message.error():
            return None
        taken_in_ms: int = message.timestamp()[1]
        return max(0.0, round(time.time() - taken_in_ms / 1000, 3))


def at_start(topic: Topic, reached: Offsets) -> list[PartitionLag]:
    """Give the lag before the first batch, from the offsets that the checkpoint has reached."""
    return [
        _lag(partition, {**topic.earliest, **reached}[partition], latest)
        for partition, latest in sorted(topic.latest.items())
    ]


def _lag(partition: int, processed: int, latest: int) -> PartitionLag:
    lag = max(0, latest - processed)
    return PartitionLag(partition=partition, processed=processed, latest=latest, lag=lag)


def reported(reader: LagReader, report: Report) -> AbstractContextManager[None]:
    """Report the lag every few seconds, on a thread of its own, unless the broker is away."""

    def run(over: Event) -> None:
        with reader:
            while not over.wait(_EVERY_S):
                with suppress(KafkaException):
                    report.lag(reader.read(report.processed()))

    return in_background(run, "lag", wait_s=2 * _ANSWER_S)
