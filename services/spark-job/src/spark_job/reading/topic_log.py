"""Reads the topic's log for the planner: where it ends, and which event times are reached."""

import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import NamedTuple, Self

from confluent_kafka import (
    TIMESTAMP_CREATE_TIME,
    KafkaError,
    KafkaException,
    Message,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, OffsetSpec

from contracts.check import check
from contracts.kafka import LEADERS_EVERY_MS, Kafka
from contracts.refusals import Refusal
from contracts.times import epoch_us
from spark_job.reading.broker import connect, topic_id
from spark_job.reading.offset_log import Offsets

_ANSWER_S = 5.0
_ENDS = {
    KafkaError._PARTITION_EOF,  # noqa: SLF001 - its names
    KafkaError._BAD_MSG,  # noqa: SLF001
    KafkaError.INVALID_MSG,
    KafkaError._BAD_COMPRESSION,  # noqa: SLF001
}
"""What ends a look at a partition: its end, damage on the broker's disk, or a batch that is too
large when decompressed: a few kilobytes may be 100 MB. The query reads it record by record."""

_CONSUMER: dict[str, str | int | bool] = {
    "enable.partition.eof": True,
    "check.crcs": True,
    "fetch.wait.max.ms": 5,  # what is wanted is there
    "fetch.queue.backoff.ms": 0,
}


class Tail(NamedTuple):
    """The last records before an offset.

    `event_time_us` is the largest of valid events among them, `taken_in_ms` when the broker
    received the last, both since 1970; None if there is none. `by_producer` tells that this
    timestamp is not the broker's but the producer's.
    """

    event_time_us: int | None
    taken_in_ms: int | None
    by_producer: bool = False


NOTHING = Tail(None, None)


class Bounds(NamedTuple):
    """The first offset of each partition that has not expired, and the one that comes next."""

    earliest: Offsets
    ends: Offsets


class TopicLog:
    """The log of a topic; its methods raise `KafkaException` if the broker does not answer.

    `came` is called for each record that it waits for: over a slow line a look takes minutes.
    """

    def __init__(
        self,
        kafka: Kafka,
        topic: str,
        max_future_skew: timedelta,
        came: Callable[[], None] = lambda: None,
    ) -> None:
        self._admin = AdminClient({**kafka.for_librdkafka(), "log_level": 2})
        self._consumer = connect(kafka, "spark-job-planner", _CONSUMER)
        self._knows_leaders = False
        self._listed_s = float("-inf")
        self._topic = topic
        self._max_future_skew = max_future_skew
        self._came = came

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._consumer.close()

    def partitions(self) -> set[int]:
        """List the current partitions."""
        # By the client that is used for offsets: this is how it learns of new partitions.
        topic = self._admin.list_topics(self._topic, _ANSWER_S).topics[self._topic]
        if topic.error is not None:
            raise KafkaException(topic.error)
        self._listed_s = time.monotonic()
        return set(topic.partitions)

    def topic_id(self) -> str | None:
        """Give the topic's id, which changes if it is created again; None if it has none."""
        return topic_id(self._admin, self._topic, _ANSWER_S)

    def bounds(self, partitions: Collection[int]) -> Bounds:
        """Give where partitions begin and end, by requests sent at the same time."""
        # This client looks up leaders only when it is told to: else it would ask one that is gone.
        if (time.monotonic() - self._listed_s) * 1000 > LEADERS_EVERY_MS:
            self.partitions()
        earliest = self._ask(partitions, OffsetSpec.earliest())
        ends = self._ask(partitions, OffsetSpec.latest())
        return Bounds(earliest(), ends())

    def tails(self, offsets: Offsets, records: int) -> dict[int, Tail]:
        """Read this many records right before an offset of each partition.

        What cannot be read ends the look. It takes as long as records come that it waits for.
        """
        if not self._knows_leaders:  # by itself it would find them half a second later
            self._consumer.list_topics(self._topic, _ANSWER_S)
            self._knows_leaders = True
        found = dict.fromkeys(offsets, NOTHING)
        waiting = {partition for partition, end in offsets.items() if end > 0}
        deadline_s = time.monotonic() + 2 * _ANSWER_S
        with self._assigned({it: max(0, end - records) for it, end in offsets.items()}):
            while waiting:
                message = self._poll(deadline_s)
                partition, offset = _place(message)
                if partition in waiting:  # finished ones may go on and on
                    deadline_s = time.monotonic() + 2 * _ANSWER_S
                    self._came()
                ended = message.error() is not None
                if not ended and offset < offsets[partition]:
                    # Records are not kept: 500 of each partition may have a MB each.
                    found[partition] = followed(found[partition], message, self._max_future_skew)
                if ended or offset >= offsets[partition] - 1:
                    waiting.discard(partition)
        return found

    def _poll(self, deadline_s: float) -> Message:
        """Give the next record, the end of a partition's log, or what is damaged in it."""
        message = self._consumer.poll(_ANSWER_S)
        if message is None or time.monotonic() > deadline_s:
            raise KafkaException(KafkaError(KafkaError._TIMED_OUT))  # noqa: SLF001 - its name
        error = message.error()
        if error is not None and error.code() not in _ENDS:
            raise KafkaException(error)
        return message

    @contextmanager
    def _assigned(self, offsets: Offsets) -> Iterator[None]:
        self._consumer.assign(
            [TopicPartition(self._topic, partition, it) for partition, it in offsets.items()]
        )
        try:
            yield
        finally:
            self._consumer.unassign()

    def _ask(self, partitions: Collection[int], spec: OffsetSpec) -> Callable[[], Offsets]:
        """Ask for offsets; gives a function that waits for the answer."""
        if not partitions:
            return dict
        wanted = {TopicPartition(self._topic, partition): spec for partition in partitions}
        answers = self._admin.list_offsets(wanted, request_timeout=_ANSWER_S)

        def answer() -> Offsets:
            found = {where.partition: it.result().offset for where, it in answers.items()}
            if min(found.values()) < 0:  # without an error, while a partition changes its leader
                raise KafkaException(KafkaError(KafkaError.LEADER_NOT_AVAILABLE))
            return found

        return answer


def followed(tail: Tail, message: Message, max_future_skew: timedelta) -> Tail:
    """Give a tail extended by the record that follows it."""
    kind, taken_in_ms = message.timestamp()
    verdict = check(message.value(), taken_in_ms, max_future_skew)
    time_us = tail.event_time_us
    if not isinstance(verdict, Refusal):
        time_us = max(epoch_us(verdict.event_time), time_us or 0)
    return Tail(time_us, taken_in_ms, kind == TIMESTAMP_CREATE_TIME)


def _place(message: Message) -> tuple[int, int]:
    partition, offset = message.partition(), message.offset()
    if partition is None or offset is None:
        raise KafkaException(message.error() or KafkaError(KafkaError._FAIL))  # noqa: SLF001
    return partition, offset
