"""The status file, written at each of the query's events, which are its signs of progress."""

import json
import time
from collections.abc import Callable
from datetime import timedelta
from functools import cached_property
from threading import Lock
from typing import Any

import structlog
from pyspark import SparkContext
from pyspark.sql.streaming.listener import (
    JStreamingQueryListener,
    QueryStartedEvent,
    QueryTerminatedEvent,
    StreamingQueryListener,
)

from contracts.metrics import Seen
from contracts.status import (
    CatchingUp,
    HeldBack,
    JobDetails,
    JobState,
    PartitionLag,
    StatusWriter,
)
from spark_job.monitoring import progress
from spark_job.monitoring.liveness import Liveness
from spark_job.monitoring.progress import Progress

MOST_NOTICES = 50
LATE_EVENTS = (
    "late events are left out of windows that are written: several producers, and feeds whose times"
    " are out of order, need a longer WATERMARK_DELAY; several partitions do not"
)

_log = structlog.get_logger()


class Report:
    """Writes the status file. Events come from Spark's thread, states from the main one.

    The query is alive whenever it shows progress, and while its next trigger is not due yet. A
    status file that cannot be written is logged and stops nothing. `clock` gives seconds.
    """

    def __init__(
        self,
        writer: StatusWriter[JobDetails],
        details: JobDetails,
        liveness: Liveness,
        trigger: timedelta,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._writer = writer
        self._details = details
        self._liveness = liveness
        self._trigger_s = trigger.total_seconds()
        self._clock = clock
        self._next_trigger_s = clock()
        self._state: JobState = "starting"
        self._error: str | None = None
        self._after: str | None = None
        self._lock = Lock()

    def state(self, state: JobState, error: str | None = None) -> None:
        """Move on to a state."""
        with self._lock:
            self._state, self._error = state, error
            self._write()

    def starts(self, after: str | None) -> None:
        """Start, after a failure if there was one: it is told until the query runs."""
        self._after = after
        self.starts_on()

    def starts_on(self) -> None:
        """Report that the job is starting, no longer waiting: what it waited for is there."""
        self.state("starting", self._after)

    def notice(self, text: str) -> None:
        """Add a notice for people, in the log and in the status file, which has the newest."""
        _log.warning(text)
        with self._lock:
            self._details.notices = [*self._details.notices, text][-MOST_NOTICES:]
            self._write()

    def waiting(self, text: str) -> None:
        """Report what the job waits for, until it ends; waiting does not count as hanging."""
        if self._state in {"failed", "stopped"}:
            return
        if text != self._error:  # once, not every second
            _log.warning(text)
        self._liveness.restart()
        self.state("starting", text)

    def batch(self, batch: Progress) -> None:
        """Record the progress of a batch that has ended."""
        with self._lock:
            progress.apply(batch, self._details)
            self._progressed()
        for lost in progress.damaged(batch):
            self.notice(lost)
        if late := progress.late_window_updates(batch):
            _log.warning(
                "late events were left out",
                late_window_updates=late,
                watermark=self._details.watermark,
            )
            if LATE_EVENTS not in self._details.notices:
                self.notice(LATE_EVENTS)

    def idle(self) -> None:
        """Record that the query found nothing to do."""
        with self._lock:
            self._details.input_rows_per_second = 0.0
            self._details.processed_rows_per_second = 0.0
            self._progressed()

    def backlog(self, found: CatchingUp | None) -> None:
        """Record how far the job is with a backlog; None if there is none."""
        with self._lock:
            self._details.catching_up = found

    def held_back_by(self, found: list[HeldBack]) -> None:
        """Record which partitions hold windows back."""
        with self._lock:
            self._details.held_back_by = found

    def executors(self, found: int | None) -> None:
        """Record how many processes of a cluster work for the job; None on one machine."""
        with self._lock:
            self._details.executors = found

    def tick(self) -> None:
        """Stay alive between two triggers that are far apart; to be called every second."""
        if self._clock() < self._next_trigger_s:
            self._liveness.progressed()

    def written(self, rows: int, files: int) -> None:
        """Windows have been written."""
        with self._lock:
            self._details.rows_written += rows
            self._details.files_written += files

    def lag(self, found: list[PartitionLag]) -> None:
        """Record how far behind the job is; batches may have ended since it was looked at."""
        with self._lock:
            now = {it.partition: it for it in self._details.lag}
            looked = {it.partition: _moved_on(it, now.get(it.partition)) for it in found}
            self._details.lag = [it for _, it in sorted((now | looked).items())]
            self._write()

    def snapshot(self) -> Seen[JobDetails]:
        """Give what the status file says."""
        return Seen(self._state, self._details)

    def processed(self) -> dict[int, int]:
        """Give the next offset of each partition, as of the last batch, or the start."""
        with self._lock:
            return {lag.partition: lag.processed for lag in self._details.lag}

    def _progressed(self) -> None:
        self._liveness.progressed()
        self._next_trigger_s = self._clock() + self._trigger_s
        if self._state == "starting":
            self._state, self._error = "running", None
        self._write()

    def _write(self) -> None:
        self._writer.keep(self._state, self._details, self._error)


def _moved_on(looked: PartitionLag, now: PartitionLag | None) -> PartitionLag:
    """Give how far behind a partition is that has been read on since it was looked at."""
    if now is None or now.processed <= looked.processed:
        return looked
    return progress.read_up_to(now.processed, looked.partition, looked)


class Listener(StreamingQueryListener):
    """Passes the progress of each batch on, as `spark_job.monitoring.progress.Progress`."""

    def __init__(self, *hear: Callable[[Progress], None]) -> None:
        self._hear = hear

    def onQueryStarted(self, event: QueryStartedEvent) -> None:  # noqa: N802 - Spark's name
        """Nothing: the main thread knows."""

    def onQueryProgress(self, event: Any) -> None:  # noqa: N802 - Spark's name
        """Pass it on; the event is an object of the JVM."""
        batch = json.loads(event.progress().json())
        for hear in self._hear:
            hear(batch)

    def onQueryTerminated(self, event: QueryTerminatedEvent) -> None:  # noqa: N802 - Spark's name
        """Nothing: the main thread knows."""

    @cached_property
    def _jlistener(self) -> Any:
        jvm: Any = SparkContext._jvm  # noqa: SLF001 - where PySpark's own has it from
        return jvm.PythonStreamingQueryListenerWrapper(_Events(self))


class _Events(JStreamingQueryListener):
    """Uses the JVM's events directly.

    PySpark's own listener first converts each event to an object, and asks the JVM for every figure
    separately: some hundred calls a batch, while the planner waits for the outcome.
    """

    def onQueryProgress(self, jevent: Any) -> None:  # noqa: N802 - Spark's name
        self.pylistener.onQueryProgress(jevent)

    def onQueryIdle(self, _: Any) -> None:  # noqa: N802 - Spark's name
        """Nothing: it is idle between two batches, too; the planner knows when it is."""
