"""What counts as a sign of liveness, and what happens when there is none."""

from datetime import timedelta
from pathlib import Path
from threading import Event, Thread
from time import monotonic, sleep

import pytest
from clocks import Clock
from records import at

from contracts.status import JobDetails, StatusWriter, read_job
from spark_job.monitoring.liveness import Liveness
from spark_job.monitoring.report import Report
from spark_job.monitoring.watchdog import LIMIT_S, WallClock, Watchdog, activity, watched


@pytest.fixture
def liveness(tmp_path: Path, clock: Clock) -> Liveness:
    return Liveness(tmp_path / "alive", clock)


def hangs_after_s(watchdog: Watchdog, clock: Clock, until_s: int) -> int | None:
    for second in range(1, until_s):
        clock.now_s += 1
        if watchdog.hangs():
            return second
    return None


def test_tasks_that_get_on_are_a_sign_of_life_however_long_the_batch_is(liveness, clock, tmp_path):
    watchdog = Watchdog(liveness, lambda: int(clock.now_s) // 10)
    assert hangs_after_s(watchdog, clock, 3600) is None
    assert (tmp_path / "alive").exists()


def test_tasks_that_stand_still_are_a_query_that_hangs(liveness, clock):
    assert hangs_after_s(Watchdog(liveness, lambda: ["the same"]), clock, 3600) == LIMIT_S + 7


def test_a_jvm_that_does_not_answer_is_a_query_that_hangs(liveness, clock, tmp_path):
    assert hangs_after_s(Watchdog(liveness, lambda: None), clock, 3600) == LIMIT_S + 1
    assert not (tmp_path / "alive").exists()


def test_answers_that_come_and_go_are_no_sign_of_life(liveness, clock):
    watchdog = Watchdog(liveness, lambda: ["the same"] if int(clock.now_s) % 2 else None)
    assert hangs_after_s(watchdog, clock, 3600) == LIMIT_S + 8


def test_nobody_is_asked_while_batches_end(liveness, clock):
    def ask():
        raise AssertionError

    watchdog = Watchdog(liveness, ask)
    for _ in range(600):
        clock.now_s += 1
        liveness.progressed()
        assert not watchdog.hangs()


def test_silence_before_the_query_does_not_count(liveness, clock):
    clock.now_s = 3600
    liveness.restart()
    assert not Watchdog(liveness, lambda: None).hangs()


@pytest.fixture
def report(tmp_path: Path, clock: Clock, liveness: Liveness) -> Report:
    details = JobDetails(
        spark_version="3.5.3", topic="raw", window_length="", window_slide="", watermark_delay="",
        trigger_interval="",
    )  # fmt: skip
    writer = StatusWriter(tmp_path, "spark-job", lambda: at(5))
    return Report(writer, details, liveness, timedelta(seconds=2), clock)


def left_with(watchdog: Watchdog, wall_clock: WallClock, report: Report) -> list[int]:
    """Give the exit codes with which the process was left."""
    codes, left = [], Event()

    def leave(code: int) -> None:
        codes.append(code)
        left.set()

    with watched(watchdog, wall_clock, report, leave):
        assert left.wait(20)
    return codes


def test_a_query_that_hangs_is_reported_and_ends_the_process_with_1(
    tmp_path, liveness, clock, report
):
    clock.now_s = LIMIT_S + 1
    assert left_with(Watchdog(liveness, lambda: None), WallClock(), report) == [1]
    status = read_job((tmp_path / "spark-job.json").read_bytes())
    assert status.state == "failed"
    assert "hangs" in status.last_error


def test_a_clock_that_is_set_back_is_reported_and_ends_the_process_with_1(
    tmp_path, liveness, report
):
    wall = iter([10_000.0, 10_001.0, 2_802.0])
    clock = WallClock(wall.__next__, iter([50.0, 51.0, 52.0]).__next__)
    assert left_with(Watchdog(liveness, lambda: None), clock, report) == [1]
    status = read_job((tmp_path / "spark-job.json").read_bytes())
    assert status.state == "failed"
    assert "set back by 7200 s" in status.last_error


def test_a_clock_that_is_set_ahead_or_goes_on_is_not_set_back():
    wall = iter([100.0, 101.0, 7301.0, 7302.0, 7300.0])
    clock = WallClock(wall.__next__, iter([0.0, 1.0, 2.0, 3.0, 4.0]).__next__)
    assert [clock.set_back_s() for _ in range(4)] == [0.0, -7199.0, 0.0, 3.0]


def until(ask, holds):
    """Ask until something holds of the answer, for a minute at most; give the last answer."""
    began_s = monotonic()
    while not holds(found := ask()) and monotonic() - began_s < 60:
        sleep(0.1)
    return found


def test_spark_tells_of_tasks_that_run_and_of_none_after(session, tmp_path):
    gate = tmp_path / "gate"

    def wait(batches):
        while not gate.exists():
            sleep(0.05)
        yield from batches

    ask = activity(session.sparkContext)
    rows = session.range(10).mapInArrow(wait, "id long")
    query = Thread(target=rows.count, daemon=True)
    query.start()
    running = until(ask, bool)
    gate.touch()
    query.join(60)
    assert [stage.num_complete_tasks for stage in running] == [0]
    # Spark hears of an end a moment after the query has its rows.
    assert until(ask, lambda stages: stages == []) == []


def test_where_nobody_listens_there_is_no_answer():
    class Gone:
        uiWebUrl = "http://127.0.0.1:1"  # noqa: N815 - Spark's name
        applicationId = "none"  # noqa: N815 - Spark's name

    assert activity(Gone())() is None
