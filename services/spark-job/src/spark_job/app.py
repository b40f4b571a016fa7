"""Starts, runs and stops the job."""

import json
import signal
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Event
from typing import NamedTuple

import pyspark
import structlog
from py4j.protocol import Py4JError, Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession
from pyspark.sql.streaming.query import StreamingQuery

from contracts.lock import locked
from contracts.metrics import registry
from contracts.settings import format_duration
from contracts.status import JOB, JobDetails, StatusWriter
from spark_job.errors import JobError, QueryFailedError
from spark_job.maintenance.maintainer import maintainer_of
from spark_job.maintenance.schedule import maintained
from spark_job.monitoring import consumer_lag
from spark_job.monitoring.cluster import Cluster, executors, look_up_master
from spark_job.monitoring.failure import failed, last_failure, one_line
from spark_job.monitoring.liveness import Liveness
from spark_job.monitoring.metrics import DEFINITIONS, served
from spark_job.monitoring.progress import Progress, outcome
from spark_job.monitoring.report import Listener, Report
from spark_job.monitoring.watchdog import WallClock, Watchdog, activity, watched
from spark_job.output import sink_of
from spark_job.pipeline import start_query
from spark_job.preparation import StopAsked, prepare, when_ready
from spark_job.reading.attempts import counted
from spark_job.reading.broker import Topic
from spark_job.reading.checkpoint import Start
from spark_job.reading.planner import Planner, Timing
from spark_job.reading.topic_log import TopicLog
from spark_job.session import check_version, started
from spark_job.settings import JobSettings, most_state_bytes
from spark_job.writing.dataset import Dataset

_POLL_S = 1.0

_log = structlog.get_logger()


class Places(NamedTuple):
    """Where the job reads and writes."""

    checkpoints: Path
    status: Path
    alive: Path


class App:
    """One run of the job."""

    def __init__(self, settings: JobSettings, places: Places) -> None:
        self._settings = settings
        self._places = places
        self._stop = Event()
        self._liveness = Liveness(places.alive)
        writer: StatusWriter[JobDetails] = StatusWriter(places.status, JOB, _now)
        self._report = Report(
            writer, details_of(settings), self._liveness, settings.trigger_interval
        )

    def run(self) -> None:
        """Run until SIGTERM or SIGINT; wait first while another job runs.

        Raises `JobError` for anything else that ends it.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stop.set())
        try:
            with suppress(StopAsked), locked(self._places.checkpoints, self._wait):
                self._run()
        except JobError as error:
            self._report.state("failed", str(error))
            raise
        except (OSError, Py4JError, PySparkException) as error:
            self._report.state("failed", one_line(error))
            raise QueryFailedError(one_line(error)) from error

    def _wait(self) -> None:
        if self._stop.wait(_POLL_S):
            raise StopAsked

    def _run(self) -> None:
        report, port = self._report, self._settings.metrics_port
        report.starts(last_failure(self._places.status / f"{JOB}.json"))
        with suppress(StopAsked), served(registry(DEFINITIONS, report.snapshot), port):
            check_version()
            master = partial(look_up_master, self._settings.spark_master)
            when_ready(master, report, self._stop)
            with started(self._settings) as session:
                checkpoints = self._places.checkpoints
                dataset, start, topic = prepare(self._settings, checkpoints, report, self._stop)
                self._aggregate(session(), dataset, start, topic)
        report.state("stopped")
        _log.info("stopped")

    def _aggregate(
        self, session: SparkSession, dataset: Dataset, start: Start, topic: Topic
    ) -> None:
        """Run the query, and what runs beside it, until it has to stop."""
        settings, report, note = self._settings, self._report, start.note
        kafka, name = settings.kafka, settings.kafka_topic
        sink = sink_of(settings, dataset, start, report, self._stop)
        maintainer = maintainer_of(settings.location, timedelta(days=settings.retention_days))
        self._liveness.restart()
        with (
            TopicLog(kafka, name, settings.max_future_skew, self._liveness.restart) as log,
            watched(Watchdog(self._liveness, activity(session.sparkContext)), WallClock(), report),
            consumer_lag.reported(consumer_lag.LagReader(kafka, name), report),
            maintained(maintainer),
            counted(start.query),
        ):
            planner = Planner(
                name,
                log,
                note.begins,
                timing_of(settings),
                report,
                small_until=note.small_until,
                earliest=topic.earliest,
                topic_id=note.topic_id,
            )
            session.streams.addListener(Listener(report.batch, partial(teach, planner)))
            query = start_query(
                session, settings, start.query, planner, sink, counted_until=note.counted_until
            )
            self._watch(query, session)
            end(query)

    def _watch(self, query: StreamingQuery, session: SparkSession) -> None:
        settings, count = self._settings, partial(executors, session.sparkContext)
        cluster = Cluster(settings.spark_master, count, settings.spark_executor_memory)
        while not self._stop.wait(_POLL_S):
            self._report.tick()
            missing = cluster.missing()
            self._report.executors(cluster.executors)
            if missing:
                self._report.waiting(f"waiting for {missing}")
            if not query.isActive:
                raise failed(query.exception())


def end(query: StreamingQuery) -> None:
    """Stop a query. A batch that does not end in time is left to the next start."""
    try:
        query.stop()
    except Py4JJavaError:  # of `stopTimeout`
        _log.warning("stopped in the middle of a batch: the next start repeats it")


def timing_of(settings: JobSettings) -> Timing:
    """Give the settings that the planner needs."""
    return Timing(
        length=settings.window_length,
        slide=settings.window_slide,
        delay=settings.watermark_delay,
        trigger=settings.trigger_interval,
        most_state_bytes=most_state_bytes(settings),
    )


def teach(planner: Planner, batch: Progress) -> None:
    """Tell the planner the outcome of a batch that it planned."""
    source = batch["sources"][0]
    planner.ran(
        json.dumps(source["startOffset"]) if source["startOffset"] else planner.first(),
        json.dumps(source["endOffset"]),
        outcome(batch),
    )


def details_of(settings: JobSettings) -> JobDetails:
    """Give the status details of a job with these settings that has done nothing yet."""
    return JobDetails(
        spark_version=pyspark.__version__,
        topic=settings.kafka_topic,
        window_length=format_duration(settings.window_length),
        window_slide=format_duration(settings.window_slide),
        watermark_delay=format_duration(settings.watermark_delay),
        trigger_interval=format_duration(settings.trigger_interval),
    )


def _now() -> datetime:
    return datetime.now(UTC)
