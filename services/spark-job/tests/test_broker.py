"""A broker that is away is reported, in bounded time."""

import socket
from concurrent.futures import Future
from types import SimpleNamespace

import pytest
from confluent_kafka import KafkaError, KafkaException, Producer, TopicPartition, Uuid
from records import at

from contracts.kafka import Kafka
from spark_job.monitoring.consumer_lag import LagReader
from spark_job.reading import broker
from spark_job.reading.broker import NotReadyError, Since, Topic, look_up, look_up_since


def test_a_broker_that_is_away_is_reported_by_its_address():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(NotReadyError, match=address):
            look_up(Kafka(address), "raw", timeout_s=0.2)


def test_a_topic_that_the_job_writes_and_that_is_not_there_is_named():
    client = Producer({"test.mock.num.brokers": 1})  # its broker makes what is written to
    (found,) = client.list_topics(timeout=10).brokers.values()
    for topic in ("raw", "raw.dlq"):
        client.produce(topic, b"")
    assert client.flush(10) == 0
    with pytest.raises(NotReadyError, match="topic market_windows"):
        look_up(Kafka(f"{found.host}:{found.port}"), "raw")


@pytest.mark.parametrize(
    ("told", "found"), [(Uuid(0, 0), None), (Uuid(1, 2), "AAAAAAAAAAEAAAAAAAAAAg")]
)
def test_a_broker_that_gives_topics_no_id_gives_none(told, found):
    class Admin:
        def describe_topics(self, _, **__):
            answer = Future()
            answer.set_result(SimpleNamespace(topic_id=told))
            return {"raw": answer}

    assert broker.topic_id(Admin(), "raw", 5) == found


class Broker:
    """Answers as Kafka does; each record is the second at which it was taken in."""

    def __init__(self, first: dict[int, int], records: dict[int, list[int]]) -> None:
        self.first = first
        self.records = records
        self.read = []

    def topic(self) -> Topic:
        latest = {it: self.first[it] + len(records) for it, records in self.records.items()}
        return Topic("cluster-a", "topic-a", self.first, latest)

    def __call__(self, _) -> "Broker":
        return self

    def offsets_for_times(self, asked: list[TopicPartition], timeout: float):
        assert timeout == 5
        for it in asked:
            seconds = enumerate(self.records[it.partition], self.first[it.partition])
            # What is asked for stands where the offset will be.
            it.offset = next((n for n, second in seconds if second * 1000 >= it.offset), -1)
        return asked

    def assign(self, partitions: list[TopicPartition]) -> None:
        (self.where,) = partitions

    def poll(self, timeout: float) -> "Broker | None":
        if timeout == 0:  # for what there is to note beside an answer
            return None
        assert timeout == 5
        self.read.append(self.where.partition)
        return self if self.records[self.where.partition] else None

    def error(self) -> None:
        return None

    def timestamp(self) -> tuple[int, int]:
        number = self.where.offset - self.first[self.where.partition]
        return 2, self.records[self.where.partition][number] * 1000

    def close(self) -> None:
        pass


def since_100(there: Broker, monkeypatch) -> dict[int, Since]:
    monkeypatch.setattr(broker, "Consumer", there)
    return look_up_since(Kafka("kafka:29092"), "raw", there.topic(), at(100))


def test_records_from_a_moment_on_begin_with_the_first_that_is_as_young(monkeypatch):
    there = Broker({0: 0, 1: 0, 2: 7}, {0: [90, 100, 99], 1: [101], 2: [99, 101]})
    assert since_100(there, monkeypatch) == {0: Since(1), 1: Since(0), 2: Since(8)}
    assert there.read == []


def test_where_none_is_as_young_they_begin_at_the_end(monkeypatch):
    assert since_100(Broker({0: 7, 1: 0}, {0: [50, 60], 1: []}), monkeypatch) == {
        0: Since(9), 1: Since(0),
    }  # fmt: skip


def test_where_all_that_is_left_is_as_young_the_oldest_says_since_when_all_is_there(monkeypatch):
    there = Broker({0: 7, 1: 7}, {0: [110, 120], 1: [99]})
    assert since_100(there, monkeypatch) == {0: Since(7, at(110)), 1: Since(8)}


def test_where_all_has_expired_all_is_there_from_now_on(monkeypatch):
    (found,) = since_100(Broker({0: 7}, {0: []}), monkeypatch).values()
    assert found.offset == 7
    assert found.oldest > at(1_700_000_000)


def test_a_broker_that_does_not_answer_for_a_time_is_reported_by_its_address(monkeypatch):
    there = Broker({0: 0}, {0: [90]})

    def away(*_, **__):
        raise KafkaException(KafkaError(KafkaError._TIMED_OUT))

    there.offsets_for_times = away
    with pytest.raises(NotReadyError, match="kafka:29092"):
        since_100(there, monkeypatch)


def test_who_looks_at_a_few_records_has_few_unpacked(monkeypatch):
    """A megabyte that is fetched may be ten batches of 100 MB, all of which are unpacked."""
    asked = []
    monkeypatch.setattr(broker, "Consumer", asked.append)
    LagReader(Kafka("kafka:29092"), "raw")
    broker.connect(Kafka("kafka:29092"), "spark-job-start")
    assert [it["max.partition.fetch.bytes"] for it in asked] == [16_384, 16_384]
