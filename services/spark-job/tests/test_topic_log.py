"""What the last records before an offset say; the whole stack's tests look into a real log."""

from concurrent.futures import Future
from datetime import timedelta
from functools import partial, reduce
from types import SimpleNamespace
from weakref import WeakSet

import pytest
from confluent_kafka import TIMESTAMP_CREATE_TIME, TIMESTAMP_LOG_APPEND_TIME, KafkaException
from records import heartbeat, quote

from contracts.kafka import Kafka
from spark_job.reading import topic_log
from spark_job.reading.topic_log import NOTHING, Tail, TopicLog, followed

SKEW = timedelta(seconds=60)


class Message:
    """A record as the client's library gives it."""

    def __init__(
        self, content: bytes, seconds: int, kind: int = TIMESTAMP_LOG_APPEND_TIME, offset: int = 0
    ) -> None:
        self._content = content
        self._timestamp = kind, seconds * 1000
        self._offset = offset

    def value(self) -> bytes:
        return self._content

    def timestamp(self) -> tuple[int, int]:
        return self._timestamp

    def partition(self) -> int:
        return 0

    def offset(self) -> int:
        return self._offset

    def error(self) -> None:
        return None


def tail_of(*messages: Message) -> Tail:
    return reduce(partial(followed, max_future_skew=SKEW), messages, NOTHING)


def test_the_largest_time_of_valid_events_counts_and_when_the_last_record_came():
    found = tail_of(Message(quote(12), 20), Message(heartbeat(11), 21), Message(b"{", 22))
    assert found == Tail(12_000_000, 22_000)


def test_what_is_refused_for_its_future_counts_for_nothing():
    assert tail_of(Message(quote(81), 20)) == Tail(None, 20_000)


@pytest.mark.parametrize("kind", [TIMESTAMP_LOG_APPEND_TIME, TIMESTAMP_CREATE_TIME])
def test_the_last_record_tells_who_says_when_it_came(kind):
    found = tail_of(Message(quote(1), 1), Message(quote(2), 2, kind))
    assert found.by_producer == (kind == TIMESTAMP_CREATE_TIME)


class Log:
    """A consumer of a partition in which each second a quote of that time came."""

    def __init__(self) -> None:
        self.held: WeakSet[Message] = WeakSet()
        self.most_held = 0

    def list_topics(self, *_: object) -> None:
        pass

    def assign(self, wanted: list) -> None:
        (self.next,) = [it.offset for it in wanted]

    def poll(self, _timeout_s: float) -> Message:
        message = Message(quote(self.next), self.next, offset=self.next)
        self.held.add(message)
        self.most_held = max(self.most_held, len(self.held))
        self.next += 1
        return message

    def unassign(self) -> None:
        pass


def test_of_the_records_before_an_offset_none_is_kept(monkeypatch):
    log = Log()
    monkeypatch.setattr(topic_log, "AdminClient", lambda _: None)
    monkeypatch.setattr(topic_log, "connect", lambda *_: log)
    looking = TopicLog(Kafka("localhost:9"), "raw", SKEW)
    assert looking.tails({0: 1000}, 500) == {0: Tail(999_000_000, 999_000)}
    assert log.next == 1000
    assert log.most_held <= 2


class SlowLog(Log):
    """One that takes 30 ms for each record, and has none in any partition but 0."""

    now_s = 0.0

    def assign(self, wanted: list) -> None:
        self.next = wanted[0].offset

    def poll(self, timeout_s: float) -> Message:
        self.now_s += 0.03
        return super().poll(timeout_s)


@pytest.fixture
def came() -> list[str]:
    """Give what is told while a log is looked at."""
    return []


@pytest.fixture
def slow(monkeypatch, came) -> TopicLog:
    """Give what looks into a slow log."""
    log = SlowLog()
    monkeypatch.setattr(topic_log, "AdminClient", lambda _: None)
    monkeypatch.setattr(topic_log, "connect", lambda *_: log)
    monkeypatch.setattr(topic_log, "time", SimpleNamespace(monotonic=lambda: log.now_s))
    return TopicLog(Kafka("localhost:9"), "raw", SKEW, lambda: came.append("a record"))


def test_a_look_goes_on_as_long_as_records_come_that_it_waits_for_and_tells_of_each(slow, came):
    assert slow.tails({0: 1000}, 500) == {0: Tail(999_000_000, 999_000)}  # after 15 s
    assert came == ["a record"] * 500


def test_a_look_ends_if_only_records_come_that_it_does_not_wait_for(slow, came):
    with pytest.raises(KafkaException):
        slow.tails({0: 100, 1: 100}, 500)
    assert came == ["a record"] * 100


class Admin:
    """A client of offsets, for a topic of one partition of 7 records."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def list_topics(self, name: str, _timeout_s: float) -> SimpleNamespace:
        self.asked.append("who leads")
        return SimpleNamespace(topics={name: SimpleNamespace(error=None, partitions={0: None})})

    def list_offsets(self, wanted: dict, **_: object) -> dict:
        self.asked.append("an offset")
        found: Future[SimpleNamespace] = Future()
        found.set_result(SimpleNamespace(offset=7))
        return dict.fromkeys(wanted, found)


def test_before_it_asks_for_offsets_after_a_while_it_looks_up_who_leads(monkeypatch):
    """It would wait for who led before: while a batch or the windows wait for a broker, say."""
    admin, now_s = Admin(), [100.0]
    monkeypatch.setattr(topic_log, "AdminClient", lambda _: admin)
    monkeypatch.setattr(topic_log, "connect", lambda *_: None)
    monkeypatch.setattr(topic_log, "time", SimpleNamespace(monotonic=lambda: now_s[0]))
    looking = TopicLog(Kafka("localhost:9"), "raw", SKEW)
    for now_s[0] in (100.0, 102.0, 112.0):
        assert looking.bounds({0}).ends == {0: 7}
    both = ["an offset", "an offset"]
    assert admin.asked == ["who leads", *both, *both, "who leads", *both]
