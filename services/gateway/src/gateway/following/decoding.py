"""From the records of the raw topic to trades: each is checked by the contract."""

from collections.abc import Iterable
from datetime import timedelta
from typing import NamedTuple

from aiokafka import ConsumerRecord

from contracts.check import check
from contracts.event import Quote
from contracts.refusals import Refusal
from contracts.times import epoch_us, kafka_ms
from gateway.following.listener import Trade


class Decoded(NamedTuple):
    """The trades among some records, the newest event time of all, and how many are refused."""

    trades: list[Trade]
    reached_us: int
    refused: int


def decode(records: Iterable[ConsumerRecord], max_future_skew: timedelta) -> Decoded:
    """Check records of one partition, and give its trades in their order."""
    trades: list[Trade] = []
    reached_us = refused = 0
    for record in records:
        broker_ms = kafka_ms(record.timestamp)
        event = check(record.value, broker_ms, max_future_skew)
        if isinstance(event, Refusal):
            refused += 1
            continue
        event_us = epoch_us(event.event_time)
        reached_us = max(reached_us, event_us)
        if isinstance(event, Quote):
            trades.append(
                Trade(
                    record.partition,
                    record.offset,
                    event.symbol,
                    event.source,
                    event.price,
                    event.volume,
                    event.event_time,
                    event.ingest_time,
                    event.event_id,
                    event_us,
                    broker_ms,
                )
            )
    return Decoded(trades, reached_us, refused)
