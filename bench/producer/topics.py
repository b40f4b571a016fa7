"""Topics of the benchmark: ``topics.py make TOPIC``, ``topics.py look TOPIC FROM_S TO_S``."""

import json
import os
import sys

from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

_SERVERS = os.environ["KAFKA_BOOTSTRAP_SERVERS"]
_AT_ONCE = 10_000


def make(topic: str) -> None:
    """Make a topic as the stack does: one partition, stamped by the broker."""
    config = {"message.timestamp.type": "LogAppendTime"}
    new = NewTopic(topic, num_partitions=1, replication_factor=1, config=config)
    client = AdminClient({"bootstrap.servers": _SERVERS})
    client.create_topics([new])[topic].result()


def look(topic: str, from_s: float, to_s: float) -> dict[str, int | bool]:
    """Give how many events the broker stamped between two moments, and how they lie.

    `ordered` tells that the sequence counts up by one from 0 over all, each event once.
    """
    settings = {"bootstrap.servers": _SERVERS, "group.id": "bench", "enable.partition.eof": True}
    consumer = Consumer(settings)
    ends = [_offset(consumer, topic, moment_s) for moment_s in (from_s, to_s)]
    consumer.assign([TopicPartition(topic, 0, 0)])
    found, ordered, over = 0, True, False
    while not over:
        for message in consumer.consume(_AT_ONCE, timeout=10):
            if message.error():
                over = True
                break
            value = message.value() or b""
            at = value.index(b'"event_id":"') + 12
            sequence = value[value.index(b"-", at) + 1 : value.index(b'"', at)]
            ordered = ordered and int(sequence) == found
            found += 1
    consumer.close()
    return {"measured": ends[1] - ends[0], "in_topic": found, "ordered": ordered}


def _offset(consumer: Consumer, topic: str, moment_s: float) -> int:
    at = TopicPartition(topic, 0, int(moment_s * 1000))
    (found,) = consumer.offsets_for_times([at], timeout=10)
    if found.offset >= 0:
        return int(found.offset)
    return int(consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=10)[1])


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(sys.argv[2])
    else:
        print(json.dumps(look(sys.argv[2], *map(float, sys.argv[3:]))))  # noqa: T201
