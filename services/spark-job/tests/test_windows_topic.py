"""Final windows on their topic, with the broker that the Kafka client brings along for tests."""

import json
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from confluent_kafka import Consumer, Producer
from test_sink import EARLY, rows, sink_to

from contracts.arrow import SCHEMA, conform
from contracts.kafka import Kafka
from contracts.topics import MARKET_WINDOWS
from spark_job.errors import WindowsNotDeliveredError
from spark_job.writing import windows_topic
from spark_job.writing.windows_topic import WAITING, WindowsTopic

QUERY = "9f6c1d1e-0000-4000-8000-000000000001"
LONGEST = "币" * 32


@pytest.fixture
def broker() -> Iterator[str]:
    """Give the address of a broker that takes any record."""
    client = Producer({"test.mock.num.brokers": 1})
    (found,) = client.list_topics(timeout=10).brokers.values()
    yield f"{found.host}:{found.port}"
    client.purge()  # the broker lives as long as its client


def sent(broker: str, count: int) -> list[tuple[str, dict]]:
    """Read so many records: of each the key and the value."""
    consumer = Consumer(
        {"bootstrap.servers": broker, "group.id": "tests", "auto.offset.reset": "earliest"}
    )
    consumer.subscribe([MARKET_WINDOWS])
    found = [consumer.poll(30) for _ in range(count)]
    extra = consumer.poll(0.2)
    consumer.close()
    assert extra is None
    return [(it.key().decode(), json.loads(it.value())) for it in found]


def unused_address() -> str:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{unused.getsockname()[1]}"


def nobody(_: str) -> None:
    """Hear that the broker takes long, as a loaded machine's does."""


def topic(address: str) -> WindowsTopic:
    return WindowsTopic(Kafka(address), nobody, threading.Event())


def test_a_window_is_a_record_with_its_columns_keyed_by_symbol(broker):
    start = datetime(2026, 1, 2, 23, 59, 55, 7, UTC)
    columns = dict.fromkeys(SCHEMA.names) | {
        "symbol": "币安人生USDT", "source": "synthetic", "window_start": start,
        "window_end": start + timedelta(minutes=1), "avg_price": 0.1, "max_price": 1e9,
        "min_price": 5e-324, "open_price": 2.0, "close_price": 3.5, "stddev_price": None,
        "volume": 1e15, "event_count": 2**53, "max_deviation_pct": 0.0, "vwap": 1 / 3,
    }  # fmt: skip
    topic(broker).send(pa.Table.from_pylist([columns], schema=SCHEMA))
    expected = columns | {
        "schema_version": 1,
        "window_start": "2026-01-02T23:59:55.000007Z",
        "window_end": "2026-01-03T00:00:55.000007Z",
    }
    assert sent(broker, 1) == [("币安人生USDT", expected)]


def test_a_large_batch_is_sent_whole_and_in_order_of_time(broker):
    starts = [EARLY + timedelta(seconds=5 * step) for step in range(1000)]
    symbols = [LONGEST, "MSFT", *(f"S{n}" for n in range(18))]
    table = pa.concat_tables([rows(*reversed(starts), symbol=it) for it in symbols])
    topic(broker).send(conform(table))
    found = sent(broker, 20_000)
    assert {key for key, _ in found} == set(symbols)
    ends = [value["window_end"] for key, value in found if key == LONGEST]
    assert ends == sorted(ends)
    assert len(set(ends)) == 1000


def test_a_batch_goes_to_its_file_first_and_what_is_there_already_goes_nowhere(tmp_path, broker):
    there = []

    def send(table: pa.Table) -> None:
        there.append([path.name for path in tmp_path.rglob("*.parquet")])
        topic(broker).send(table)

    until = EARLY + timedelta(seconds=5)
    starts = [EARLY + timedelta(seconds=5 * step) for step in range(3)]
    sink = sink_to(tmp_path, lambda *_: None, until, send)
    sink(rows(*starts), 7)
    assert there == [[f"{QUERY}-0000000007.parquet"]]
    ((_, window),) = sent(broker, 1)
    assert window["window_end"] == "2026-01-03T00:00:10.000000Z"
    sink(rows(EARLY), 8)
    assert len(there) == 1


def test_a_broker_that_is_away_is_waited_for_and_told_until_the_job_stops(monkeypatch):
    monkeypatch.setattr(windows_topic, "_LOOK_S", 0.01)
    monkeypatch.setattr(windows_topic, "_PATIENCE_S", 0.05)
    stop = threading.Event()
    told = []

    def waiting(text: str) -> None:
        told.append(text)
        stop.set()

    with pytest.raises(WindowsNotDeliveredError, match="stopped before 1 windows got to"):
        WindowsTopic(Kafka(unused_address()), waiting, stop).send(conform(rows(EARLY)))
    assert told == [WAITING]


def test_a_job_that_stops_still_sends_what_the_broker_takes(broker, monkeypatch):
    monkeypatch.setattr(windows_topic, "_PATIENCE_S", 60.0)
    stop = threading.Event()
    stop.set()
    WindowsTopic(Kafka(broker), nobody, stop).send(conform(rows(EARLY)))
    assert len(sent(broker, 1)) == 1
