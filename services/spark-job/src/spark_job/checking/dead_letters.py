"""Hands refused records over to the dead-letter topic, from inside a Python worker."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

from confluent_kafka import KafkaError, Message, Producer

from contracts.kafka import ANSWER_MS, Kafka
from contracts.refusals import RefusedRecord, encode
from contracts.topics import dead_letter_topic
from spark_job.checking.decode import SendDeadLetter
from spark_job.errors import DeadLettersNotDeliveredError

_DELIVERY_TIMEOUT_S = 60
_CONFIG = {
    "acks": "all",
    "request.timeout.ms": ANSWER_MS,
    "enable.idempotence": True,
    "compression.type": "lz4",
    "linger.ms": 5,
    "delivery.timeout.ms": _DELIVERY_TIMEOUT_S * 1000,
    "queue.buffering.max.kbytes": 16 * 1024,
    "log_level": 2,  # errors are reported with the delivery
}

type _OnDelivery = Callable[[KafkaError | None, Message], None]


@contextmanager
def dead_letters(kafka: Kafka, topic: str) -> Iterator[SendDeadLetter]:
    """Open the hand-over to the dead-letter topic of `topic`.

    On leaving, every record has been acknowledged; raises `DeadLettersNotDeliveredError` otherwise.
    """
    target = dead_letter_topic(topic)
    failures: list[KafkaError] = []

    def delivered(error: KafkaError | None, _: Message) -> None:
        if error is not None:
            failures.append(error)

    sent = False

    def send(record: RefusedRecord) -> None:
        nonlocal sent
        sent = True
        _produce(_producer(kafka), target, encode(record), delivered)

    yield send
    left = _producer(kafka).flush(2 * _DELIVERY_TIMEOUT_S) if sent else 0
    if failures or left:
        why = failures[0].str() if failures else "no answer from the broker"
        count = len(failures) + left
        raise DeadLettersNotDeliveredError(f"{count} dead letters did not get to {target}: {why}")


@cache
def _producer(kafka: Kafka) -> Producer:
    """Make the one producer of this worker, which lives as long as the worker does."""
    return Producer({**_CONFIG, **kafka.for_librdkafka()})


def _produce(producer: Producer, topic: str, value: bytes, delivered: _OnDelivery) -> None:
    while True:  # a full queue empties by acknowledgements or by timeouts
        try:
            producer.produce(topic, value, on_delivery=delivered)
        except BufferError:
            producer.poll(1)
        else:
            producer.poll(0)
            return
