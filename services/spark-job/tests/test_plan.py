"""Whatever lies in which partition: nothing is late, nothing is left out, little is held open.

The plan is compared with a plain simulation: a log is a list of event times, in microseconds since
1970, where None stands for a record that is no event.
"""

from collections.abc import Mapping
from itertools import accumulate

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from spark_job.reading.plan import Plan, align, decode, encode, share, watermark_ms

type Log = list[int | None]

SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US
DAY_US = 24 * 60 * MINUTE_US
TAIL = 8
HALVINGS = 2**8


class Simulation:
    """Reads logs in batches, as the planner does, and checks each batch."""

    def __init__(self, logs: list[Log], drift_us: int, delay_us: int = 0) -> None:
        self.logs = dict(enumerate(logs))
        self.there = dict.fromkeys(self.logs, 0)
        self.offsets = dict.fromkeys(self.logs, 0)
        self.times: dict[int, int] = {}
        self.drift_us = drift_us
        self.delay_us = delay_us
        self.watermark_ms = 0
        self.batches: list[dict[int, Log]] = []

    def append(self, growth: Mapping[int, int]) -> None:
        """Let so many records come."""
        for partition, records in growth.items():
            self.there[partition] = min(self.there[partition] + records, len(self.logs[partition]))

    def unread(self) -> dict[int, int]:
        return {
            it: end - self.offsets[it] for it, end in self.there.items() if end > self.offsets[it]
        }

    def reached(self, offsets: Mapping[int, int]) -> dict[int, int]:
        tails = {it: events(self.logs[it][max(0, end - TAIL) : end]) for it, end in offsets.items()}
        return {partition: max(tail) for partition, tail in tails.items() if tail}

    def read(self, most: int) -> None:
        """Read a batch."""
        shares = share(self.unread(), most)
        ends = align(
            self.offsets,
            shares,
            shares.keys(),
            dict(self.times),
            drift_us=self.drift_us,
            reached=self.reached,
        )
        batch = {it: self.logs[it][self.offsets[it] : ends[it]] for it in self.logs}
        assert ends.keys() == self.offsets.keys()
        assert all(self.offsets[it] <= end <= self.there[it] for it, end in ends.items())
        assert 1 <= sum(map(len, batch.values())) <= max(most, len(self.logs))
        self.require_in_time(batch)
        for partition, time_us in self.reached(ends).items():
            self.times[partition] = max(time_us, self.times.get(partition, 0))
        self.offsets = ends
        self.batches.append(batch)
        self.require_in_step(batch, shares)
        found = watermark_ms(self.times, self.logs.keys(), self.delay_us)
        assert found >= 0
        self.watermark_ms = max(self.watermark_ms, found)
        self.require_behind_each_partition()

    def require_in_time(self, batch: Mapping[int, Log]) -> None:
        for log in batch.values():
            assert all(time_us >= self.watermark_ms * 1000 for time_us in events(log))

    def require_behind_each_partition(self) -> None:
        if self.watermark_ms:
            for partition, end in self.offsets.items():
                latest = max(events(self.logs[partition][:end]))
                assert self.watermark_ms * 1000 <= latest - self.delay_us

    def require_in_step(self, batch: Mapping[int, Log], shares: Mapping[int, int]) -> None:
        """Of what a batch read, hardly anything is further ahead of the slowest than the drift."""
        if shares.keys() <= self.times.keys():
            latest = min(self.times[partition] for partition in shares) + self.drift_us
            for partition, records in shares.items():
                ahead = [time_us for time_us in events(batch[partition]) if time_us > latest]
                assert len(ahead) <= records // HALVINGS + TAIL

    def open(self) -> int:
        """Count the events whose windows may not be over."""
        read = [
            time_us for batch in self.batches for log in batch.values() for time_us in events(log)
        ]
        return sum(time_us > self.watermark_ms * 1000 for time_us in read)


def events(log: Log) -> list[int]:
    return [time_us for time_us in log if time_us is not None]


def in_order(start_us: int, steps: list[int], invalid: set[int]) -> Log:
    times = accumulate(steps, initial=start_us)
    return [None if place in invalid else time_us for place, time_us in enumerate(times)]


steps = st.sampled_from([0, 1, 999, SECOND_US, 10 * SECOND_US, MINUTE_US, DAY_US])
logs = st.builds(
    in_order,
    st.integers(0, 14 * DAY_US),
    st.lists(steps, max_size=60),
    st.sets(st.integers(0, 60), max_size=30),
)
topics = st.lists(logs, min_size=1, max_size=4)
growths = st.lists(
    st.tuples(st.dictionaries(st.integers(0, 3), st.integers(0, 60)), st.integers(1, 50)),
    max_size=20,
)


@given(
    topic=topics,
    appends=growths,
    rest=st.integers(1, 80),
    drift_us=st.sampled_from([0, MINUTE_US, DAY_US]),
    delay_us=st.sampled_from([0, 1, 5 * SECOND_US]),
)
def test_nothing_is_late_whatever_comes_into_which_partition_when(
    topic, appends, rest, drift_us, delay_us
):
    simulation = Simulation(topic, drift_us, delay_us)
    for growth, most in appends:
        simulation.append({it: records for it, records in growth.items() if it < len(topic)})
        if simulation.unread():
            simulation.read(most)
    simulation.append({partition: len(log) for partition, log in enumerate(topic)})
    while simulation.unread():
        simulation.read(rest)
    for partition, log in enumerate(topic):  # all of it, once, in its order
        assert [it for batch in simulation.batches for it in batch[partition]] == log


@given(
    start_us=st.integers(0, DAY_US),
    moves=st.lists(st.tuples(steps, st.integers(0, 5 * SECOND_US)), min_size=1, max_size=60),
    most=st.integers(1, 50),
)
def test_what_is_out_of_order_by_no_more_than_the_delay_is_not_late(start_us, moves, most):
    times = accumulate((step for step, _ in moves), initial=start_us)
    log = [max(0, time_us - back) for time_us, (_, back) in zip(times, moves, strict=False)]
    simulation = Simulation([log, log[::2]], MINUTE_US, delay_us=5 * SECOND_US)
    simulation.append({0: len(log), 1: len(log)})
    while simulation.unread():
        simulation.read(most)


@pytest.mark.parametrize("sparse_every_us", [MINUTE_US, DAY_US // 24, DAY_US // 2])
def test_two_weeks_of_a_dense_and_a_sparse_partition_keep_little_open(sparse_every_us):
    dense = list(range(0, 14 * DAY_US, 10 * SECOND_US))
    sparse = list(range(0, 14 * DAY_US, sparse_every_us))
    simulation = Simulation([dense, sparse], MINUTE_US)
    simulation.append({0: len(dense), 1: len(sparse)})
    most_open, most = 0, 2000
    while simulation.unread():
        simulation.read(most)
        most_open = max(most_open, simulation.open())
        simulation.batches.clear()
        assert simulation.open() == 0
    assert most_open <= most + MINUTE_US // (10 * SECOND_US)


def test_the_watermark_is_that_of_the_slowest_partition_less_the_delay():
    times = {0: 90 * SECOND_US, 1: 60 * SECOND_US + 1999}
    assert watermark_ms(times, {0, 1}, 0) == 60_001
    assert watermark_ms(times, {0, 1}, 5 * SECOND_US) == 55_001
    assert watermark_ms(times, {0, 1}, DAY_US) == 0


@pytest.mark.parametrize("partitions", [{0, 1, 2}, set()])
def test_there_is_no_watermark_before_each_partition_has_had_an_event(partitions):
    assert watermark_ms({0: 90 * SECOND_US, 1: 60 * SECOND_US}, partitions, 0) == 0


@pytest.mark.parametrize(
    ("unread", "most", "shares"),
    [
        ({0: 10}, 4, {0: 4}),
        ({0: 100, 1: 100}, 50, {0: 25, 1: 25}),
        ({0: 100, 1: 5, 2: 100}, 45, {0: 20, 1: 5, 2: 20}),
        ({0: 3, 1: 4}, 50, {0: 3, 1: 4}),
        ({0: 9, 1: 9, 2: 9}, 1, {0: 1, 1: 1, 2: 1}),
        ({}, 10, {}),
    ],
)
def test_what_a_partition_has_no_use_for_is_for_the_others(unread, most, shares):
    assert share(unread, most) == shares


@given(
    st.dictionaries(st.integers(0, 40), st.integers(1, 10**7), min_size=1), st.integers(1, 10**6)
)
@example({0: 1, 1: 2, 2: 2}, 4)
def test_a_batch_takes_in_all_that_it_may(unread, most):
    shares = share(unread, most)
    assert shares.keys() == unread.keys()
    assert all(1 <= records <= unread[partition] for partition, records in shares.items())
    assert sum(shares.values()) == max(min(most, sum(unread.values())), len(unread))


def test_a_partition_without_an_event_yet_is_read_by_itself():
    logs = {0: [5 * MINUTE_US] * 40, 1: [None] * 40, 2: [None] * 30 + [MINUTE_US] * 10}

    def reached(offsets):
        found = {it: events(logs[it][:end]) for it, end in offsets.items()}
        return {it: max(times) for it, times in found.items() if times}

    nothing = {0: 0, 1: 0, 2: 0}
    shares = {0: 20, 1: 20, 2: 20}
    assert align(nothing, shares, {0, 1, 2}, {}, drift_us=0, reached=reached) == {
        0: 0,
        1: 20,
        2: 20,
    }
    shares = {0: 20, 2: 40}
    ends = align(nothing, shares, {0, 2}, {}, drift_us=5 * MINUTE_US, reached=reached)
    assert ends == {0: 20, 1: 0, 2: 40}


def test_one_that_is_ahead_already_waits_for_the_others():
    times = {0: [10 * MINUTE_US] * 40, 1: list(range(40))}

    def reached(offsets):
        return {it: times[it][end - 1] for it, end in offsets.items()}

    known = {0: 10 * MINUTE_US, 1: 9}
    ends = align({0: 10, 1: 10}, {0: 30, 1: 20}, {0, 1}, known, drift_us=MINUTE_US, reached=reached)
    assert ends == {0: 10, 1: 30}


@pytest.mark.parametrize("known", [{0: 10 * MINUTE_US}, {0: 10 * MINUTE_US, 1: MINUTE_US}])
def test_none_waits_for_a_partition_that_has_only_refused_records_left(known):
    def reached(offsets):
        return {0: 12 * MINUTE_US} if 0 in offsets else {}

    ends = align({0: 10, 1: 10}, {0: 30, 1: 3}, {0}, known, drift_us=MINUTE_US, reached=reached)
    assert ends == {0: 40, 1: 13}


def test_of_a_partition_that_goes_further_as_much_is_read_as_the_drift_lets():
    times = {0: list(range(0, 1000 * SECOND_US, SECOND_US)), 1: [0] * 99 + [100 * SECOND_US] * 200}

    def reached(offsets):
        return {it: times[it][end - 1] for it, end in offsets.items()}

    ends = align({0: 0, 1: 0}, {0: 1000, 1: 200}, {0, 1}, {}, drift_us=MINUTE_US, reached=reached)
    # It has passed 160 s, for it shall not be what the others wait for, and only just.
    assert ends[1] == 200
    assert 161 < ends[0] <= 161 + 1000 // HALVINGS + 1


PLAN = Plan({0: 120, 11: 80}, {0: 100, 11: 80}, {0: 1_767_366_245_123_456}, 1_767_366_245_123)


def test_a_plan_keeps_the_topic_s_offsets_as_spark_s_own_source_does():
    text = encode(PLAN, "raw.events")
    assert msgspec.json.decode(text)["raw.events"] == {"0": 120, "11": 80}
    assert decode(text, "raw.events") == decode(text.encode(), "raw.events") == PLAN
    assert PLAN.records == 20


@given(
    st.builds(
        Plan,
        *[st.dictionaries(st.integers(0, 1000), st.integers(0, 2**62)) for _ in range(3)],
        st.integers(0, 2**50),
        st.dictionaries(st.integers(0, 1000), st.integers(0, 2**62)),
    )
)
def test_a_plan_is_read_as_it_was_written(plan):
    assert decode(encode(plan, "raw"), "raw") == plan


def test_a_plan_of_an_older_version_leaves_no_windows_for_those_after_it():
    text = '{"raw":{"0":5},"begins at":{"0":2},"event times":{"0":7000},"watermark ms":7}'
    assert decode(text, "raw") == Plan({0: 5}, {0: 2}, {0: 7000}, 7, {})


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ('{"raw":{"0":5}}', KeyError),  # of Spark's own source
        (encode(PLAN, "other"), KeyError),
        ("{", msgspec.DecodeError),
        ('{"raw":{"a":5},"begins at":{},"event times":{},"watermark ms":0}', msgspec.DecodeError),
    ],
)
def test_what_is_no_plan_of_the_topic_is_told_apart(text, error):
    with pytest.raises(error):
        decode(text, "raw")
