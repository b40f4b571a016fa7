import pytest

from topic_init.topics import topics, with_replicas

WEEK = {"message.timestamp.type": "LogAppendTime", "retention.ms": "604800000"}
DAY = {
    "message.timestamp.type": "LogAppendTime",
    "retention.ms": "86400000",
    "segment.ms": "14400000",
    "max.message.bytes": "65536",
}


def test_the_stack_has_four_topics_and_refused_records_are_in_one_partition():
    assert topics("quotes", 12) == [
        ("quotes", 12, WEEK),
        ("quotes.dlq", 1, WEEK),
        ("market_windows", 12, DAY),
        ("market_alerts", 12, DAY),
    ]


def test_partitions_on_too_few_brokers_are_placed_on_all_of_them_and_take_turns_in_who_leads():
    placed = {"quotes": {0: [1], 1: [1], 2: [1], 3: [1]}, "__consumer_offsets": {7: [2]}}
    assert with_replicas(placed, 3) == {
        "quotes": {0: [1, 2, 3], 1: [2, 3, 1], 2: [3, 1, 2], 3: [1, 2, 3]},
        "__consumer_offsets": {7: [2, 3, 1]},
    }


@pytest.mark.parametrize("replicas", [1, 2])
def test_what_is_on_enough_brokers_stays_where_it_is(replicas):
    assert with_replicas({"quotes": {0: [3, 2], 1: [2, 3, 1]}}, replicas) == {}
