"""A broker that starts says for a moment that there is none: all find it again."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from functools import partial

from confluent_kafka import KafkaException
from kafka_broker import broker

from contracts.kafka import Kafka
from spark_job.reading.topic_log import TopicLog

CLIENTS = 20
ANSWERS = 6 * CLIENTS
RECORDS = 8


@contextmanager
def topic_logs(address: str) -> Iterator[list[TopicLog]]:
    """Give as many as there are clients."""
    with ExitStack() as logs:
        yield [
            logs.enter_context(TopicLog(Kafka(address), "raw", timedelta(minutes=1)))
            for _ in range(CLIENTS)
        ]


def is_answered(log: TopicLog) -> bool:
    """Look into a log, a second time if the broker does not answer at first."""
    for _ in range(2):
        with suppress(KafkaException):
            log.tails({0: RECORDS}, RECORDS)
            return True
    return False


def look_until(is_over: Callable[[], bool], log: TopicLog) -> None:
    """Look into a log again and again."""
    while not is_over():
        with suppress(KafkaException):
            log.tails({0: RECORDS}, RECORDS)


def test_who_is_told_of_no_broker_finds_it_again():
    """With librdkafka 2.10 to 2.16, one in thirty does not (docs/decisions/0037)."""
    with broker({}) as (client, there), ThreadPoolExecutor(CLIENTS) as pool:
        for _ in range(RECORDS):
            client.produce("raw", b"x", partition=0)
        assert client.flush(20) == 0
        with topic_logs(there.address) as logs:
            assert list(pool.map(is_answered, logs)) == [True] * CLIENTS
            there.knows_brokers = False
            told_enough = partial(look_until, lambda: there.told_of_none >= ANSWERS)
            list(pool.map(told_enough, logs))
            there.knows_brokers = True
            assert list(pool.map(is_answered, logs)) == [True] * CLIENTS
