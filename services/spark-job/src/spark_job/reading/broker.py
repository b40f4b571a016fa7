"""Asks Kafka which cluster it is, and what the topic holds."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from confluent_kafka import (
    Consumer,
    KafkaError,
    KafkaException,
    TopicCollection,
    TopicPartition,
    Uuid,
)
from confluent_kafka.admin import AdminClient

from contracts.kafka import Kafka
from contracts.times import from_kafka_ms, to_us
from contracts.topics import MARKET_WINDOWS, dead_letter_topic

_GROUP = "spark-job-start"
_ANSWER_S = 5.0
_NO_ID = str(Uuid(0, 0))
_FETCH_BYTES = 16 << 10


class Topic(NamedTuple):
    """A topic as it is now: each partition's earliest offset, and the one that comes next.

    `topic_id` differs if a topic is deleted and created again; None if the broker gives topics no
    ids.
    """

    cluster_id: str
    topic_id: str | None
    earliest: dict[int, int]
    latest: dict[int, int]


class Since(NamedTuple):
    """Which records of a partition the broker has received since a given time.

    `offset` is that of the first, or the one that comes next. If some of them may have expired,
    `oldest` is when the oldest record that is left was received; None if all are there.
    """

    offset: int
    oldest: datetime | None = None


class NotReadyError(Exception):
    """Something that the job needs does not answer, or does not exist (yet); the text says what."""


def look_up(kafka: Kafka, topic: str, timeout_s: float = _ANSWER_S) -> Topic:
    """Look up a topic, within seconds; raises `NotReadyError`.

    The topics that the job writes must exist too: otherwise a refused record or a final window
    would stop it.
    """
    failures = _Failures(kafka.servers)
    consumer = connect(kafka, _GROUP, {"error_cb": failures.note})
    try:
        metadata = consumer.list_topics(timeout=timeout_s)
        for name in (topic, dead_letter_topic(topic), MARKET_WINDOWS):
            if name not in metadata.topics or not metadata.topics[name].partitions:
                raise NotReadyError(f"topic {name} (the broker does not have it yet)")
        offsets = {
            partition: consumer.get_watermark_offsets(
                TopicPartition(topic, partition), timeout=timeout_s
            )
            for partition in metadata.topics[topic].partitions
        }
        admin = AdminClient({**kafka.for_librdkafka(), "log_level": 2})
        id_ = topic_id(admin, topic, timeout_s)
    except KafkaException as error:
        raise failures.not_ready(consumer, error) from None
    finally:
        consumer.close()
    return Topic(
        cluster_id=metadata.cluster_id,
        topic_id=id_,
        earliest={partition: low for partition, (low, _) in offsets.items()},
        latest={partition: high for partition, (_, high) in offsets.items()},
    )


def topic_id(admin: AdminClient, topic: str, timeout_s: float) -> str | None:
    """Look up `Topic.topic_id`; raises `KafkaException`."""
    found = admin.describe_topics(TopicCollection([topic]), request_timeout=timeout_s)[topic]
    id_ = str(found.result().topic_id)
    return None if id_ == _NO_ID else id_


def look_up_since(kafka: Kafka, name: str, topic: Topic, moment: datetime) -> dict[int, Since]:
    """Look up, by partition, the first record that the broker received since `moment`.

    Raises `NotReadyError`.
    """
    asked = [TopicPartition(name, partition, to_us(moment) // 1000) for partition in topic.latest]
    failures = _Failures(kafka.servers)
    consumer = connect(kafka, _GROUP, {"error_cb": failures.note})
    try:
        return {
            it.partition: _since(consumer, it, topic)
            for it in consumer.offsets_for_times(asked, timeout=_ANSWER_S)
        }
    except KafkaException as error:
        raise failures.not_ready(consumer, error) from None
    finally:
        consumer.close()


def _since(consumer: Consumer, answer: TopicPartition, topic: Topic) -> Since:
    if answer.error:
        raise KafkaException(answer.error)
    earliest = topic.earliest[answer.partition]
    # -1: there is no such record. The next one at the time of the look-up is the first.
    offset = answer.offset if answer.offset >= 0 else topic.latest[answer.partition]
    if earliest == 0 or offset > earliest:  # nothing has expired, or only what is older
        return Since(offset)
    consumer.assign([TopicPartition(answer.topic, answer.partition, earliest)])
    message = consumer.poll(_ANSWER_S) if topic.latest[answer.partition] > earliest else None
    if message is None or message.error():
        return Since(offset, datetime.now(UTC))
    return Since(offset, from_kafka_ms(message.timestamp()[1]))


def connect(kafka: Kafka, group_id: str, settings: Mapping[str, Any] | None = None) -> Consumer:
    """Make a consumer that reads what the query's source reads, with `settings` of its own.

    The library requires a group, but nothing is ever committed under it. If the requested offset
    has expired, it continues with the earliest.
    """
    return Consumer(
        {
            **kafka.for_librdkafka(),
            "group.id": group_id,
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "isolation.level": "read_uncommitted",
            # Few records of each partition are needed, and all that is fetched is decompressed.
            "max.partition.fetch.bytes": _FETCH_BYTES,
            "log_level": 2,
            **(settings or {}),
        }
    )


class _Failures:
    """Keeps errors that the library reports besides its answers, above all why a login fails."""

    def __init__(self, servers: str) -> None:
        self._servers = servers
        self._refused: KafkaError | None = None

    def note(self, error: KafkaError) -> None:
        """Keep an error that is not an answer."""
        if error.code() in (KafkaError._SSL, KafkaError._AUTHENTICATION):  # noqa: SLF001 - its names
            self._refused = error

    def not_ready(self, consumer: Consumer, error: KafkaException) -> NotReadyError:
        """Give the reason why there was no answer."""
        consumer.poll(0)  # brings what there is to note
        why = self._refused or error.args[0]
        return NotReadyError(f"broker at {self._servers}: {why.str()}")
