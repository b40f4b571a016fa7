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

    `topic_id` is another when a topic is made anew under the same name; None of a broker that gives
    topics none.
    """

    cluster_id: str
    topic_id: str | None
    earliest: dict[int, int]
    latest: dict[int, int]


class Since(NamedTuple):
    """What a partition holds of the records that the broker took in from a moment on.

    `offset` is the first of them, or the one that comes next. Where some of them may have expired,
    `oldest` is when the oldest record that is left was taken in; None where all are there.
    """

    offset: int
    oldest: datetime | None = None


class NotReadyError(Exception):
    """Something that the job needs does not answer, or is not there (yet); the text says what."""


def look_up(kafka: Kafka, topic: str, timeout_s: float = _ANSWER_S) -> Topic:
    """Look up a topic, within seconds; raises `NotReadyError`.

    The topics that the job writes must be there too: it could not go on past a refused record, or a
    final window.
    """
    failures = _Failures(kafka.servers)
    consumer = connect(kafka, _GROUP, {"error_cb": failures.note})
    try:
        metadata = consumer.list_topics(timeout=timeout_s)
        for name in (topic, dead_letter_topic(topic), MARKET_WINDOWS):
            if name not in metadata.topics or not metadata.topics[name].partitions:
                raise NotReadyError(f"topic {name}, which the broker does not have yet")
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
    """Look up where the records begin that the broker took in from `moment` on, by partition.

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
    # -1: no record is so young. The one that came next when the topic was looked up is the first.
    offset = answer.offset if answer.offset >= 0 else topic.latest[answer.partition]
    if earliest == 0 or offset > earliest:  # nothing has expired, or only what is older
        return Since(offset)
    consumer.assign([TopicPartition(answer.topic, answer.partition, earliest)])
    message = consumer.poll(_ANSWER_S) if topic.latest[answer.partition] > earliest else None
    if message is None or message.error():
        return Since(offset, datetime.now(UTC))
    return Since(offset, from_kafka_ms(message.timestamp()[1]))


def connect(kafka: Kafka, group_id: str, settings: Mapping[str, Any] | None = None) -> Consumer:
    """Make a consumer that sees what the query's source reads; `settings` are those of its own.

    The group is asked for, and nothing is ever committed under it. Where the offset that is wanted
    has expired, it goes on with the earliest.
    """
    return Consumer(
        {
            **kafka.for_librdkafka(),
            "group.id": group_id,
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "isolation.level": "read_uncommitted",
            # A few records of each partition are wanted, and all that is fetched is unpacked.
            "max.partition.fetch.bytes": _FETCH_BYTES,
            "log_level": 2,
            **(settings or {}),
        }
    )


class _Failures:
    """Keeps what the library says beside its answers: why it cannot log in, above all."""

    def __init__(self, servers: str) -> None:
        self._servers = servers
        self._refused: KafkaError | None = None

    def note(self, error: KafkaError) -> None:
        """Take an error that is no answer."""
        if error.code() in (KafkaError._SSL, KafkaError._AUTHENTICATION):  # noqa: SLF001 - its names
            self._refused = error

    def not_ready(self, consumer: Consumer, error: KafkaException) -> NotReadyError:
        """Say why there was no answer."""
        consumer.poll(0)  # brings what there is to note
        why = self._refused or error.args[0]
        return NotReadyError(f"broker at {self._servers}: {why.str()}")
