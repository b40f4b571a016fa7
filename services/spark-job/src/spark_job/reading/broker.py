"""Asks Kafka which cluster it is, and what the topic holds."""

from collections.abc import Iterator
from typing import NamedTuple

from confluent_kafka import Consumer, KafkaException, TopicCollection, TopicPartition
from confluent_kafka.admin import AdminClient

from contracts.topics import dead_letter_topic


class Topic(NamedTuple):
    """A topic as it is now: each partition's earliest offset, and the one that comes next.

    `topic_id` is another when a topic is made anew under the same name.
    """

    cluster_id: str
    topic_id: str
    earliest: dict[int, int]
    latest: dict[int, int]


class NotReadyError(Exception):
    """The broker does not answer, or a topic is not there (yet); the text says which."""


def look_up(bootstrap_servers: str, topic: str, timeout_s: float = 5.0) -> Topic:
    """Look up a topic, within seconds; raises `NotReadyError`.

    The dead-letter topic must be there too: the job could not go on past a refused record.
    """
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap_servers,
            "group.id": "spark-job-start",  # asked for; nothing is ever committed under it
            "log_level": 2,
        }
    )
    try:
        metadata = consumer.list_topics(timeout=timeout_s)
        for name in (topic, dead_letter_topic(topic)):
            if name not in metadata.topics or not metadata.topics[name].partitions:
                raise NotReadyError(f"topic {name} is not there")
        offsets = {
            partition: consumer.get_watermark_offsets(
                TopicPartition(topic, partition), timeout=timeout_s
            )
            for partition in metadata.topics[topic].partitions
        }
        topic_id = _topic_id(bootstrap_servers, topic, timeout_s)
    except KafkaException as error:
        raise NotReadyError(f"broker at {bootstrap_servers}: {error.args[0].str()}") from None
    finally:
        consumer.close()
    return Topic(
        cluster_id=metadata.cluster_id,
        topic_id=topic_id,
        earliest={partition: low for partition, (low, _) in offsets.items()},
        latest={partition: high for partition, (_, high) in offsets.items()},
    )


def _topic_id(bootstrap_servers: str, topic: str, timeout_s: float) -> str:
    admin = AdminClient({"bootstrap.servers": bootstrap_servers, "log_level": 2})
    found = admin.describe_topics(TopicCollection([topic]), request_timeout=timeout_s)[topic]
    return str(found.result().topic_id)


def waits_s() -> Iterator[float]:
    """Give how long to wait before each further attempt: longer each time, up to 15 s."""
    wait_s = 1.0
    while True:
        yield wait_s
        wait_s = min(2 * wait_s, 15.0)
