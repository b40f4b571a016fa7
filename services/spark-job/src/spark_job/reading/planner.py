"""Plans the query's batches: when one is due, what it reads, and where the watermark stands."""

import time
from collections.abc import Callable, Collection
from datetime import timedelta
from functools import partial
from threading import Event
from typing import NamedTuple

import structlog
from confluent_kafka import KafkaException

from contracts.times import MICROSECOND
from spark_job.reading import plan as plans
from spark_job.reading.batch_size import BatchSize, Closing
from spark_job.reading.losses import Expiry
from spark_job.reading.offset_log import Offsets
from spark_job.reading.plan import EventTimes, Plan
from spark_job.reading.reporting import Observer, Reporter, Snapshot
from spark_job.reading.same_topic import SameTopic
from spark_job.reading.schedule import Schedule
from spark_job.reading.topic_log import Bounds, Tail, TopicLog

_TAIL_RECORDS = 8
_TAIL_RECORDS_AT_START = 500
_LISTENER_S = 0.5  # the outcome of a batch is reported right after it

_BY_PRODUCERS = (
    "records of topic {} are dated by their producers, not by Kafka (message.timestamp.type):"
    " events of one whose clock is ahead are not refused, and make all that follow late"
)

_log = structlog.get_logger()


class Timing(NamedTuple):
    """The planner's settings; `most_state_bytes` is the room for the state."""

    length: timedelta
    slide: timedelta
    delay: timedelta
    trigger: timedelta
    most_state_bytes: int


class Outcome(NamedTuple):
    """The outcome of a batch.

    The windows, or panes of them, that it touched, the size of the state that it left, the symbols
    of each source that have open windows in it, the latest event time that it found in each
    partition, and the seconds that it took.
    """

    windows: int
    state_bytes: int
    symbols: int
    marks: EventTimes
    took_s: float


class Planner:
    """Plans batches of a topic, from `begins` on; other partitions from their earliest offset.

    Up to the offsets `small_until`, batches are no larger than a first one. At the start the topic
    had the id `topic_id`, and began at the offsets `earliest`: what had expired by then is reported
    elsewhere. The JVM calls `first` and `next` on the query's thread; Spark's listener reports the
    outcome of a batch on another. `clock` gives seconds.
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
        earliest: Offsets | None = None,
        topic_id: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._topic = topic
        self._log = log
        self._same_topic = SameTopic(topic, log, topic_id)
        self._expiry = Expiry(earliest or {})
        self._begins = begins
        self._observer = observer
        self._small_until = small_until or {}
        self._clock = clock
        slide_us = timing.slide // MICROSECOND
        self._delay_us = timing.delay // MICROSECOND
        self._most_state_bytes = timing.most_state_bytes
        # The state may hold as much of partitions that are ahead as one window has.
        self._drift_us = timing.length // MICROSECOND
        self._schedule = Schedule(timing.trigger.total_seconds(), slide_us)
        self._batch_size = BatchSize(timing.length // timing.slide, slide_us)
        self._closing = Closing(timing.length // timing.slide, slide_us)
        self._reporter = Reporter(observer, partial(self._tails_before, records=1))
        self._tails: dict[tuple[int, int], Tail] = {}
        self._observed: EventTimes = {}
        self._state_bytes = 0
        self._full = False
        self._has_told_of_producers = False
        self._waits = False
        self._recalled: EventTimes | None = None
        self._learnt = Event()
        self._learnt.set()

    def first(self) -> str:
        """Give the plan before the first batch: nothing has been read."""
        return plans.encode(Plan(self._begins, self._begins, {}, 0), self._topic)

    def next(self, after: str) -> str | None:
        """Plan the batch that follows another; None while none is due."""
        now_s = self._clock()
        if not self._schedule.look_is_due(now_s):
            return None
        self._learnt.wait(_LISTENER_S)
        before = plans.decode(after, self._topic)
        try:
            bounds = self._same_topic.bounds(now_s, before.offsets)
            plan = self._plan(now_s, before, bounds)
        except KafkaException as error:
            self._waits = True
            self._observer.waiting(f"waiting for the broker: {error.args[0].str()}")
            self._schedule.ask_again(now_s)
            return None
        waited, self._waits = self._waits, False
        if plan is None:
            if waited:
                self._observer.idle()  # it answers again, though no batch may be due for long
            return None
        plan, losses = self._expiry.without_expired(plan, bounds.earliest)
        for text in losses:
            self._observer.notice(text)
            self._reporter.expired()
        self._learnt.clear()
        return plans.encode(plan, self._topic)

    def ran(self, before: str, batch: str, came: Outcome) -> None:
        """Learn the outcome of a batch."""
        self._observed = plans.later(self._observed, came.marks)
        start, plan = (
            self._with_watermark(plans.decode(text, self._topic)) for text in (before, batch)
        )
        self._batch_size.learn(start, plan, came.windows, came.took_s)
        self._closing.learn(came.symbols)
        self._state_bytes = came.state_bytes
        self._learnt.set()

    def _plan(self, now_s: float, before: Plan, bounds: Bounds) -> Plan | None:
        start = self._start(before, bounds.earliest)
        snapshot = self._snapshot(start, bounds.ends)
        self._reporter.tell(now_s, snapshot)
        if (room := self._with_room(snapshot)) != snapshot.ends:
            snapshot = self._snapshot(start, room)
        plan = snapshot.whole
        if snapshot.behind:
            most = self._most_records(start)
        elif self._is_due(now_s, before, snapshot):
            most = self._batch_size.fitting(start, plan.watermark_ms, plan.records)
        else:
            return None
        if most < plan.records or self._lie_apart(plan, snapshot.to_come):
            plan = self._part(snapshot, most)
        # It closes no more windows than allowed; the next one, at once, closes the rest.
        made = self._closing.within(self._with_first_watermark(start, plan, bounds.earliest), plan)
        is_part = plan.offsets != snapshot.ends or made.watermark_ms < plan.watermark_ms
        self._schedule.made(now_s, made.watermark_ms, behind=snapshot.behind or is_part)
        return made

    def _is_due(self, now_s: float, before: Plan, snapshot: Snapshot) -> bool:
        """Tell whether a batch is due, and there is something for it to read or to close."""
        read_ms, seen_ms = before.watermark_ms, snapshot.whole.watermark_ms
        if not self._schedule.batch_is_due(now_s, read_ms, seen_ms):
            self._schedule.look_later(now_s, seen_ms)
            return False
        if not snapshot.unread and not self._schedule.closes(read_ms, seen_ms):
            self._schedule.waited(now_s)
            self._observer.idle()
            return False
        return True

    def _with_first_watermark(self, start: Plan, plan: Plan, earliest: Offsets) -> Plan:
        """Give a start that has no watermark that of the first events that were read.

        Everything that was read before each partition had an event is still open, and `plan`, if
        it has a watermark, is the first to close some of it. Of what has expired since, nothing
        says where it began.
        """
        nothing_read = not start.event_times or start.offsets == self._begins
        if start.watermark_ms or nothing_read or not plan.watermark_ms:
            return start
        read_from = plans.later(self._begins, earliest)
        first = {it: read_from[it] + _TAIL_RECORDS for it in start.offsets}
        times = _times(self._tails_before(first, _TAIL_RECORDS))
        return start._replace(watermark_ms=plans.watermark_ms(times, times, self._delay_us))

    def _with_watermark(self, plan: Plan) -> Plan:
        """Give a plan with the watermark of its event times."""
        watermark_ms = plans.watermark_ms(plan.event_times, plan.offsets, self._delay_us)
        return plan._replace(watermark_ms=max(watermark_ms, plan.watermark_ms))

    def _snapshot(self, start: Plan, ends: Offsets) -> Snapshot:
        """Look at what there is to read from `start` up to `ends`."""
        unread = {it: ends[it] - start.offsets[it] for it in ends if ends[it] > start.offsets[it]}
        behind = sum(unread.values()) > self._most_records(start)
        return Snapshot(start, ends, unread, self._up_to(start, ends), behind)

    def _most_records(self, start: Plan) -> int:
        careful = any(start.offsets.get(it, end) < end for it, end in self._small_until.items())
        return self._batch_size.fewest_records if careful else self._batch_size.most_records

    def _with_room(self, snapshot: Snapshot) -> Offsets:
        """Give how far to read if the state has no room for more open windows.

        Records of other partitions than the slowest, which has no events, close no windows; and if
        what was read closes more than a batch may, that comes first.
        """
        start = snapshot.start
        if start.left and self._with_watermark(start) != start:
            return start.offsets
        times = {it: start.event_times.get(it, 0) for it in start.offsets}
        slowest_us = min(times.values(), default=0)
        slowest = {it for it, time_us in times.items() if time_us == slowest_us}
        holding = sorted(slowest - snapshot.to_come)
        full = bool(snapshot.unread and holding) and self._state_bytes > self._most_state_bytes
        if full and not self._full:
            text = "reading waits: partitions without newer events hold windows back"
            _log.warning(text, partitions=holding, state_bytes=self._state_bytes)
        self._full = full
        return start.offsets | {it: snapshot.ends[it] for it in holding} if full else snapshot.ends

    def _lie_apart(self, plan: Plan, to_come: Collection[int]) -> bool:
        """Tell whether some of the events to come are far ahead of the rest."""
        reached = [plan.event_times[it] for it in to_come]
        return bool(reached) and max(reached) - min(reached) > self._drift_us

    def _start(self, before: Plan, earliest: Offsets) -> Plan:
        """Give where the next batch begins, with the known event times there."""
        offsets = earliest | before.offsets  # a new partition is read from its first record
        if self._recalled is None:
            # The previous run may have learned of later event times without storing them.
            self._recalled = _times(self._tails_before(offsets, _TAIL_RECORDS_AT_START))
        times = plans.later(plans.later(before.event_times, self._recalled), self._observed)
        return Plan(offsets, offsets, times, before.watermark_ms, before.left)

    def _part(self, snapshot: Snapshot, most: int) -> Plan:
        """Plan as much of a backlog as one batch may take."""
        start, unread, to_come = snapshot.start, snapshot.unread, snapshot.to_come
        while True:
            shares = plans.share(unread, most)
            ends = plans.align(
                start.offsets,
                shares,
                to_come,
                start.event_times,
                drift_us=self._drift_us,
                reached=self._event_times_at,
            )
            plan = self._up_to(start, ends)
            most = self._batch_size.fitting(start, plan.watermark_ms, plan.records)
            if most >= plan.records or plan.records <= len(unread):  # at least one of each
                return plan

    def _up_to(self, start: Plan, ends: Offsets) -> Plan:
        """Plan to read up to these offsets."""
        read = {it: end for it, end in ends.items() if end > start.offsets[it]}
        times = plans.later(start.event_times, self._event_times_at(read))
        return self._with_watermark(Plan(ends, start.offsets, times, start.watermark_ms))

    def _event_times_at(self, offsets: Offsets) -> EventTimes:
        known = self._tails
        unknown = {it: end for it, end in offsets.items() if (it, end) not in known}
        found = self._tails_before(unknown, _TAIL_RECORDS) if unknown else {}
        self._tails = {(it, end): found.get(it) or known[it, end] for it, end in offsets.items()}
        return _times({it: self._tails[it, end] for it, end in offsets.items()})

    def _tails_before(self, offsets: Offsets, records: int) -> dict[int, Tail]:
        """Look at the records before offsets, and at whose timestamps the topic has."""
        found = self._log.tails(offsets, records)
        if not self._has_told_of_producers and any(it.by_producer for it in found.values()):
            self._has_told_of_producers = True
            self._observer.notice(_BY_PRODUCERS.format(self._topic))
        return found

    class Java:
        """The interface that Py4J offers to the JVM."""

        implements = ("marketdata.kafka.Planner",)


def _times(tails: dict[int, Tail]) -> EventTimes:
    return {it: tail.event_time_us for it, tail in tails.items() if tail.event_time_us is not None}
