"""Starts, runs and stops the job."""

import json
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Event
from typing import NamedTuple

import pyspark
import structlog
from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession
from pyspark.sql.streaming.query import StreamingQuery

from contracts.location import Location
from contracts.metrics import registry
from contracts.object_store import StoreError, name_of
from contracts.settings import format_duration
from contracts.status import JOB, JobDetails, StatusWriter
from contracts.times import parse_time
from spark_job.errors import JobError, QueryFailedError
from spark_job.maintenance.maintainer import maintainer_of
from spark_job.maintenance.schedule import maintained
from spark_job.maintenance.stored import windows_between
from spark_job.monitoring import consumer_lag
from spark_job.monitoring.cluster import Cluster, executors, look_up_master
from spark_job.monitoring.failure import failed, last_failure, one_line
from spark_job.monitoring.liveness import Liveness
from spark_job.monitoring.metrics import DEFINITIONS, served
from spark_job.monitoring.patience import told
from spark_job.monitoring.progress import Progress, outcome
from spark_job.monitoring.report import Listener, Report
from spark_job.monitoring.watchdog import WallClock, Watchdog, activity, watched
from spark_job.pipeline import start_query
from spark_job.reading import checkpoint
from spark_job.reading.attempts import counted
from spark_job.reading.broker import NotReadyError, Topic, look_up, look_up_since
from spark_job.reading.checkpoint import Start
from spark_job.reading.note import Note
from spark_job.reading.offset_log import final_until, next_offsets, query_id, read
from spark_job.reading.planner import Planner, Timing
from spark_job.reading.topic_log import TopicLog
from spark_job.session import build_session, check_version
from spark_job.settings import JobSettings, most_state_bytes
from spark_job.windowing.windows import STATE_LAYOUT
from spark_job.writing.dataset import Commit, Dataset
from spark_job.writing.place import open_dataset
from spark_job.writing.sink import AggregateSink, Send
from spark_job.writing.windows_topic import WindowsTopic

_POLL_S = 1.0
_ASK_S = 0.5
"""So long after an answer is asked again for what a start needs: it may be there in a moment."""

_log = structlog.get_logger()


class Places(NamedTuple):
    """Where the job reads and writes."""

    checkpoints: Path
    status: Path
    alive: Path


class _StopAsked(Exception):  # noqa: N818 - nothing is wrong
    """The job is asked to stop before its query runs."""


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
        """Run until SIGTERM or SIGINT; raises `JobError` for what ends it before."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stop.set())
        report, port = self._report, self._settings.metrics_port
        report.state("starting", last_failure(self._places.status / f"{JOB}.json"))
        try:
            with suppress(_StopAsked), served(registry(DEFINITIONS, report.snapshot), port):
                check_version()
                self._when_ready(partial(look_up_master, self._settings.spark_master))
                with _session(self._settings) as session:
                    dataset, start = self._prepare()
                    self._aggregate(session(), dataset, start)
        except JobError as error:
            report.state("failed", str(error))
            raise
        except (OSError, Py4JError, PySparkException) as error:
            report.state("failed", one_line(error))
            raise QueryFailedError(one_line(error)) from error
        report.state("stopped")
        _log.info("stopped")

    def _prepare(self) -> tuple[Dataset, Start]:
        """Wait for broker and dataset, and find out from where on to read."""
        settings, report = self._settings, self._report
        kafka, name = settings.kafka, settings.kafka_topic
        topic = self._when_ready(partial(look_up, kafka, name))
        dataset = self._when_ready(partial(_checked_dataset, settings.location))
        prepare = partial(
            checkpoint.prepare,
            self._places.checkpoints,
            _note(settings, topic),
            topic,
            _now(),
            dataset=dataset,
            find=partial(look_up_since, kafka, name),
        )
        start = self._when_ready(prepare)
        for notice in start.notices:
            report.notice(notice)
        reached = next_offsets(start.query, name) or start.note.begins
        report.lag(consumer_lag.at_start(topic, reached))
        _log.info("starting", topic=name, partitions=len(topic.latest))
        return dataset, start

    def _aggregate(self, session: SparkSession, dataset: Dataset, start: Start) -> None:
        """Run the query, and what goes on beside it, until it is to stop."""
        settings, report, note = self._settings, self._report, start.note
        kafka, name = settings.kafka, settings.kafka_topic
        sink = self._sink(dataset, start)
        maintainer = maintainer_of(settings.location, timedelta(days=settings.retention_days))
        self._liveness.restart()
        with (
            TopicLog(kafka, name, settings.max_future_skew) as log,
            watched(Watchdog(self._liveness, activity(session.sparkContext)), WallClock(), report),
            consumer_lag.reported(consumer_lag.LagReader(kafka, name), report),
            maintained(maintainer),
            counted(start.query),
        ):
            timing, small_until = timing_of(settings), note.small_until
            planner = Planner(
                name,
                log,
                note.begins,
                timing,
                report,
                small_until=small_until,
                topic_id=note.topic_id,
            )
            session.streams.addListener(Listener(report.batch, partial(teach, planner)))
            query = start_query(
                session, settings, start.query, planner, sink, counted_until=note.counted_until
            )
            self._watch(query, session)
            query.stop()

    def _sink(self, dataset: Dataset, start: Start) -> AggregateSink:
        """Make what writes the windows; those that may not be in their topic are sent first."""
        settings, report, until = self._settings, self._report, start.note.final_until
        windows_topic = WindowsTopic(settings.kafka, report.waiting, self._stop)
        send_unsent(start, settings, windows_topic.send)
        return AggregateSink(
            dataset,
            partial(commit_of, start.query, start.note.origin),
            report.written,
            parse_time(until) if until else None,
            windows_topic.send,
            watch=partial(told, report.waiting, waiting_for(settings.location)),
        )

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

    def _when_ready[T](self, ask: Callable[[], T]) -> T:
        """Ask until what is needed is there; raises `_StopAsked`."""
        while not self._stop.is_set():
            try:
                return ask()
            except NotReadyError as error:
                self._report.waiting(f"waiting for {error}")
            except StoreError as error:
                self._report.waiting(f"waiting: {error}")
            self._stop.wait(_ASK_S)
        raise _StopAsked


def _checked_dataset(location: Location) -> Dataset:
    dataset = open_dataset(location)
    dataset.check()
    return dataset


@contextmanager
def _session(settings: JobSettings) -> Iterator[Callable[[], SparkSession]]:
    """Start the JVM and its session beside what is done inside, which gets it by a call.

    The call waits for it, and raises what `build_session` raises.
    """
    with ThreadPoolExecutor(1, "session") as beside:
        starting = beside.submit(build_session, settings)
        try:
            yield starting.result
        finally:
            if starting.exception() is None:
                try:
                    starting.result().stop()
                except (Py4JError, OSError) as error:  # the JVM is gone already
                    _log.warning("the session did not stop cleanly", why=one_line(error))


def commit_of(query: Path, origin: str, batch: int) -> Commit:
    """Say what a batch is whose query has its checkpoint there; raises `DamagedError`."""
    return Commit(query_id(query), batch, origin, final_until(query, batch))


def waiting_for(location: Location) -> str:
    """Say that a location takes long with what it is given."""
    return f"waiting for {name_of(location)}: it has not taken in the last windows"


def send_unsent(start: Start, settings: JobSettings, send: Send) -> None:
    """Send the windows that another query has written, and perhaps not sent.

    Until a batch of this one is finished, each start does so. Raises what `send` raises, and
    `OSError`.
    """
    reached = read(start.query, settings.kafka_topic)
    after, until = start.note.unsent_after, start.note.final_until
    if after and until and (reached is None or reached.batch is None):
        times = parse_time(after), parse_time(until)
        send(windows_between(settings.location, *times, settings.window_length))


def timing_of(settings: JobSettings) -> Timing:
    """Give the settings that the planner goes by."""
    return Timing(
        length=settings.window_length,
        slide=settings.window_slide,
        delay=settings.watermark_delay,
        trigger=settings.trigger_interval,
        most_state_bytes=most_state_bytes(settings),
    )


def teach(planner: Planner, batch: Progress) -> None:
    """Let the planner know what came of a batch that it planned."""
    source = batch["sources"][0]
    planner.ran(
        json.dumps(source["startOffset"]) if source["startOffset"] else planner.first(),
        json.dumps(source["endOffset"]),
        outcome(batch),
    )


def _note(settings: JobSettings, topic: Topic) -> Note:
    return Note(
        state_layout=STATE_LAYOUT,
        window_length=format_duration(settings.window_length),
        window_slide=format_duration(settings.window_slide),
        shuffle_partitions=settings.state_partitions,
        topic=settings.kafka_topic,
        cluster_id=topic.cluster_id,
        topic_id=topic.topic_id,
        max_future_skew=format_duration(settings.max_future_skew),
    )


def details_of(settings: JobSettings) -> JobDetails:
    """Give what the status file says of a job with these settings that has done nothing yet."""
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
