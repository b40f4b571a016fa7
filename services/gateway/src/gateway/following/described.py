"""Asks what a topic is: its partitions, and an id that tells it from another of the same name.

aiokafka itself asks in versions of Metadata that give topics no ids; version 10 does, which brokers
have from Kafka 2.8 on (https://kafka.apache.org/protocol#The_Messages_Metadata).
"""

import random
from contextlib import suppress
from io import BytesIO
from typing import Any, ClassVar, NamedTuple
from uuid import UUID

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaConnectionError, KafkaError, UnknownTopicOrPartitionError, for_code
from aiokafka.protocol.abstract import AbstractType
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.metadata import MetadataRequest_v5
from aiokafka.protocol.types import (
    Boolean,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Schema,
    TaggedFields,
)

_NO_ID = UUID(int=0)


class Described(NamedTuple):
    """A topic as it is now; one that was created again, or is another cluster's, has another `id`.

    That is the cluster's where the broker gives topics none.
    """

    id: str
    partitions: list[int]


async def describe(client: AIOKafkaClient, topic: str) -> Described:
    """Ask any broker that answers; raises `KafkaError`, also where there is no such topic."""
    return read_answer(await _ask(client, MetadataRequest(topic)), topic)


def read_answer(answer: Response, topic: str) -> Described:
    """Read what a broker says of the one topic; raises `KafkaError`."""
    [found] = answer.to_object()["topics"]
    if found["error_code"] == UnknownTopicOrPartitionError.errno:
        raise UnknownTopicOrPartitionError(f"topic {topic} (the broker does not have it yet)")
    if found["error_code"]:
        raise for_code(found["error_code"])(f"topic {topic} cannot be looked up")
    id_ = found.get("topic_id", _NO_ID)
    return Described(
        str(answer.cluster_id if id_ == _NO_ID else id_),
        sorted(it["partition"] for it in found["partitions"]),
    )


async def _ask(client: AIOKafkaClient, request: "MetadataRequest") -> Response:
    nodes = [it.nodeId for it in client.cluster.brokers()]
    for node in random.sample(nodes, len(nodes)):
        with suppress(KafkaError):
            return await client.send(node, request)
    raise KafkaConnectionError("no broker answers")


class _Uuid(AbstractType):  # type: ignore[misc] # as all below: the library has no types
    @classmethod
    def encode(cls, value: UUID) -> bytes:
        return value.bytes

    @classmethod
    def decode(cls, data: BytesIO) -> UUID:
        return UUID(bytes=data.read(16))


class MetadataResponse10(Response):  # type: ignore[misc]
    """What a broker says of its cluster and of topics, in version 10."""

    API_KEY = 3
    API_VERSION = 10
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "brokers",
            CompactArray(
                ("node_id", Int32),
                ("host", CompactString()),
                ("port", Int32),
                ("rack", CompactString()),
                ("tags", TaggedFields),
            ),
        ),
        ("cluster_id", CompactString()),
        ("controller_id", Int32),
        (
            "topics",
            CompactArray(
                ("error_code", Int16),
                ("topic", CompactString()),
                ("topic_id", _Uuid),
                ("is_internal", Boolean),
                (
                    "partitions",
                    CompactArray(
                        ("error_code", Int16),
                        ("partition", Int32),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("replicas", CompactArray(Int32)),
                        ("isr", CompactArray(Int32)),
                        ("offline_replicas", CompactArray(Int32)),
                        ("tags", TaggedFields),
                    ),
                ),
                ("authorized_operations", Int32),
                ("tags", TaggedFields),
            ),
        ),
        ("authorized_operations", Int32),
        ("tags", TaggedFields),
    )


class _MetadataRequest10(RequestStruct):  # type: ignore[misc]
    API_KEY = 3
    API_VERSION = 10
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE = MetadataResponse10
    SCHEMA = Schema(
        (
            "topics",
            CompactArray(("topic_id", _Uuid), ("name", CompactString()), ("tags", TaggedFields)),
        ),
        ("allow_auto_topic_creation", Boolean),
        ("include_cluster_authorized_operations", Boolean),
        ("include_topic_authorized_operations", Boolean),
        ("tags", TaggedFields),
    )


class MetadataRequest(Request[MetadataRequest_v5 | _MetadataRequest10]):  # type: ignore[misc]
    """Asks of one topic, in the newest version that the broker knows; never makes it."""

    API_KEY: ClassVar[int] = 3

    def __init__(self, topic: str) -> None:
        self._topic = topic

    def build(self, version: type[RequestStruct]) -> Any:
        """Write the question in a version."""
        if version is MetadataRequest_v5:
            return version(topics=[self._topic], allow_auto_topic_creation=False)
        return version(
            topics=[(_NO_ID, self._topic, {})],
            allow_auto_topic_creation=False,
            include_cluster_authorized_operations=False,
            include_topic_authorized_operations=False,
            tags={},
        )
