"""Plans the query's batches: when one is due, what it reads, and where the watermark stands."""

import time
from collections.abc import Callable
from datetime import timedelta
from threading import Event
from typing import NamedTuple, Protocol

import structlog
from confluent_kafka import KafkaException

from contracts.status import CatchingUp, HeldBack
from contracts.times import format_time, from_kafka_ms
from spark_job.reading import plan as plans
from spark_job.reading.backlog import Backlog
from spark_job.reading.batch_size import BatchSize
from spark_job.reading.losses import Expiry
from spark_job.reading.offset_log import Offsets
from spark_job.reading.plan import EventTimes, Plan
from spark_job.reading.same_topic import SameTopic
from spark_job.reading.schedule import Schedule
from spark_job.reading.silence import Silence
from spark_job.reading.topic_log import Bounds, Tail, TopicLog

_TAIL = 8
_TAIL_AT_START = 500
_LISTENER_S = 0.5  # what a batch came to is told right after it
_MICROSECOND = timedelta(microseconds=1)

_BY_PRODUCERS = (
    "records of topic {} are dated by their producers, not by Kafka (message.timestamp.type):"
    " events of one whose clock is ahead are not refused, and make all that follow late"
)

_log = structlog.get_logger()


class Observer(Protocol):
    """Takes in what the planner sees."""

    def notice(self, text: str) -> None:
        """Take in what a person should know."""

    def idle(self) -> None:
        """Take in that there is nothing to read."""

    def waiting(self, text: str) -> None:
        """Take in what is waited for, each time that it is asked for in vain."""

    def backlog(self, found: CatchingUp | None) -> None:
        """Take in that there is a backlog, or none."""

    def held_back_by(self, found: list[HeldBack]) -> None:
        """Take in which partitions hold windows back."""


class Timing(NamedTuple):
    """The settings that it goes by; `most_state_bytes` is what there is room for."""

    length: timedelta
    slide: timedelta
    delay: timedelta
    trigger: timedelta
    most_state_bytes: int


class Outcome(NamedTuple):
    """What a batch came to.

    The windows, or panes of them, that it touched, the size of the state that it left, the latest
    event time that it found in each partition, and the seconds that it took.
    """

    windows: int
    state_bytes: int
    marks: EventTimes
    took_s: float


class Planner:
    """Plans batches of a topic, from `begins` on; a partition that is not in it from its earliest.

    Up to the offsets `small_until` batches take in no more than a first one does. `topic_id` is the
    id that the topic had at the start.
    The JVM calls `first` and `next`, on the query's thread; what a batch has come to, it is told by
    Spark's listener, on another. `clock` gives seconds.
    """

    def __init__(
        self,
        topic: str,
        log: TopicLog,
        begins: Offsets,
        timing: Timing,
        observer: Observer,
        *,
        small_until: Offsets | None = None,
        topic_id: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._topic = topic
        self._log = log
        self._same_topic = SameTopic(topic, log, topic_id)
        self._expiry = Expiry()
        self._begins = begins
        self._observer = observer
        self._small_until = small_until or {}
        self._clock = clock
        slide_us = timing.slide // _MICROSECOND
        self._delay_us = timing.delay // _MICROSECOND
        self._most_state_bytes = timing.most_state_bytes
        # Of partitions that do not come equally far, as much is in the state as one window has.
        self._drift_us = timing.length // _MICROSECOND
        self._schedule = Schedule(timing.trigger.total_seconds(), slide_us)
        self._batch_size = BatchSize(timing.length // timing.slide, slide_us)
        self._backlog = Backlog()
        self._silence = Silence()
        self._tails: dict[tuple[int, int], Tail] = {}
        self._observed: EventTimes = {}
        self._state_bytes = 0
        self._full = False
        self._has_told_of_producers = False
        self._recalled: EventTimes | None = None
        self._learnt = Event()
        self._learnt.set()

    def first(self) -> str:
        """Give the plan before the first batch: nothing has been read."""
        return plans.encode(Plan(self._begins, self._begins, {}, 0), self._topic)

    def next(self, after: str) -> str | None:
        """Plan the batch that follows on another; None while none is due."""
        now_s = self._clock()
        if not self._schedule.look_is_due(now_s):
            return None
        self._learnt.wait(_LISTENER_S)
        before = plans.decode(after, self._topic)
        try:
            self._same_topic.look(now_s)
            bounds = self._same_topic.bounds(before.offsets)
            plan = self._plan(now_s, before, bounds)
        except KafkaException as error:
            self._observer.waiting(f"waiting for the broker: {error.args[0].str()}")
            self._schedule.ask_again(now_s)
            return None
        if plan is None:
            return None
        plan = self._without_expired(plan, bounds.earliest)
        self._learnt.clear()
        return plans.encode(plan, self._topic)

    def ran(self, before: str, batch: str, came: Outcome) -> None:
        """Take in that a batch has run."""
        self._observed = plans.later(self._observed, came.marks)
        start, plan = (plans.decode(text, self._topic) for text in (before, batch))
        self._batch_size.learn(start, plan, came.windows, came.took_s)
        self._state_bytes = came.state_bytes
        self._learnt.set()

    def _plan(self, now_s: float, before: Plan, bounds: Bounds) -> Plan | None:
        ends = bounds.ends
        start = self._start(before, bounds.earliest)
        unread = {it: ends[it] - start.offsets[it] for it in ends if ends[it] > start.offsets[it]}
        self._tell_of_silence(now_s, start, unread, ends)
        self._tell_of_backlog(now_s, start, unread, ends)
        if self._is_full(start, unread):
            unread, ends = {}, start.offsets
        most = self._most_records(start)
        if sum(unread.values()) > most:
            plan = self._part(start, unread, most)
            self._schedule.made(now_s, plan.watermark_ms, behind=True)
            return plan
        plan = self._reaching(start, ends)
        if not self._schedule.batch_is_due(now_s, before.watermark_ms, plan.watermark_ms):
            self._schedule.look_later(now_s, plan.watermark_ms)
            return None
        if not unread and not self._schedule.closes(before.watermark_ms, plan.watermark_ms):
            self._schedule.waited(now_s)
            self._observer.idle()
            return None
        fitting = self._batch_size.fitting(start, plan.watermark_ms, plan.records)
        if fitting < plan.records or self._lie_apart(plan, unread):
            plan = self._part(start, unread, fitting)
        self._schedule.made(now_s, plan.watermark_ms, behind=plan.offsets != ends)
        return plan

    def _most_records(self, start: Plan) -> int:
        careful = any(start.offsets.get(it, end) < end for it, end in self._small_until.items())
        return self._batch_size.fewest_records if careful else self._batch_size.most_records

    def _is_full(self, start: Plan, unread: Offsets) -> bool:
        """Tell whether reading on would only open more windows than there is room for.

        It does where the slowest partition has nothing to give: what is read of others closes none.
        """
        times = {it: start.event_times.get(it, 0) for it in start.offsets}
        slowest = min(times.values(), default=0)
        holding = [it for it, time_us in times.items() if time_us == slowest and it not in unread]
        full = bool(unread and holding) and self._state_bytes > self._most_state_bytes
        if full and not self._full:
            text = "reading waits: partitions without records hold windows back"
            _log.warning(text, partitions=holding, state_bytes=self._state_bytes)
        self._full = full
        return full

    def _lie_apart(self, plan: Plan, unread: Offsets) -> bool:
        """Tell whether some of what would be read lies far ahead of the rest."""
        reached = [plan.event_times[it] for it in unread if it in plan.event_times]
        return bool(reached) and max(reached) - min(reached) > self._drift_us

    def _start(self, before: Plan, earliest: Offsets) -> Plan:
        """Give where the next batch begins, with all that is known of the event times there."""
        offsets = earliest | before.offsets  # a new partition is read from its first record
        if self._recalled is None:
            # The job before this one may have learned of later event times, and not have said so.
            self._recalled = _times(self._look(offsets, _TAIL_AT_START))
            self._expiry.known(earliest)  # the start tells of what is gone by then
        times = plans.later(plans.later(before.event_times, self._recalled), self._observed)
        return Plan(offsets, offsets, times, before.watermark_ms)

    def _without_expired(self, plan: Plan, earliest: Offsets) -> Plan:
        """Leave out of a plan what Kafka has removed, and tell of it."""
        left, texts = self._expiry.without_expired(plan, earliest)
        for text in texts:
            self._observer.notice(text)
            self._backlog.over()  # what is gone would count as read
        return left

    def _part(self, start: Plan, unread: Offsets, most: int) -> Plan:
        """Plan as much of a backlog as may be taken in at once."""
        while True:
            shares = plans.share(unread, most)
            ends = plans.align(
                start.offsets, shares, start.event_times, self._drift_us, self._reached
            )
            plan = self._reaching(start, ends)
            most = self._batch_size.fitting(start, plan.watermark_ms, plan.records)
            if most >= plan.records or plan.records <= len(unread):  # one of each is the least
                return plan

    def _reaching(self, start: Plan, ends: Offsets) -> Plan:
        """Plan to read up to these offsets."""
        read = {it: end for it, end in ends.items() if end > start.offsets[it]}
        times = plans.later(start.event_times, self._reached(read))
        watermark_ms = plans.watermark_ms(times, ends, self._delay_us)
        return Plan(ends, start.offsets, times, max(watermark_ms, start.watermark_ms))

    def _reached(self, offsets: Offsets) -> EventTimes:
        known = self._tails
        unknown = {it: end for it, end in offsets.items() if (it, end) not in known}
        found = self._look(unknown, _TAIL) if unknown else {}
        self._tails = {(it, end): found.get(it) or known[it, end] for it, end in offsets.items()}
        return _times({it: self._tails[it, end] for it, end in offsets.items()})

    def _look(self, offsets: Offsets, records: int) -> dict[int, Tail]:
        """Look at the records before offsets, and at whose times the topic has."""
        found = self._log.tails(offsets, records)
        if not self._has_told_of_producers and any(it.by_producer for it in found.values()):
            self._has_told_of_producers = True
            self._observer.notice(_BY_PRODUCERS.format(self._topic))
        return found

    def _tell_of_backlog(self, now_s: float, start: Plan, unread: Offsets, ends: Offsets) -> None:
        if sum(unread.values()) > self._most_records(start):
            self._observer.backlog(self._backlog.see(now_s, start, ends))
        else:
            self._backlog.over()
            self._observer.backlog(None)

    def _tell_of_silence(self, now_s: float, start: Plan, unread: Offsets, ends: Offsets) -> None:
        """Name the partitions that hold back others that go on: no event comes in them.

        What is refused is none, however much of it comes.
        """
        behind = sum(unread.values()) > self._most_records(start)
        read = start.event_times
        times = read if behind else self._reaching(start, ends).event_times
        to_come = {it for it in unread if behind or times.get(it, 0) > read.get(it, 0)}
        silent = self._silence.see(now_s, {it: times.get(it, 0) for it in ends}) - to_come
        going_on = [read[it] for it in read.keys() - silent]
        holding = {it for it in silent if read.get(it, 0) < min(going_on, default=0)}
        tails = self._look({it: ends[it] for it in holding}, 1) if holding else {}
        self._observer.held_back_by(
            [
                HeldBack(partition=it, since=_last_event(tails[it], read.get(it)))
                for it in sorted(holding)
            ]
        )

    class Java:
        """What Py4J shows to the JVM."""

        implements = ("marketdata.kafka.Planner",)


def _times(tails: dict[int, Tail]) -> EventTimes:
    return {it: tail.event_time_us for it, tail in tails.items() if tail.event_time_us is not None}


def _last_event(last: Tail, read_us: int | None) -> str | None:
    """Tell when a partition's last event came; where refused ones followed, when it happened."""
    ms = last.taken_in_ms
    if last.event_time_us is None:
        ms = None if read_us is None else read_us // 1000
    return None if ms is None else format_time(from_kafka_ms(ms))
