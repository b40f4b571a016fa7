"""Starts, runs and stops the job."""

import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Event
from typing import NamedTuple

import msgspec
import pyspark
import structlog
from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession
from pyspark.sql.streaming.query import StreamingQuery

from contracts.metrics import registry
from contracts.status import JobDetails, StatusWriter, read_job
from spark_job.errors import JobError, QueryFailedError
from spark_job.maintenance.maintainer import Maintainer
from spark_job.maintenance.schedule import maintained
from spark_job.monitoring import consumer_lag
from spark_job.monitoring.failure import one_line
from spark_job.monitoring.liveness import Liveness
from spark_job.monitoring.metrics import DEFINITIONS, served
from spark_job.monitoring.report import Listener, Report
from spark_job.monitoring.watchdog import Watchdog, activity, watched
from spark_job.pipeline import start_query
from spark_job.reading import checkpoint
from spark_job.reading.broker import NotReadyError, Topic, look_up, waits_s
from spark_job.reading.checkpoint import Note, Start
from spark_job.reading.offset_log import Offsets, next_offsets, query_id
from spark_job.reading.source import most_records
from spark_job.session import SHUFFLE_PARTITIONS, build_session, check_version
from spark_job.settings import JobSettings, text
from spark_job.windowing.windows import STATE_LAYOUT
from spark_job.writing.sink import AggregateSink

SERVICE = "spark-job"
_POLL_S = 1.0

_log = structlog.get_logger()


class Places(NamedTuple):
    """Where the job reads and writes."""

    aggregates: Path
    checkpoints: Path
    status: Path
    alive: Path


def run(settings: JobSettings, places: Places) -> None:
    """Run until SIGTERM or SIGINT; raises `JobError` for what ends it before."""
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    writer: StatusWriter[JobDetails] = StatusWriter(places.status, SERVICE, _now)
    liveness = Liveness(places.alive)
    report = Report(writer, details_of(settings), liveness, settings.trigger_interval)
    report.state("starting", last_failure(places.status / f"{SERVICE}.json"))
    try:
        with served(registry(DEFINITIONS, report.snapshot), settings.metrics_port):
            _run(settings, places, liveness, report, stop)
    except JobError as error:
        report.state("failed", str(error))
        raise
    except (OSError, Py4JError, PySparkException) as error:
        report.state("failed", one_line(error))
        raise QueryFailedError(one_line(error)) from error
    report.state("stopped")
    _log.info("stopped")


def last_failure(status_file: Path) -> str | None:
    """Give why the run before failed, so that a restart does not hide it; None if it did not."""
    try:
        before = read_job(status_file.read_bytes())
    except (OSError, msgspec.MsgspecError):
        return None
    return f"started again after: {before.last_error}" if before.state == "failed" else None


def _run(
    settings: JobSettings, places: Places, liveness: Liveness, report: Report, stop: Event
) -> None:
    check_version()
    topic = _wait_for_topic(settings, report, stop)
    if topic is None:
        return
    _warn_of_partitions(settings, topic, report)
    start = checkpoint.prepare(places.checkpoints, _note(settings, topic), topic, _now())
    for notice in start.notices:
        report.notice(notice)
    report.lag(consumer_lag.at_start(topic, next_offsets(start.query, settings.kafka_topic) or {}))
    _log.info("starting", topic=settings.kafka_topic, partitions=len(topic.latest))
    session = build_session(settings)
    try:
        session.streams.addListener(Listener(report))
        sink = AggregateSink(places.aggregates, lambda: query_id(start.query), report.written)
        # Of several partitions, read by turns, one would get ahead and make the others late.
        most = most_records(settings.window_length // settings.window_slide)
        limit = most if len(topic.latest) == 1 else None
        begin = partial(start_query, session, settings, start.query, sink, most_records=limit)
        maintainer = Maintainer(places.aggregates, timedelta(days=settings.retention_days))
        lag_reader = consumer_lag.LagReader(settings.kafka_bootstrap_servers, settings.kafka_topic)
        liveness.restart()
        with (
            watched(Watchdog(liveness, activity(session.sparkContext)), report),
            consumer_lag.reported(lag_reader, report),
            maintained(maintainer),
        ):
            _run_query(begin, start, topic, report, stop)
    finally:
        _stop_session(session)


def _run_query(
    begin: Callable[..., StreamingQuery], start: Start, topic: Topic, report: Report, stop: Event
) -> None:
    query = begin(fail_on_data_loss=not start.data_lost)
    if start.data_lost:  # once it is past what is gone, no more may go
        _watch(query, report, stop, lambda: _is_past(report.processed(), topic.earliest))
        query.stop()
        if stop.is_set():
            return
        query = begin(fail_on_data_loss=True)
    _watch(query, report, stop)
    query.stop()


def _watch(
    query: StreamingQuery, report: Report, stop: Event, done: Callable[[], bool] = lambda: False
) -> None:
    while not (done() or stop.wait(_POLL_S)):
        report.tick()
        if not query.isActive:
            error = query.exception()
            raise QueryFailedError(one_line(error)) from error


def _is_past(reached: Offsets, earliest: Offsets) -> bool:
    return all(reached.get(partition, -1) >= offset for partition, offset in earliest.items())


def _wait_for_topic(settings: JobSettings, report: Report, stop: Event) -> Topic | None:
    for wait_s in waits_s():
        try:
            return look_up(settings.kafka_bootstrap_servers, settings.kafka_topic)
        except NotReadyError as error:
            report.waiting(f"waiting for {error}")
        if stop.wait(wait_s):
            break
    return None


def _warn_of_partitions(settings: JobSettings, topic: Topic, report: Report) -> None:
    if len(topic.latest) > 1 and not settings.watermark_delay:
        report.notice(
            f"topic {settings.kafka_topic} has {len(topic.latest)} partitions and WATERMARK_DELAY"
            " is 0: events of a partition that lags are left out as late; 5 seconds is a good start"
        )


def _note(settings: JobSettings, topic: Topic) -> Note:
    return Note(
        state_layout=STATE_LAYOUT,
        window_length=text(settings.window_length),
        window_slide=text(settings.window_slide),
        shuffle_partitions=SHUFFLE_PARTITIONS,
        topic=settings.kafka_topic,
        cluster_id=topic.cluster_id,
        topic_id=topic.topic_id,
    )


def details_of(settings: JobSettings) -> JobDetails:
    """Give what the status file says of a job with these settings that has done nothing yet."""
    return JobDetails(
        spark_version=pyspark.__version__,
        topic=settings.kafka_topic,
        window_length=text(settings.window_length),
        window_slide=text(settings.window_slide),
        watermark_delay=text(settings.watermark_delay),
        trigger_interval=text(settings.trigger_interval),
    )


def _stop_session(session: SparkSession) -> None:
    try:
        session.stop()
    except (Py4JError, OSError) as error:  # the JVM is gone already
        _log.warning("the session did not stop cleanly", why=one_line(error))


def _now() -> datetime:
    return datetime.now(UTC)
