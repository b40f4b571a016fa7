"""Which topics there are to be, and on which brokers."""

from collections.abc import Mapping
from datetime import timedelta
from typing import NamedTuple

from contracts.topics import MARKET_ALERTS, MARKET_RECORD_BYTES, MARKET_WINDOWS, dead_letter_topic

type Placed = Mapping[str, Mapping[int, list[int]]]
"""By topic and partition, the numbers of the brokers that it is on."""


class Topic(NamedTuple):
    """A topic as it is made; one that is there keeps its settings, and partitions beyond these."""

    name: str
    partitions: int
    config: Mapping[str, str]


def topics(raw_events: str, partitions: int) -> list[Topic]:
    """List the topics of the stack, that of the events first."""
    of_a_week = _config(timedelta(days=7))
    # Kafka removes a segment once all in it is old enough: to keep a day takes segments of hours.
    of_a_day = _config(timedelta(days=1)) | {
        "segment.ms": _milliseconds(timedelta(hours=4)),
        "max.message.bytes": str(MARKET_RECORD_BYTES),
    }
    return [
        Topic(raw_events, partitions, of_a_week),
        Topic(dead_letter_topic(raw_events), 1, of_a_week),
        Topic(MARKET_WINDOWS, partitions, of_a_day),
        Topic(MARKET_ALERTS, partitions, of_a_day),
    ]


def with_replicas(placed: Placed, replicas: int) -> Placed:
    """Place each partition that is on fewer brokers: on those with the numbers 1 to `replicas`.

    The first broker of a partition is the one that leads it: they take turns.
    """
    found: dict[str, dict[int, list[int]]] = {}
    for topic, partitions in placed.items():
        for partition, brokers in partitions.items():
            if len(brokers) < replicas:
                turns = [(partition + it) % replicas + 1 for it in range(replicas)]
                found.setdefault(topic, {})[partition] = turns
    return found


def _config(kept: timedelta) -> dict[str, str]:
    return {"message.timestamp.type": "LogAppendTime", "retention.ms": _milliseconds(kept)}


def _milliseconds(time: timedelta) -> str:
    return str(time // timedelta(milliseconds=1))
