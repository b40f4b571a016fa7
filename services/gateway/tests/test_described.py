"""What a broker says of a topic is read, in the newest version of its answer and an older one."""

import pytest
from aiokafka.errors import TopicAuthorizationFailedError, UnknownTopicOrPartitionError
from aiokafka.protocol.metadata import MetadataResponse_v5

from gateway.following.described import (
    Described,
    MetadataRequest,
    MetadataResponse10,
    read_answer,
)

ID = bytes.fromhex("0123456789ab4def8123456789abcdef")


def answer(id_: bytes = ID, error: int = 0) -> MetadataResponse10:
    """Give the answer as it comes over the wire: a broker, and a topic of two partitions."""
    partitions = b"".join(
        b"\0\0" + partition.to_bytes(4) + b"\0\0\0\1" + b"\0\0\0\7"  # error, number, leader, epoch
        b"\2\0\0\0\1" b"\2\0\0\0\1" b"\1" b"\0"  # replicas, those in sync, those offline, tags
        for partition in (1, 0)
    )  # fmt: skip
    parts = (
        b"\0\0\0\0",  # how long it was throttled
        b"\2", b"\0\0\0\1", b"\6kafka", b"\0\0\x71\x49", b"\0", b"\0",  # one broker
        b"\2c", b"\0\0\0\1",  # cluster, controller
        b"\2", error.to_bytes(2), b"\7trades", id_, b"\0", b"\3", partitions,  # one topic
        b"\x80\0\0\0", b"\0",  # what the asker may do with it, tags
        b"\x80\0\0\0", b"\0",  # and with the cluster, tags
    )  # fmt: skip
    return MetadataResponse10.decode(b"".join(parts))


def test_a_topic_has_an_id_and_its_partitions() -> None:
    found = read_answer(answer(), "trades")
    assert found == Described("01234567-89ab-4def-8123-456789abcdef", [0, 1])


def test_where_topics_have_no_ids_it_is_the_cluster_s() -> None:
    assert read_answer(answer(id_=bytes(16)), "trades") == Described("c", [0, 1])
    partitions = [(0, 1, 1, [1], [1], []), (0, 0, 1, [1], [1], [])]
    older = MetadataResponse_v5(0, [], "c", 1, [(0, "trades", False, partitions)])
    assert read_answer(older, "trades") == Described("c", [0, 1])


def test_a_topic_that_is_not_there_or_not_to_be_seen_is_an_error() -> None:
    with pytest.raises(UnknownTopicOrPartitionError, match="topic trades"):
        read_answer(answer(error=3), "trades")
    with pytest.raises(TopicAuthorizationFailedError):
        read_answer(answer(error=29), "trades")


def test_it_is_asked_in_the_newest_version_that_the_broker_knows_and_makes_no_topic() -> None:
    request = MetadataRequest("trades")
    assert request.prepare({3: (0, 12)}).encode() == (
        b"\2" + bytes(16) + b"\7trades\0" + b"\0\0\0" + b"\0"
    )
    assert request.prepare({3: (0, 8)}).encode() == b"\0\0\0\1\0\6trades\0"
