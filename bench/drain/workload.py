"""Fill a topic with the workload, and write the windows that must result.

Usage: ``workload.py TOPIC EVENTS SYMBOLS EVENTS_PER_SECOND EXPECTED``. Events are the contract's
quotes, `EVENTS_PER_SECOND` of them to a second of event time, in order in each partition, keyed by
symbol; one record in 10,000 is no JSON. A heartbeat to each partition closes the last windows.
`EXPECTED` is a Parquet file, calculated from the numbers that the events were made from.
"""

import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from contracts.event import Heartbeat, Quote, encode
from contracts.times import format_time
from contracts.topics import MARKET_WINDOWS

BOOTSTRAP = "kafka:29092"
PARTITIONS = int(os.environ.get("PARTITIONS", "4"))
LENGTH_US, SLIDE_US = 60_000_000, 5_000_000
_FIRST = datetime(2026, 1, 2, 14, 30, tzinfo=UTC)
_FIRST_US = int(_FIRST.timestamp()) * 1_000_000
_INVALID_EVERY = 10_000


def quotes(events: int, symbols: int, events_per_second: int) -> pd.DataFrame:
    """Make the quotes: ``time_us``, ``symbol``, ``price``, ``volume``; the same at every call."""
    rng = np.random.default_rng(20260102)
    names = np.array([f"S{number:05d}" for number in range(symbols)])
    codes = rng.integers(0, symbols, events)
    steps = np.exp(np.cumsum(rng.normal(0, 2e-5, events)))
    return pd.DataFrame(
        {
            "time_us": _FIRST_US + np.arange(events) * 1_000_000 // events_per_second,
            "symbol": names[codes],
            "price": np.round((50 + codes % 400) * steps, 2),
            "volume": rng.integers(1, 1000, events).astype(float),
        }
    )


def expected(table: pd.DataFrame) -> pd.DataFrame:
    """Calculate the windows; those that begin at the same second of a minute do not overlap."""
    table = table.assign(turnover=table["price"] * table["volume"])
    parts = []
    for shift_us in range(0, LENGTH_US, SLIDE_US):
        start = (table["time_us"] - shift_us) // LENGTH_US * LENGTH_US + shift_us
        groups = table.groupby(["symbol", start.rename("window_start")], observed=True)
        columns: dict[str, Any] = {
            "avg_price": ("price", "mean"),
            "max_price": ("price", "max"),
            "min_price": ("price", "min"),
            "open_price": ("price", "first"),
            "close_price": ("price", "last"),
            "stddev_price": ("price", "std"),
            "volume": ("volume", "sum"),
            "turnover": ("turnover", "sum"),
            "event_count": ("price", "count"),
        }
        found = groups.agg(**columns).reset_index()
        found["vwap"] = found.pop("turnover") / found["volume"]
        parts.append(found)
    return pd.concat(parts, ignore_index=True)


def records(table: pd.DataFrame) -> Iterator[tuple[str, bytes]]:
    """Write the quotes as the producer does, key and value."""
    for number, (time_us, symbol, price, volume) in enumerate(table.itertuples(index=False)):
        moment = _FIRST + timedelta(microseconds=time_us - _FIRST_US)
        quote = Quote(
            schema_version=1,
            event_id=f"d1e2f3a4b5c6d7e8-{number}",
            symbol=symbol,
            price=price,
            volume=volume,
            event_time=format_time(moment),
            ingest_time=format_time(moment + timedelta(microseconds=150)),
            source="synthetic",
        )
        yield symbol, encode(quote)
        if number % _INVALID_EVERY == 0:
            yield symbol, b'{"kind":"quote", no JSON'


def heartbeat(table: pd.DataFrame) -> bytes:
    """Write the heartbeat that closes the last window."""
    last = int(table["time_us"].max()) - _FIRST_US + 2 * LENGTH_US
    time = format_time(_FIRST + timedelta(microseconds=last))
    return encode(
        Heartbeat(
            schema_version=1,
            event_id="d1e2f3a4b5c6d7e8-999999999",
            event_time=time,
            ingest_time=time,
            source="synthetic",
        )
    )


def fill(topic: str, table: pd.DataFrame) -> None:
    """Make the topic, those that the job writes to, and publish to it."""
    admin = AdminClient({"bootstrap.servers": BOOTSTRAP})
    topics = [NewTopic(topic, PARTITIONS, 1), NewTopic(f"{topic}.dlq", 1, 1)]
    if MARKET_WINDOWS not in admin.list_topics(timeout=10).topics:
        topics.append(NewTopic(MARKET_WINDOWS, PARTITIONS, 1))
    for done in admin.create_topics(topics).values():
        done.result()
    producer = Producer(
        {
            "bootstrap.servers": BOOTSTRAP,
            "compression.type": "lz4",
            "linger.ms": 5,
            "enable.idempotence": True,
            "partitioner": "murmur2_random",
            "queue.buffering.max.messages": 1_000_000,
        }
    )
    for number, (key, value) in enumerate(records(table)):
        producer.produce(topic, value, key)
        if number % 100_000 == 0:
            producer.flush()
    producer.flush()
    for partition in range(PARTITIONS):
        producer.produce(topic, heartbeat(table), partition=partition)
    producer.flush()


def main() -> None:
    """Fill the topic and write what is expected."""
    topic, events, symbols, events_per_second, path = sys.argv[1:]
    table = quotes(int(events), int(symbols), int(events_per_second))
    expected(table).to_parquet(path)
    fill(topic, table)


if __name__ == "__main__":
    main()
