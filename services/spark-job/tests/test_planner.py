"""The batches that are planned, over a log in memory; the whole stack's tests have the real one."""

from collections.abc import Collection
from datetime import timedelta
from random import Random
from typing import NamedTuple

import pytest
from confluent_kafka import KafkaError, KafkaException
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from contracts.status import CatchingUp, HeldBack
from spark_job.errors import TopicChangedError
from spark_job.reading import batch_size, planner
from spark_job.reading.plan import Plan, decode, encode
from spark_job.reading.planner import Outcome, Planner, Timing
from spark_job.reading.topic_log import Bounds, Tail

TOPIC = "raw"
SECOND_US = 1_000_000
FULL = 384 * 2**20  # bytes of the state
START_S = 1_767_366_240  # a window ends there
TIMING = Timing(
    length=timedelta(minutes=1),
    slide=timedelta(seconds=5),
    delay=timedelta(0),
    trigger=timedelta(seconds=2),
    most_state_bytes=FULL,
)
ASKED_EVERY_S = 0.05


class Record(NamedTuple):
    """A record: the event's time, None for one that is refused, and when the broker took it in."""

    time_us: int | None
    taken_in_ms: int


class MemoryLog:
    """What `TopicLog` has, in memory."""

    def __init__(self, partitions: int) -> None:
        self.records: dict[int, list[Record]] = {it: [] for it in range(partitions)}
        self.begins: dict[int, int] = {}
        self.away = False
        self.id: str | None = "topic-a"
        self.by_producer = False

    def topic_id(self) -> str | None:
        self._answer()
        return self.id

    def partitions(self) -> set[int]:
        self._answer()
        return set(self.records)

    def bounds(self, partitions: Collection[int]) -> Bounds:
        self._answer(partitions)
        return Bounds(
            {it: self.begins.get(it, 0) for it in partitions},
            {it: len(self.records[it]) for it in partitions},
        )

    def tails(self, offsets: dict[int, int], records: int) -> dict[int, Tail]:
        self._answer(offsets)
        return {it: self._tail(it, end, records) for it, end in offsets.items()}

    def _tail(self, partition: int, end: int, records: int) -> Tail:
        begin = max(self.begins.get(partition, 0), end - records)
        found = self.records[partition][begin:end]
        times = [it.time_us for it in found if it.time_us is not None]
        taken_in_ms = found[-1].taken_in_ms if found else None
        return Tail(max(times, default=None), taken_in_ms, self.by_producer)

    def _answer(self, partitions: Collection[int] = ()) -> None:
        if self.away:
            raise KafkaException(KafkaError(KafkaError._TRANSPORT))
        if not set(partitions) <= set(self.records):
            raise KafkaException(KafkaError(KafkaError._UNKNOWN_PARTITION))


class Listening:
    """Who is told of what the planner sees."""

    def __init__(self) -> None:
        self.idles = 0
        self.waits: list[str] = []
        self.backlogs: list[CatchingUp | None] = []
        self.held_back: list[HeldBack] = []
        self.notices: list[str] = []

    def notice(self, text: str) -> None:
        self.notices.append(text)

    def idle(self) -> None:
        self.idles += 1

    def waiting(self, text: str) -> None:
        self.waits.append(text)

    def backlog(self, found: CatchingUp | None) -> None:
        self.backlogs.append(found)

    def held_back_by(self, found: list[HeldBack]) -> None:
        self.held_back = found


class Job:
    """Asks a planner for batches, as Spark does, and checks each that it gets."""

    def __init__(self, partitions: int = 1, timing: Timing = TIMING, **begins: int) -> None:
        self.log = MemoryLog(partitions)
        self.timing = timing
        self.begins = {int(partition[1:]): offset for partition, offset in begins.items()}
        self.now_s = 0.0
        self.heard = Listening()
        self.batches: list[Plan] = []
        self.windows_a_record = 12.0
        self.state_bytes = 0
        self.symbols = 1
        self.small_until: dict[int, int] = {}
        self.restart()
        self.at = self.planner.first()

    def restart(self) -> None:
        self.planner = Planner(
            TOPIC,
            self.log,
            self.begins,
            self.timing,
            self.heard,
            small_until=self.small_until,
            earliest=dict(self.log.begins),
            topic_id="topic-a",
            clock=lambda: self.now_s,
        )

    def take(self, partition: int, *seconds: float | None) -> None:
        """Let records come, with event times in seconds since a window ended; None is refused."""
        self.log.records[partition] += [
            Record(None if it is None else round((START_S + it) * SECOND_US), self.clock_ms())
            for it in seconds
        ]

    def expire(self, partition: int, records: int) -> None:
        """Let so many records go; what is left are as many as there are at least."""
        begin = self.log.begins.get(partition, 0) + records
        self.log.begins[partition] = min(begin, len(self.log.records[partition]))

    def clock_ms(self) -> int:
        return round((START_S + self.now_s) * 1000)

    def ask(self) -> Plan | None:
        before = decode(self.at, TOPIC)
        text = self.planner.next(self.at)
        if text is None:
            return None
        plan = decode(text, TOPIC)
        self.require_whole(before, plan)
        self.require_in_time(before, plan)
        self.require_few_windows(before, plan)
        self.batches.append(plan)
        self.at = text
        return plan

    def run(self, seconds: float, *, told: bool = True) -> list[Plan]:
        """Ask for some time; gives the batches. `told`: what came of them gets to the planner."""
        made = []
        for _ in range(round(seconds / ASKED_EVERY_S)):
            before = self.at
            if (plan := self.ask()) is not None:
                made.append(plan)
                if told:
                    self.tell(before, plan)
            self.now_s += ASKED_EVERY_S
        return made

    def tell(self, before: str, plan: Plan) -> None:
        marks = {it: max(times) for it in plan.offsets if (times := self.events(plan, it))}
        windows = round(self.windows_a_record * plan.records)
        outcome = Outcome(windows, self.state_bytes, self.symbols, marks, took_s=0.5)
        self.planner.ran(before, encode(plan, TOPIC), outcome)

    def events(self, plan: Plan, partition: int) -> list[int]:
        """The event times that a batch reads from a partition."""
        first, last = plan.begins[partition], plan.offsets[partition]
        first = max(first, self.log.begins.get(partition, 0))
        read = self.log.records[partition][first:last]
        return [it.time_us for it in read if it.time_us is not None]

    def require_whole(self, before: Plan, plan: Plan) -> None:
        """It begins where the last one ended, or with the first record that has not expired."""
        assert plan.offsets.keys() == plan.begins.keys() >= before.offsets.keys()
        for partition, begin in plan.begins.items():
            first = self.log.begins.get(partition, 0)
            ended = before.offsets.get(partition, first)
            read = begin < plan.offsets[partition]
            assert begin == max(ended, first) or (begin == ended and not read)
            assert begin <= plan.offsets[partition] <= len(self.log.records[partition])

    def require_in_time(self, before: Plan, plan: Plan) -> None:
        """No event is behind what was closed, and no partition behind what is closed now."""
        assert plan.watermark_ms >= before.watermark_ms
        for partition in plan.offsets:
            assert min(self.events(plan, partition), default=1 << 62) >= before.watermark_ms * 1000
        if plan.watermark_ms > before.watermark_ms:
            assert plan.watermark_ms * 1000 <= self.slowest_us(plan) - self.delay_us()

    def require_few_windows(self, before: Plan, plan: Plan) -> None:
        """Of the state it closes hardly more than a batch may, or one window of each symbol."""
        if before.watermark_ms and plan.records:
            last_ms = max(before.event_times.values()) // 1000 + 60_000
            ended = min(plan.watermark_ms, last_ms) // 5000 - before.watermark_ms // 5000
            assert ended <= max(1, 1.25 * batch_size._MOST_WINDOWS / max(1, self.symbols))

    def slowest_us(self, plan: Plan) -> int:
        """The smallest of what partitions have reached, by all that was ever read of them."""
        read = [self.log.records[it][:end] for it, end in plan.offsets.items()]
        return min(max(it.time_us for it in log if it.time_us is not None) for log in read)

    def delay_us(self) -> int:
        return self.timing.delay // timedelta(microseconds=1)


def watermark_s(plan: Plan) -> float:
    return (plan.watermark_ms - START_S * 1000) / 1000


@pytest.fixture(autouse=True)
def _no_wait(monkeypatch):
    monkeypatch.setattr(planner, "_LISTENER_S", 0.0)


@pytest.fixture
def _small_batches(monkeypatch):
    monkeypatch.setattr(batch_size, "_MOST_WINDOWS", 60)


actions = st.lists(
    st.one_of(
        st.tuples(st.just("take"), st.integers(0, 4), st.integers(1, 20), st.booleans()),
        st.tuples(st.just("pass"), st.sampled_from([0.05, 0.5, 2.0, 5.0, 3600.0])),
        st.tuples(st.just("run"), st.sampled_from([0.05, 1.0, 5.0]), st.booleans()),
        st.tuples(st.just("add")),
        st.tuples(st.just("expire"), st.integers(0, 4), st.integers(1, 20)),
        st.tuples(st.just("away"), st.booleans()),
        st.tuples(st.just("restart")),
    ),
    max_size=40,
)


@pytest.mark.usefixtures("_small_batches")
@given(
    actions=actions,
    partitions=st.integers(1, 3),
    skews_s=st.lists(st.integers(0, 500), min_size=5, max_size=5),
    delay_s=st.sampled_from([0, 3]),
    symbols=st.sampled_from([0, 1, 20, 100]),
)
def test_whatever_comes_and_goes_nothing_is_late_left_out_or_read_twice(
    actions, partitions, skews_s, delay_s, symbols
):
    job = Job(partitions, TIMING._replace(delay=timedelta(seconds=delay_s)))
    job.symbols = symbols
    skews = [skew if it < partitions else 0 for it, skew in enumerate(skews_s)]
    clock_s = 1000.0  # of who writes the events
    for action in actions:
        match action:
            case "take", partition, records, refused if partition in job.log.records:
                time_s = None if refused else clock_s - skews[partition]
                job.take(partition, *[time_s] * records)
                clock_s += 0.25
            case "pass", seconds:
                job.now_s += seconds
                clock_s += seconds
            case "run", seconds, told:
                job.run(seconds, told=told)
                clock_s += seconds
            case ("add",):
                job.log.records.setdefault(len(job.log.records) % 5, [])
            case "expire", partition, records if partition in job.log.records:
                job.expire(partition, records)
            case "away", away:
                job.log.away = away
            case ("restart",):
                job.restart()
    job.log.away = False
    for partition in job.log.records:
        job.take(partition, clock_s)
    job.run(120)
    reached = decode(job.at, TOPIC)
    assert reached.offsets == {it: len(log) for it, log in job.log.records.items()}
    final_ms = (job.slowest_us(reached) - job.delay_us()) // 1000
    assert reached.watermark_ms // 5000 == max(0, final_ms) // 5000


def test_a_batch_reads_what_there_is_and_closes_the_windows_that_it_completes():
    job = Job(2)
    job.take(0, 1, 2, 11)
    job.take(1, 3, 12.5)
    plan = job.ask()
    assert (plan.begins, plan.offsets) == ({0: 0, 1: 0}, {0: 3, 1: 2})
    assert watermark_s(plan) == 11.0


def test_the_next_one_comes_with_the_trigger_or_once_a_window_is_over():
    job = Job()
    job.take(0, 4)
    assert len(job.run(0.5)) == 1
    job.take(0, 4.9)
    assert job.run(0.6) == []
    job.take(0, 5.1)
    (early,) = job.run(0.5)
    assert watermark_s(early) == 5.1
    job.take(0, 5.2)
    (due,) = job.run(2.1)
    assert watermark_s(due) == 5.2


def test_where_nothing_comes_there_is_no_batch_and_the_query_is_idle():
    job = Job(2)
    assert job.run(10) == []
    assert 4 <= job.heard.idles <= 6
    assert job.heard.held_back == []


def test_a_partition_without_an_event_lets_no_window_be_written():
    job = Job(2)
    job.take(0, 1, 100)
    (plan,) = job.run(10)
    assert plan.watermark_ms == 0
    job.take(1, 99)
    (plan,) = job.run(3)
    assert watermark_s(plan) == 99.0


def test_what_begins_later_is_read_from_there_and_others_from_what_has_not_expired():
    job = Job(2, p0=2)
    job.take(0, 1, 2, 3)
    job.take(1, 1, 2, 3)
    job.log.begins[1] = 1
    plan = job.ask()
    assert (plan.begins, plan.offsets) == ({0: 2, 1: 1}, {0: 3, 1: 3})


def test_a_partition_that_is_added_is_found_and_holds_windows_until_it_speaks():
    job = Job()
    job.take(0, 1)
    job.run(3)
    job.log.records[1] = []
    job.take(0, 20)
    assert [watermark_s(plan) for plan in job.run(3)] == [1.0]
    job.take(1, 21)
    (plan,) = job.run(3)
    assert (plan.begins, plan.offsets) == ({0: 2, 1: 0}, {0: 2, 1: 1})
    assert watermark_s(plan) == 20.0


def test_where_the_last_records_are_refused_the_watermark_follows_once_they_are_read():
    job = Job()
    job.take(0, 1)
    job.run(2.5)
    job.take(0, 7, *[None] * 30)
    (reading, closing) = job.run(5)
    assert watermark_s(reading) == 1.0
    assert (closing.records, watermark_s(closing)) == (0, 7.0)


def test_a_restart_recalls_event_times_that_only_the_job_before_it_knew():
    job = Job()
    job.take(0, 1)
    job.run(2.5)
    job.take(0, 7, *[None] * 30)
    (reading,) = job.run(3, told=False)  # killed before it learned of it
    assert watermark_s(reading) == 1.0
    job.restart()
    (closing,) = job.run(5)
    assert (closing.records, watermark_s(closing)) == (0, 7.0)


def test_a_restart_writes_what_every_partition_has_passed_without_another_record():
    job = Job(2)
    job.take(0, 1, 61)
    job.take(1, 2)
    job.run(3)
    job.take(1, 62)
    job.restart()
    plans = job.run(5)
    assert watermark_s(plans[-1]) == 61.0
    assert plans[-1].offsets == {0: 2, 1: 2}


def test_a_broker_that_is_away_is_waited_for_and_said_to_be():
    job = Job()
    job.take(0, 1)
    job.log.away = True
    assert job.run(10) == []
    assert len(job.heard.waits) == 10  # a second apart
    assert {text.partition(": ")[0] for text in job.heard.waits} == {"waiting for the broker"}
    job.log.away = False
    (plan,) = job.run(2)
    assert plan.offsets == {0: 1}
    assert len(job.heard.waits) == 10


def test_a_broker_that_answers_again_before_the_next_trigger_is_no_longer_waited_for():
    job = Job(timing=TIMING._replace(trigger=timedelta(minutes=10)))
    job.run(5)
    assert job.heard.idles == 1
    job.log.away = True
    job.run(5)
    assert job.heard.waits
    assert job.heard.idles == 1
    job.log.away = False
    job.run(3)
    assert job.heard.idles == 2


@pytest.mark.parametrize("records", [1, 3, 5])
def test_a_topic_with_another_id_was_made_anew_whatever_is_in_it(records):
    job = Job()
    job.take(0, 1, 2, 3)
    job.run(3)
    job.log.records[0] = []
    job.take(0, *range(records))
    job.log.id = "topic-b"
    with pytest.raises(TopicChangedError, match="topic raw was deleted and created again"):
        job.run(10.1)


def test_a_topic_that_was_made_anew_before_the_first_look_at_it_is_not_read():
    job = Job()
    job.take(0, 1, 2, 3)
    job.log.id = "topic-b"
    with pytest.raises(TopicChangedError, match="topic raw was deleted and created again"):
        job.run(3)
    assert job.batches == []


def test_a_broker_that_gives_topics_no_id_is_read_all_the_same():
    job = Job()
    job.log.id = None
    for second in range(12):
        job.take(0, second)
        job.run(1)
    assert watermark_s(job.batches[-1]) >= 10


def test_where_a_topic_is_shorter_than_what_was_read_kafka_has_lost_records():
    job = Job(2)
    job.take(0, 1, 2, 3)
    job.take(1, 1, 2, 3)
    job.run(3)
    job.log.records[0] = job.log.records[0][:1]
    text = r"lost records of partition 0 that had been read \(offsets 1 to 2\)"
    with pytest.raises(TopicChangedError, match=text):
        job.run(3)


def test_where_producers_say_when_records_came_a_person_is_told_once():
    job = Job()
    job.take(0, 1)
    job.run(3)
    assert job.heard.notices == []
    job.log.by_producer = True
    for second in range(3):
        job.take(0, 2 + second)
        job.run(3)
    (told,) = job.heard.notices
    assert told.startswith("records of topic raw are dated by their producers, not by Kafka")


def test_the_topic_s_id_is_looked_at_every_ten_seconds(monkeypatch):
    job = Job()
    asked = []
    monkeypatch.setattr(job.log, "topic_id", lambda: asked.append(job.now_s) or "topic-a")
    for second in range(35):
        job.take(0, second)
        job.run(1)
    assert asked == pytest.approx([0, 10, 20, 30], abs=2)


def test_a_topic_that_lacks_a_partition_that_was_read_was_made_anew():
    job = Job(2)
    job.take(0, 1)
    job.take(1, 1)
    job.run(3)
    del job.log.records[1]
    with pytest.raises(TopicChangedError, match="topic raw was deleted and created again"):
        job.run(3)


@pytest.mark.usefixtures("_small_batches")
def test_a_backlog_is_read_in_pieces_one_after_the_other_and_told_of():
    job = Job()
    job.take(0, *range(23))
    plans = job.run(0.3)
    assert [plan.records for plan in plans] == [5, 5, 5, 5, 3]
    told = [it and it.records_left for it in job.heard.backlogs]
    assert told[:4] == [23, 18, 13, 8]
    assert told[-1] is None


def test_what_expires_before_it_is_read_is_left_out_and_told_of_once():
    job = Job(2)
    job.take(0, *range(10))
    job.take(1, *range(10))
    job.run(2.5)
    job.expire(0, 8)  # read
    job.take(0, *range(10, 20))
    job.take(1, *range(10, 20))
    job.expire(0, 5)
    (plan,) = job.run(2.5)
    assert (plan.begins, plan.offsets) == ({0: 13, 1: 10}, {0: 20, 1: 20})
    assert plan.records == 17
    told = "partition 0: offsets 10 to 12 (3 records) expired before they were read"
    assert job.heard.notices == [told]
    job.take(0, 20)
    job.run(2.5)
    assert job.heard.notices == [told]


@pytest.mark.usefixtures("_small_batches")
def test_what_expires_of_a_backlog_is_no_record_that_was_read():
    job = Job()
    job.take(0, *range(100))
    job.run(0.1)
    job.expire(0, 70)
    plans = job.run(0.2)
    assert [plan.records for plan in plans] == [0, 5, 5, 5]
    assert plans[0].offsets == {0: 70}
    assert job.heard.notices == [
        "partition 0: offsets 10 to 69 (60 records) expired before they were read"
    ]
    rates = [it.records_per_second for it in job.heard.backlogs]
    assert rates[:2] + rates[3:] == pytest.approx([0, 100, 0, 100, 100])


def test_what_had_expired_when_the_job_started_is_told_by_the_start():
    job = Job(2)
    job.take(0, *range(10))
    job.take(1, *range(10))
    job.run(2.5)
    job.take(0, *range(10, 20))
    job.take(1, *range(10, 20))
    job.expire(0, 12)
    job.expire(1, 12)
    job.restart()
    plan, *_ = job.run(1)
    assert plan.begins == {0: 12, 1: 12}
    assert job.heard.notices == []


def test_what_expires_between_the_start_and_the_first_batch_is_told():
    job = Job()
    job.take(0, *range(10))
    job.run(2.5)
    job.take(0, *range(10, 20))
    job.expire(0, 11)
    job.restart()
    job.expire(0, 2)
    job.run(1)
    assert job.heard.notices == [
        "partition 0: offsets 11 to 12 (2 records) expired before they were read"
    ]


@pytest.mark.usefixtures("_small_batches")
def test_up_to_the_end_of_what_was_too_much_batches_are_as_small_as_the_first():
    job = Job(2)
    job.windows_a_record = 1.0
    job.small_until = {0: 12, 7: 1}
    job.restart()
    job.take(0, *range(23))
    job.take(1, *range(23))
    careful = [plan for plan in job.run(2) if plan.begins[0] < 12]
    assert [plan.records for plan in careful] == [5] * len(careful)
    assert job.batches[len(careful)].records > 5
    assert job.batches[-1].offsets == {0: 23, 1: 23}


@pytest.mark.usefixtures("_small_batches")
def test_the_rate_of_a_backlog_leaves_out_what_has_expired():
    job = Job()
    job.take(0, *range(1000))
    job.log.begins[0] = 900
    job.run(0.1)
    first, second = job.heard.backlogs
    assert (first.records_left, second.records_left) == (100, 95)
    assert second.records_per_second == pytest.approx(5 / ASKED_EVERY_S)


@pytest.mark.usefixtures("_small_batches")
def test_of_a_backlog_no_partition_is_read_far_ahead_of_the_others():
    job = Job(2)
    job.take(0, *[second * 0.1 for second in range(400)])
    job.take(1, *[second * 600 for second in range(5)])  # over in 40 minutes
    dense = [watermark_s(plan) for plan in job.run(4) if plan.offsets[0] < 400]
    assert len(dense) >= 50
    # The sparse one is read where the dense one has come to, and holds nothing back.
    for plan in job.batches:
        if plan.offsets[0] < 400:
            assert plan.offsets[1] <= 2
            assert watermark_s(plan) == pytest.approx((plan.offsets[0] - 1) * 0.1)


@pytest.mark.usefixtures("_small_batches")
def test_a_backlog_of_sixteen_partitions_is_read_in_step_over_restarts():
    job, rng = Job(16), Random(16)
    for partition in range(16):
        every_s = (1, 3, 20, 90)[partition % 4]
        job.take(partition, *range(partition * 10, partition * 10 + 1800, every_s))
    for _ in range(40):
        job.run(rng.uniform(0.1, 2), told=rng.random() < 0.5)
        job.restart()
    job.run(120)
    reached = decode(job.at, TOPIC)
    assert reached.offsets == {it: len(log) for it, log in job.log.records.items()}
    assert reached.watermark_ms * 1000 == job.slowest_us(reached)
    for plan in job.batches:
        times = [time_us for it in range(16) for time_us in job.events(plan, it)]
        assert max(times, default=0) <= job.slowest_us(plan) + 240 * SECOND_US


@pytest.mark.usefixtures("_small_batches")
def test_what_would_touch_too_many_windows_is_read_in_pieces_one_right_after_the_other():
    job = Job()
    job.windows_a_record = 2.4
    for second in range(0, 11, 5):  # dense: one record after the other is in the same windows
        job.take(0, *[second] * 5)
        job.run(2.5)
    job.take(0, *[10 + 600 * step for step in range(1, 21)])  # each is in windows of its own
    job.run(2.5)
    assert [plan.records for plan in job.batches] == [5, 5, 5, 5, 15]
    assert job.heard.backlogs[-1] is None


def in_the_middle_of_ending() -> Job:
    """Give a job whose last batch left windows for those after it to end."""
    job = Job()
    job.symbols = 20  # one window of each ends with a slide, and a batch closes 60
    job.take(0, 1)
    job.run(2.5)
    job.take(0, 36_000)
    while len(job.batches) < 2:
        job.run(ASKED_EVERY_S)
    return job


@pytest.mark.usefixtures("_small_batches")
def test_a_record_that_ends_too_many_windows_ends_them_in_several_batches_before_another_is_read():
    job = in_the_middle_of_ending()
    job.take(0, 36_006)
    job.run(2.5)
    ends = [19.999, 34.999, 49.999]
    assert [watermark_s(plan) for plan in job.batches] == [1, *ends, 36_000, 36_006]
    assert [plan.records for plan in job.batches] == [1, 1, 0, 0, 0, 1]


@pytest.mark.usefixtures("_small_batches")
def test_a_restart_while_windows_are_left_to_end_knows_where_they_end():
    job = in_the_middle_of_ending()
    job.restart()  # nobody knows how many symbols there are: one window of each
    job.take(0, 36_001)
    job.run(5)
    ends = [19.999, 24.999, 39.999, 54.999]
    assert [watermark_s(plan) for plan in job.batches] == [1, *ends, 36_000, 36_001]
    assert [plan.records for plan in job.batches] == [1, 1, 0, 0, 0, 0, 1]


@pytest.mark.usefixtures("_small_batches")
def test_a_partition_that_is_added_while_windows_are_left_to_end_is_read_all_the_same():
    job = in_the_middle_of_ending()
    job.log.records[1] = []
    job.take(1, 36_000)
    job.run(2.5)
    assert (job.batches[-1].offsets, watermark_s(job.batches[-1])) == ({0: 2, 1: 1}, 36_000)


@pytest.mark.usefixtures("_small_batches")
def test_a_silent_partition_that_speaks_ends_what_others_have_left_open_in_several_batches():
    job = Job(2)
    job.symbols = 20
    job.take(0, 1)
    job.take(1, 1)
    job.run(2.5)
    for second in range(2, 31, 4):
        job.take(0, second)
        job.run(2)
    job.take(1, 31)
    job.run(2.5)
    closing = [plan for plan in job.batches if plan.watermark_ms > job.batches[0].watermark_ms]
    assert [watermark_s(plan) for plan in closing] == [19.999, 30]


@pytest.mark.usefixtures("_small_batches")
@pytest.mark.parametrize(
    ("restarts", "ends"),
    [(False, [24.999, 39.999, 54.999]), (True, [14.999, 29.999, 44.999, 59.999])],
)
def test_so_does_a_partition_that_speaks_for_the_first_time(restarts, ends):
    job = Job(2)
    job.symbols = 20
    job.take(0, *range(61))  # the first eight reach 7 s
    job.run(10)
    if restarts:  # then nobody knows how many symbols there are
        job.restart()
    job.take(1, 60)
    job.run(2.5)
    closing = [watermark_s(plan) for plan in job.batches if plan.watermark_ms]
    assert closing == [*ends, 60]


@pytest.mark.usefixtures("_small_batches")
def test_so_does_one_that_speaks_for_the_first_time_in_a_topic_whose_first_records_have_expired():
    job = Job(2)
    job.symbols = 20
    job.take(0, *range(-20, 61))
    job.expire(0, 20)
    job.run(10)
    job.take(1, 60)
    job.run(2.5)
    closing = [watermark_s(plan) for plan in job.batches if plan.watermark_ms]
    assert closing == [24.999, 39.999, 54.999, 60]


def test_a_restart_that_knows_of_no_symbols_ends_one_window_of_each_first():
    job = Job()
    job.take(0, 1)
    job.run(2.5)
    job.restart()
    job.take(0, 61)
    first, second = job.run(2.5)
    assert (watermark_s(first), watermark_s(second)) == (9.999, 61.0)
    assert (first.records, second.records) == (1, 0)


@pytest.mark.usefixtures("_small_batches")
def test_of_more_partitions_than_records_fit_one_of_each_is_read():
    job = Job(7)
    for seconds in ([0], [1], [6000, 6001]):  # those after a gap are in many windows of their own
        for partition in range(7):
            job.take(partition, *seconds)
        job.run(2.5)
    assert [plan.records for plan in job.batches] == [7, 7, 7, 7]


@pytest.mark.usefixtures("_small_batches")
def test_a_partition_that_is_not_read_to_its_end_holds_nothing_back_by_being_silent():
    job = Job(2)
    job.take(1, *range(500))
    for second in range(5):
        job.take(0, second, 1000 + second)
        job.ask()
        job.now_s += 10
    assert job.batches[-1].offsets[1] < 500
    assert job.heard.held_back == []


def test_a_silent_partition_is_named_with_when_its_last_record_came():
    job = Job(3)
    job.take(0, 0)
    job.take(1, 0)
    for second in range(40):
        job.take(0, second)
        job.run(1)
    silent = [it.partition for it in job.heard.held_back]
    assert silent == [1, 2]
    assert [it.since for it in job.heard.held_back] == ["2026-01-02T15:04:00.000000Z", None]
    job.take(1, 40)
    job.take(0, 40)
    job.run(2.1)
    assert [it.partition for it in job.heard.held_back] == [2]


def test_a_partition_in_which_all_is_refused_is_named_as_a_silent_one_is():
    job = Job(3)
    for second in range(40):
        job.take(0, second)
        job.take(1, None)
        job.run(1)
    assert job.heard.held_back == [HeldBack(partition=it, since=None) for it in (1, 2)]
    job.take(1, 40)
    job.take(0, 40)
    job.run(2.1)
    assert [it.partition for it in job.heard.held_back] == [2]


@pytest.mark.usefixtures("_small_batches")
@pytest.mark.parametrize("spoke", [[], [0]])
def test_of_a_backlog_others_are_read_however_many_refused_records_come_in_one(spoke):
    job = Job(2)
    job.take(1, *spoke)
    job.run(2.5)
    job.take(0, *range(6000))
    for _ in range(800):
        job.take(1, None)
        job.run(ASKED_EVERY_S)
    assert job.batches[-1].offsets[0] > 1000
    assert job.heard.backlogs[-1] is not None
    assert [it.partition for it in job.heard.held_back] == [1]


def test_what_lies_apart_waits_for_no_partition_in_which_all_is_refused():
    job = Job(2)
    job.take(1, 0)
    job.run(2.5)
    job.take(0, *range(600, 610))
    job.take(1, None)
    (plan,) = job.run(2.5)
    assert plan.offsets == {0: 10, 1: 2}


def test_a_partition_that_once_had_events_is_named_when_all_that_comes_is_refused():
    job = Job(2)
    job.take(1, 0)
    for second in range(40):
        job.take(0, second)
        job.take(1, *[None] * 10)
        job.run(1)
    assert job.heard.held_back == [HeldBack(partition=1, since="2026-01-02T15:04:00.000000Z")]


def test_a_partition_whose_clock_is_behind_is_named_with_the_time_of_its_newest_event():
    job = Job(2, TIMING._replace(delay=timedelta(seconds=3)))
    job.take(1, 5)
    for second in range(40):
        job.take(0, second + 6)
        job.take(1, 4)
        job.run(1)
    assert job.heard.held_back == [HeldBack(partition=1, since="2026-01-02T15:04:05.000000Z")]


def test_behind_a_silent_partition_reading_waits_once_the_state_is_full():
    job = Job(2)
    job.take(1, 0)
    job.take(0, 0)
    job.state_bytes = FULL + 1
    (full,) = job.run(1)
    job.take(0, 41)
    with capture_logs() as logs:
        assert job.run(10) == []
    assert [(log["partitions"], log["state_bytes"]) for log in logs] == [([1], FULL + 1)]
    assert job.heard.idles > 0
    job.state_bytes = 0
    job.take(1, 42)
    (last,) = job.run(2.1)
    assert (full.offsets, last.offsets) == ({0: 1, 1: 1}, {0: 2, 1: 2})


@pytest.mark.parametrize("spoke", [[], [0]])
def test_behind_a_partition_in_which_all_is_refused_only_that_one_is_read_once_the_state_is_full(
    spoke,
):
    job = Job(2)
    job.take(0, 0)
    job.take(1, *spoke)
    job.state_bytes = FULL + 1
    job.run(2.5)
    for second in range(1, 31):
        job.take(0, second)
        job.take(1, None)
        job.run(1)
    assert job.batches[-1].offsets[0] == 1
    assert job.batches[-1].offsets[1] >= len(spoke) + 28
    job.state_bytes = 0
    job.take(1, 31)
    job.run(5)
    assert job.batches[-1].offsets == {0: 31, 1: len(spoke) + 31}
    assert watermark_s(job.batches[-1]) == 30.0


def test_where_nothing_comes_at_all_and_a_backlog_is_left_the_silent_partition_is_named():
    job = Job(2)
    job.take(1, 0)
    job.take(0, 0)
    job.run(1)
    job.state_bytes = FULL + 1
    job.take(0, 41)
    job.run(2.1)
    job.take(0, 42)
    job.run(40)
    assert [it.partition for it in job.heard.held_back] == [1]


def test_what_lies_apart_is_not_read_at_once():
    job = Job(2)
    job.take(0, *range(10))
    job.take(1, *range(0, 1000, 10))
    first, second = job.run(2.1)
    assert first.offsets[0] == 10
    assert first.offsets[1] < 10  # a minute beyond the other, and a record
    assert second.offsets == {0: 10, 1: 100}


def test_a_partition_that_is_silent_but_ahead_holds_nothing_back():
    job = Job(2)
    job.take(1, 1000)
    for second in range(40):
        job.take(0, second)
        job.run(1)
    assert job.heard.held_back == []


def test_several_windows_ago_or_never_the_watermark_does_not_go_back():
    job = Job(2, TIMING._replace(delay=timedelta(seconds=5)))
    job.take(0, 100)
    job.take(1, 100)
    (first,) = job.run(1)
    assert watermark_s(first) == 95.0
    job.take(0, 97, 96)
    (second,) = job.run(3)
    assert watermark_s(second) == 95.0
