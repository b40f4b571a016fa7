"""When the job counts as alive, and what its states leave in the status file."""

from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest
from clocks import Clock
from records import at
from structlog.testing import capture_logs

from contracts.status import CatchingUp, HeldBack, JobDetails, PartitionLag, StatusWriter, read_job
from spark_job.monitoring.liveness import Liveness
from spark_job.monitoring.progress import Progress
from spark_job.monitoring.report import LATE_EVENTS, Report
from spark_job.preparation import when_ready
from spark_job.reading.broker import NotReadyError


@pytest.fixture
def report(tmp_path: Path, clock: Clock) -> Report:
    details = JobDetails(
        spark_version="3.5.3", topic="raw", window_length="", window_slide="", watermark_delay="",
        trigger_interval="",
    )  # fmt: skip
    writer = StatusWriter(tmp_path, "spark-job", lambda: at(5))
    return Report(
        writer, details, Liveness(tmp_path / "alive", clock), timedelta(seconds=60), clock
    )


def status(folder: Path):
    return read_job((folder / "spark-job.json").read_bytes())


def test_a_job_that_waits_for_the_broker_is_not_alive_and_says_what_it_waits_for(report, tmp_path):
    report.waiting("waiting for broker")
    report.tick()
    assert not (tmp_path / "alive").exists()
    assert (status(tmp_path).state, status(tmp_path).last_error) == (
        "starting",
        "waiting for broker",
    )


def test_what_is_waited_for_again_and_again_is_logged_once(report):
    with capture_logs() as logs:
        report.waiting("waiting for the broker")
        report.waiting("waiting for the broker")
        report.idle()
        report.waiting("waiting for the broker")
    assert [log["event"] for log in logs] == ["waiting for the broker"] * 2


class Soon(Event):
    """An event that nobody waits for."""

    def wait(self, _: float | None = None) -> bool:
        return self.is_set()


def test_what_was_waited_for_is_told_until_it_is_there(report, tmp_path):
    told = []

    def ask() -> str:
        if not told:
            told.append(None)
            raise NotReadyError("topic raw")
        told.append(status(tmp_path).last_error)
        return "topic"

    assert when_ready(ask, report, Soon()) == "topic"
    assert told == [None, "waiting for topic raw"]
    assert (status(tmp_path).state, status(tmp_path).last_error) == ("starting", None)


@pytest.mark.parametrize("waits", [0, 1])
def test_why_the_job_started_again_is_told_until_the_query_runs(report, tmp_path, waits):
    missing = [NotReadyError("topic raw")] * waits

    def ask() -> str:
        if missing:
            raise missing.pop()
        return "topic"

    report.starts("started again after: it does not fit")
    assert when_ready(ask, report, Soon()) == "topic"
    assert status(tmp_path).last_error == "started again after: it does not fit"
    report.idle()
    assert status(tmp_path).last_error is None


def test_a_query_that_is_idle_is_alive_and_running(report, tmp_path):
    report.waiting("waiting for broker")
    report.idle()
    assert (tmp_path / "alive").exists()
    assert (status(tmp_path).state, status(tmp_path).last_error) == ("running", None)


def test_how_many_work_for_it_comes_with_the_next_sign_of_progress(report, tmp_path):
    report.executors(2)
    report.idle()
    assert status(tmp_path).details.executors == 2
    report.executors(None)
    report.idle()
    assert status(tmp_path).details.executors is None


def test_a_query_is_alive_until_its_next_trigger_is_due_and_no_longer(report, clock, tmp_path):
    report.idle()
    for now_s, alive in ((59.0, True), (60.0, False), (100.0, False)):
        (tmp_path / "alive").unlink(missing_ok=True)
        clock.now_s = now_s
        report.tick()
        assert (tmp_path / "alive").exists() == alive


def test_a_failure_is_reported_and_stays_reported(report, tmp_path):
    report.idle()
    report.state("failed", "no space left")
    report.idle()
    report.waiting("waiting for the object store")
    assert (status(tmp_path).state, status(tmp_path).last_error) == ("failed", "no space left")


def behind(processed: int, lag: int, lag_s: float | None = None) -> PartitionLag:
    return PartitionLag(
        partition=0, processed=processed, latest=processed + lag, lag=lag, lag_s=lag_s
    )


def test_the_lag_is_reported_while_batches_run_less_what_they_have_read_since(report, tmp_path):
    report.lag([behind(10, 100)])
    report.lag([behind(10, 200, 3.5)])
    assert status(tmp_path).details.lag == [behind(10, 200, 3.5)]
    report.lag([behind(9, 300, 4.5)])
    assert status(tmp_path).details.lag == [behind(10, 299, 4.5)]
    report.lag([behind(5, 3, 4.5)])
    assert status(tmp_path).details.lag == [behind(10, 0, 0.0)]
    assert report.processed() == {0: 10}


def test_a_backlog_and_what_holds_windows_back_are_reported_until_they_are_over(report, tmp_path):
    backlog = CatchingUp(records_left=500, records_per_second=100.0, seconds_left=5.0)
    silent = [HeldBack(partition=1, since="2026-01-02T15:04:05.000000Z")]
    report.backlog(backlog)
    report.held_back_by(silent)
    report.idle()
    assert status(tmp_path).details.catching_up == backlog
    assert status(tmp_path).details.held_back_by == silent
    report.backlog(None)
    report.held_back_by([])
    report.idle()
    assert status(tmp_path).details.catching_up is None
    assert status(tmp_path).details.held_back_by == []


def test_notices_stay(report, tmp_path):
    report.notice("offsets expired")
    report.idle()
    assert status(tmp_path).details.notices == ["offsets expired"]


def batch(late: int) -> Progress:
    """Give what is looked at of a batch to which events of so many windows came too late."""
    return {
        "id": "9f6c1d1e-0000-4000-8000-000000000001",
        "batchId": 7,
        "timestamp": "2026-01-02T15:04:06.000Z",
        "durationMs": {"triggerExecution": 600},
        "stateOperators": [],
        "sources": [{}],
        "observedMetrics": {"windows": {"late": late}},
    }


def test_late_events_are_counted_each_time_and_explained_once(report, tmp_path):
    with capture_logs() as logs:
        for late in (0, 12, 3):
            report.batch(batch(late))
    counts = [log["late_window_updates"] for log in logs if "late_window_updates" in log]
    assert counts == [12, 3]
    assert status(tmp_path).details.late_window_updates == 15
    assert status(tmp_path).details.notices == [LATE_EVENTS]


def test_a_status_file_that_cannot_be_written_stops_nothing_and_is_logged_once(report, tmp_path):
    aside = tmp_path / ".spark-job.json.tmp"
    aside.mkdir()
    with capture_logs() as logs:
        report.idle()
        report.idle()
    assert (tmp_path / "alive").exists()
    assert [line["event"] for line in logs] == ["the status file cannot be written"]
    aside.rmdir()
    report.idle()
    aside.mkdir()
    with capture_logs() as logs:
        report.idle()
    assert len(logs) == 1


def test_of_many_notices_the_newest_stay(report, tmp_path):
    for number in range(70):
        report.notice(f"notice {number}")
    assert status(tmp_path).details.notices == [f"notice {number}" for number in range(20, 70)]
