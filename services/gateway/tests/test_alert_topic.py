"""Alerts on their topic, with a broker that does not acknowledge."""

import asyncio
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from aiokafka.errors import KafkaError, NotEnoughReplicasError
from make import BEGIN

from contracts.kafka import Kafka
from gateway.alerts.delivery import topic
from gateway.alerts.delivery.topic import AlertTopic
from gateway.alerts.making import notice

ALERT = notice("it triggered", BEGIN, "1")


class Producer:
    """Takes the place of the client; `answers` are what becomes of each record, None if nothing."""

    made: ClassVar[list["Producer"]] = []
    answers: ClassVar[list[KafkaError | str | None]] = []
    may_stop: ClassVar[asyncio.Event]

    def __init__(self, **settings: Any) -> None:
        self.settings = settings
        self.is_stopped = False
        self.made.append(self)

    async def start(self) -> None:
        """Connect."""

    async def send_and_wait(self, *_record: Any, **_others: Any) -> None:
        answer = self.answers.pop(0)
        if isinstance(answer, KafkaError):
            raise answer
        if answer is None:
            await asyncio.Event().wait()

    async def stop(self) -> None:
        """End, once what it sends is given up."""
        await self.may_stop.wait()
        self.is_stopped = True


@pytest.fixture(autouse=True)
def _producers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    Producer.made, Producer.answers, Producer.may_stop = [], [], asyncio.Event()
    monkeypatch.setattr(topic, "AIOKafkaProducer", Producer)
    monkeypatch.setattr(topic, "ANSWER_TIMEOUT_S", 0.01)
    monkeypatch.setattr(topic, "CLOSE_S", 0.01)
    yield
    Producer.made, Producer.answers = [], []


async def test_one_connection_serves_as_long_as_the_broker_answers() -> None:
    Producer.answers = ["taken", "taken"]
    there = AlertTopic(Kafka("broker:9092"))
    assert [await there.send(ALERT) for _ in range(2)] == [True, True]
    assert len(Producer.made) == 1


@pytest.mark.parametrize("answer", [None, NotEnoughReplicasError()])
async def test_a_connection_that_failed_is_ended_whole_however_long_that_takes(
    answer: KafkaError | None,
) -> None:
    Producer.answers = [answer, "taken"]
    there = AlertTopic(Kafka("broker:9092"))
    assert [await there.send(ALERT) for _ in range(2)] == [False, True]
    first, second = Producer.made
    Producer.may_stop.set()
    async with asyncio.timeout(30):
        while not first.is_stopped:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0)
    assert not second.is_stopped


async def test_what_the_broker_does_not_take_is_given_up_and_not_sent_for_ever() -> None:
    """An idempotent client of aiokafka never gives up; all that were made would go on."""
    Producer.answers = ["taken"]
    await AlertTopic(Kafka("broker:9092")).send(ALERT)
    [made] = Producer.made
    assert made.settings["acks"] == "all"
    assert not made.settings.get("enable_idempotence")
    assert made.settings["request_timeout_ms"] == 10_000
