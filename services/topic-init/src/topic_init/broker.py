"""Asks the broker that is the cluster's controller, and again while it cannot answer."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterable
from contextlib import asynccontextmanager
from itertools import batched

import stamina
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import (
    InvalidPartitionsError,
    InvalidReplicationAssignmentError,
    InvalidReplicationFactorError,
    KafkaError,
    NoError,
    NotControllerError,
    ReassignmentInProgress,
    TopicAlreadyExistsError,
    UnknownError,
    for_code,
)
from aiokafka.protocol.admin import (
    AlterPartitionReassignmentsRequest,
    CreatePartitionsRequest,
    CreateTopicsRequest,
    ListPartitionReassignmentsRequest,
)
from aiokafka.protocol.api import Request, Response
from aiokafka.protocol.metadata import MetadataRequest

from contracts.kafka import ANSWER_MS, Kafka
from contracts.kafka_refusal import refusal
from topic_init.topics import Placed, Topic

_PATIENCE_S = 60.0
_AGAIN_S = 1.0
_MOVES_AT_ONCE = 10  # a busy controller takes up to half a second for each
_NO_TAGS: dict[int, bytes] = {}

_PASSES = (
    UnknownError,  # so answers a broker that hung, until it has another session with ZooKeeper
    InvalidReplicationFactorError,  # the controller does not know yet that a broker is there
    InvalidReplicationAssignmentError,
    ReassignmentInProgress,
)


def _may_pass(error: Exception) -> bool:
    return isinstance(error, _PASSES) or (isinstance(error, KafkaError) and bool(error.retriable))


patiently = stamina.retry(
    on=_may_pass,
    attempts=None,
    timeout=_PATIENCE_S,
    wait_initial=_AGAIN_S,
    wait_max=_AGAIN_S,
    wait_jitter=0,
)
"""Try again for a while what fails of something that passes."""

type _Codes = Callable[[Response], Iterable[tuple[int, str]]]
"""Takes the error codes out of an answer, each with its text."""


class Broker:
    """The cluster, which only its controller can change; each method raises `KafkaError`."""

    def __init__(self, client: AIOKafkaClient) -> None:
        self._client = client

    async def placed(self) -> Placed:
        """Tell where each partition of each topic is, Kafka's own topics too."""
        answer = await self._ask(MetadataRequest(), lambda _: [])
        return {
            it["topic"]: {part["partition"]: part["replicas"] for part in it["partitions"]}
            for it in answer.to_object()["topics"]
        }

    async def create(self, topics: Iterable[Topic], replicas: int) -> list[str]:
        """Make topics; give the names of those that nobody else has made meanwhile."""
        by_the_broker: list[int] = []
        wanted = [
            (it.name, it.partitions, replicas, by_the_broker, [*it.config.items()]) for it in topics
        ]
        request = CreateTopicsRequest(wanted, timeout=ANSWER_MS, validate_only=False)
        answer = await self._ask(request, _of_topics)
        return [name for name, code, _ in answer.topic_errors if code == NoError.errno]

    async def add_partitions(self, topics: Collection[Topic]) -> None:
        """Let topics have as many partitions as they say; the brokers choose where these are."""
        wanted = [(it.name, (it.partitions, None)) for it in topics]
        request = CreatePartitionsRequest(wanted, timeout=ANSWER_MS, validate_only=False)
        try:
            await self._ask(request, _of_topics)
        except InvalidPartitionsError:  # so it is where an attempt before succeeded, unanswered
            placed = await self.placed()
            if any(len(placed[it.name]) < it.partitions for it in topics):
                raise

    async def place(self, wanted: Placed) -> None:
        """Move partitions; returns once they are there, which takes as long as copying all."""
        moves = [
            (topic, [(partition, brokers, _NO_TAGS)], _NO_TAGS)
            for topic, partitions in wanted.items()
            for partition, brokers in partitions.items()
        ]
        for some in batched(moves, _MOVES_AT_ONCE):
            request = AlterPartitionReassignmentsRequest(ANSWER_MS, some, _NO_TAGS)
            await self._ask(request, _of_partitions)
        these = [(topic, [*partitions], _NO_TAGS) for topic, partitions in wanted.items()]
        moving = ListPartitionReassignmentsRequest(ANSWER_MS, these, _NO_TAGS)
        while (await self._ask(moving, _of_all)).topics:  # noqa: ASYNC110 - it is the brokers' work
            await asyncio.sleep(_AGAIN_S)

    @patiently
    async def _ask(self, request: Request, codes: _Codes) -> Response:
        await self._client.force_metadata_update()
        controller = self._client.cluster.controller
        if controller is None:
            raise NotControllerError("no broker is the controller")
        answer = await self._client.send(controller.nodeId, request)
        for code, text in codes(answer):
            if code not in (NoError.errno, TopicAlreadyExistsError.errno):
                raise for_code(code)(text)
        return answer


def _of_topics(answer: Response) -> list[tuple[int, str]]:
    return [(code, f"{name}: {text}") for name, code, text in answer.topic_errors]


def _of_all(answer: Response) -> list[tuple[int, str]]:
    return [(answer.error_code, answer.error_message)]


def _of_partitions(answer: Response) -> list[tuple[int, str]]:
    return _of_all(answer) + [
        (code, f"{topic}, partition {partition}: {text}")
        for topic, partitions, _ in answer.responses
        for partition, code, text, _ in partitions
    ]


@asynccontextmanager
async def connect(kafka: Kafka) -> AsyncIterator[Broker]:
    """Connect; raises `KafkaError` where nobody answers, or where the user is refused."""
    client = AIOKafkaClient(**kafka.for_aiokafka())
    try:
        await _bootstrap(client, kafka)
        yield Broker(client)
    finally:
        await client.close()


@patiently
async def _bootstrap(client: AIOKafkaClient, kafka: Kafka) -> None:
    async with refusal(kafka):
        await client.bootstrap()
