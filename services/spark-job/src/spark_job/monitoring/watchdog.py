"""Ends the process when its query hangs, or is about to, so that the restart policy acts.

A healthy batch may take long, with a backlog or a slow broker. So not its end counts but the
progress of Spark's tasks: the records that they have read and written, from Spark's REST API while
they run (https://spark.apache.org/docs/3.5.3/monitoring.html#rest-api).

If the wall clock is set back, Spark's trigger and Kafka's clients wait until it reaches the old
time again (https://github.com/confluentinc/librdkafka/issues/2145), which may be hours.
"""

import http.client
import os
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from threading import Event, Thread
from urllib.parse import urlsplit

import msgspec
import structlog
from pyspark import SparkContext

from spark_job.background import in_background
from spark_job.monitoring.liveness import Liveness
from spark_job.monitoring.report import Report

LIMIT_S = 180.0
"""Longer than Spark waits for the broker before it gives up by itself (120 s)."""

SET_BACK_S = 30.0
"""If the clock is set back by less, the job waits."""

_EVERY_S = 1.0
_ASK_AFTER_S = 5.0
_ANSWER_S = 5.0
_REPORT_S = 5.0

_log = structlog.get_logger()


class _Stage(msgspec.Struct, frozen=True, rename="camel"):
    stage_id: int
    num_complete_tasks: int
    input_records: int
    shuffle_read_records: int
    shuffle_write_records: int


type Activity = list[_Stage] | None


def activity(context: SparkContext) -> Callable[[], Activity]:
    """Give a function that reads the progress of running tasks; it gives None without an answer.

    Spark itself counts what running tasks have done every 10 s.
    """
    address = urlsplit(context.uiWebUrl or "").netloc
    path = f"/api/v1/applications/{context.applicationId}/stages?status=active"

    def ask() -> Activity:
        connection = http.client.HTTPConnection(address, timeout=_ANSWER_S)
        try:
            connection.request("GET", path)
            return msgspec.json.decode(connection.getresponse().read(), type=list[_Stage])
        except (OSError, http.client.HTTPException, ValueError):
            return None
        finally:
            connection.close()

    return ask


class Watchdog:
    """Checks for progress; reads that of Spark's tasks if nothing else shows any."""

    def __init__(self, liveness: Liveness, ask: Callable[[], Activity]) -> None:
        self._liveness = liveness
        self._ask = ask
        self._last: Activity = None

    def hangs(self) -> bool:
        """Check once; True when there was no progress for too long."""
        if self._liveness.silent_s() > _ASK_AFTER_S:
            found = self._ask()
            if found is not None and found != self._last:
                self._last = found
                self._liveness.progressed()
        return self._liveness.silent_s() > LIMIT_S


class WallClock:
    """Detects that the wall clock is set back; both clocks give seconds."""

    def __init__(
        self,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._ahead_s = wall() - monotonic()

    def set_back_s(self) -> float:
        """Give by how much it was set back since the last call; negative if ahead."""
        before_s, self._ahead_s = self._ahead_s, self._wall() - self._monotonic()
        return before_s - self._ahead_s


def watched(
    watchdog: Watchdog,
    wall_clock: WallClock,
    report: Report,
    leave: Callable[[int], object] = os._exit,
) -> AbstractContextManager[None]:
    """Check every second, on a thread of its own; report what is wrong and exit 1."""

    def run(over: Event) -> None:
        while not over.wait(_EVERY_S):
            if watchdog.hangs():
                why = f"no progress for {LIMIT_S:.0f} s: the query hangs"
            elif (back_s := wall_clock.set_back_s()) > SET_BACK_S:
                why = f"the clock was set back by {back_s:.0f} s: the query would wait for as long"
            else:
                continue
            _report(report, f"{why}; a restart goes on from the checkpoint")
            leave(1)
            return

    return in_background(run, "watchdog", wait_s=0)


def _report(report: Report, text: str) -> None:
    _log.error(text)
    # A hanging query may also hold the lock of the status file.
    reporting = Thread(target=report.state, args=("failed", text), daemon=True)
    reporting.start()
    reporting.join(_REPORT_S)
