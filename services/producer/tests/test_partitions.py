import pytest

from producer.partitions import Partitions, partition_of


@pytest.fixture
def three():
    partitions = Partitions()
    partitions.count = 3
    return partitions


@pytest.mark.parametrize(
    ("address", "partition"),  # of a key: what the Java client gives
    [(b"", 681), (b"a", 524), (b"ab", 434), (b"abc", 107), (b"123456789", 566), (7, 7)],
)
def test_keys_go_where_other_clients_send_them(address, partition):
    assert partition_of(address, 1000) == partition


def test_none_is_idle_while_it_is_not_known_how_many_there_are():
    partitions = Partitions()
    partitions.given([b"a"], 10.0)
    assert partitions.idle(99.0) == []


def test_those_that_were_given_no_quote_for_long_are_idle(three):
    assert three.idle(10.0) == [0, 1, 2]
    three.given([b"a", b"ab", b"a"], 10.5)
    assert three.idle(10.0) == [0]
    assert three.idle(10.5) == [0, 1, 2]


def test_a_heartbeat_is_no_quote(three):
    three.given([0, 1], 10.5)
    assert three.idle(10.0) == [0, 1, 2]


def test_one_partition_takes_every_key():
    partitions = Partitions()
    partitions.count = 1
    partitions.given([b"a"], 10.5)
    assert partitions.idle(10.0) == []


def test_a_partition_that_is_added_is_idle(three):
    three.given([b"a", b"ab"], 10.5)
    three.count = 5
    assert {3, 4} <= set(three.idle(10.0))
