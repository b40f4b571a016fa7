"""Large records that were compressed to little, as those who read the topic are given them."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from kafka_broker import broker
from pyspark.sql import SparkSession

from contracts.kafka import Kafka
from spark_job.reading import topic_log
from spark_job.reading.source import FETCH
from spark_job.reading.topic_log import NOTHING, TopicLog

RECORDS = 400
BYTES = 60_000
LARGE, SMALL = b"x" * BYTES, b"x"
ONE_BATCH = {
    # Of the producer's, of which the broker gives one for each time that it is asked. There are two
    # where its own thread comes by between the last records and the flush.
    "compression.type": "zstd",
    "batch.size": 1 << 30,
    "message.max.bytes": 1_000_000_000,
    "linger.ms": 10_000,
}


@pytest.fixture
def address() -> Iterator[str]:
    """Give the address of a broker that has the records: large by value and by header in turn."""
    with broker(ONE_BATCH) as (client, there):
        for number in range(RECORDS):
            value, headers = (SMALL, {"of no use": LARGE}) if number % 2 else (LARGE, {})
            client.produce("raw", value, key=b"IBM", headers=headers, partition=0)
        assert client.flush(60) == 0
        yield there.address


def consumer(session: SparkSession, name: str, address: str) -> Any:
    """Make a consumer of this class, which may be the package's own, with the source's settings."""
    jvm = session._jvm
    settings = jvm.java.util.HashMap()
    for key, value in Kafka(address).for_java().items():
        settings[key] = value
    for key, value in FETCH.items():
        settings[key.removeprefix("kafka.")] = value
    settings["auto.offset.reset"] = "none"
    for key in ("key", "value"):
        settings[f"{key}.deserializer"] = (
            "org.apache.kafka.common.serialization.ByteArrayDeserializer"
        )
    types, values = (
        session.sparkContext._gateway.new_array(it, 1)
        for it in (jvm.java.lang.Class, jvm.java.lang.Object)
    )
    types[0], values[0] = jvm.java.lang.Class.forName("java.util.Map"), settings
    constructor = jvm.java.lang.Class.forName(name).getDeclaredConstructor(types)
    constructor.setAccessible(True)
    return constructor.newInstance(values)


def polls(session: SparkSession, name: str, address: str) -> Iterator[list[Any]]:
    """Read the topic from its start to its end; gives what each poll brings."""
    jvm = session._jvm
    where = jvm.org.apache.kafka.common.TopicPartition("raw", 0)
    reader = consumer(session, name, address)
    reader.assign(jvm.java.util.List.of(where))
    reader.seek(where, 0)
    while reader.position(where) < RECORDS:
        yield list(reader.poll(jvm.java.time.Duration.ofSeconds(1)).records(where))
    reader.close()


def test_of_records_that_are_large_when_unpacked_a_poll_takes_few(session, address):
    kafka_s_own = polls(session, "org.apache.kafka.clients.consumer.KafkaConsumer", address)
    assert max(map(len, kafka_s_own)) * BYTES / 2 > 4 << 20
    brought = list(polls(session, "marketdata.kafka.BoundedConsumer", address))
    assert [it.offset() for found in brought for it in found] == list(range(RECORDS))
    sizes = [[it.serializedValueSize() for it in found] for found in brought]
    assert [it for found in sizes for it in found] == [BYTES, 1] * (RECORDS // 2)
    assert max(map(sum, sizes)) < (4 << 20) + BYTES
    assert sum(map(bool, sizes)) in {3, 4}  # 12 MB, in one batch or two
    (last,) = brought[-1][-1:]
    assert bytes(last.value()) == SMALL
    assert (last.key(), len(last.headers().toArray())) == (None, 0)


def test_a_batch_that_is_too_large_to_be_unpacked_ends_a_look_and_stops_nothing(
    monkeypatch, address
):
    """The client's library unpacks a batch at once, and gives up one of more than 100 MB."""
    limits = {"receive.message.max.bytes": 2_000_000, "fetch.max.bytes": 1_500_000}
    for name, value in limits.items():
        monkeypatch.setitem(topic_log._CONSUMER, name, value)
    with TopicLog(Kafka(address), "raw", timedelta(seconds=60)) as log:
        assert log.tails({0: RECORDS}, 8) == {0: NOTHING}
