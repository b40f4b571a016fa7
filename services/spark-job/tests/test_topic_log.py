"""What the last records before an offset say; the whole stack's tests look into a real log."""

from datetime import timedelta
from typing import NamedTuple

import pytest
from confluent_kafka import TIMESTAMP_CREATE_TIME, TIMESTAMP_LOG_APPEND_TIME
from records import heartbeat, quote

from spark_job.reading.topic_log import Tail, tail_of

SKEW = timedelta(seconds=60)


class Message(NamedTuple):
    """A record as the client's library gives it."""

    content: bytes
    seconds: int
    kind: int = TIMESTAMP_LOG_APPEND_TIME

    def value(self) -> bytes:
        return self.content

    def timestamp(self) -> tuple[int, int]:
        return self.kind, self.seconds * 1000


def test_the_largest_time_of_valid_events_counts_and_when_the_last_record_came():
    messages = [Message(quote(12), 20), Message(heartbeat(11), 21), Message(b"{", 22)]
    assert tail_of(messages, SKEW) == Tail(12_000_000, 22_000)


def test_what_is_refused_for_its_future_counts_for_nothing():
    assert tail_of([Message(quote(81), 20)], SKEW) == Tail(None, 20_000)


def test_where_there_is_no_record_nothing_is_known():
    assert tail_of([], SKEW) == Tail(None, None)


@pytest.mark.parametrize("kind", [TIMESTAMP_LOG_APPEND_TIME, TIMESTAMP_CREATE_TIME])
def test_the_last_record_tells_who_says_when_it_came(kind):
    found = tail_of([Message(quote(1), 1), Message(quote(2), 2, kind)], SKEW)
    assert found.by_producer == (kind == TIMESTAMP_CREATE_TIME)
