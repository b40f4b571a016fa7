"""How far behind the job says that it is; with a real broker in the whole-stack tests."""

import socket
from threading import Event

import pytest
from confluent_kafka import KafkaException

from contracts.kafka import Kafka
from contracts.status import PartitionLag
from spark_job.monitoring import consumer_lag
from spark_job.reading.broker import Topic


def test_at_the_start_it_counts_from_the_checkpoint_and_elsewhere_from_the_earliest():
    topic = Topic("cluster", "topic", earliest={1: 5, 0: 100}, latest={1: 7, 0: 150})
    assert consumer_lag.at_start(topic, {0: 120}) == [
        PartitionLag(partition=0, processed=120, latest=150, lag=30),
        PartitionLag(partition=1, processed=5, latest=7, lag=2),
    ]


def test_a_broker_that_is_away_leaves_what_was_reported_and_ends_nothing(monkeypatch):
    monkeypatch.setattr(consumer_lag, "_EVERY_S", 0.01)
    monkeypatch.setattr(consumer_lag, "_ANSWER_S", 0.2)
    asked = Event()

    class Report:
        def processed(self):
            if asked.is_set():
                again.set()
            asked.set()
            return {0: 0}

        def lag(self, found):
            raise AssertionError(found)

    again = Event()
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{unused.getsockname()[1]}"
        with consumer_lag.reported(consumer_lag.LagReader(Kafka(address), "raw"), Report()):
            assert again.wait(20)
        with consumer_lag.LagReader(Kafka(address), "raw") as reader, pytest.raises(KafkaException):
            reader.read({0: 0})
