"""Waits for what a start needs, and determines where to begin reading."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Event

import structlog

from contracts.location import Location
from contracts.object_store import StoreError
from contracts.settings import format_duration
from spark_job.monitoring import consumer_lag
from spark_job.monitoring.report import Report
from spark_job.reading import checkpoint
from spark_job.reading.broker import NotReadyError, Topic, look_up, look_up_since
from spark_job.reading.checkpoint import Start
from spark_job.reading.note import Note
from spark_job.reading.offset_log import next_offsets
from spark_job.settings import JobSettings
from spark_job.windowing.windows import STATE_LAYOUT
from spark_job.writing.dataset import Dataset
from spark_job.writing.place import open_dataset

_ASK_S = 0.5
"""Pause before asking again for what a start needs."""

_log = structlog.get_logger()


class StopAsked(Exception):  # noqa: N818 - nothing is wrong
    """The job was asked to stop before its query runs."""


def when_ready[T](ask: Callable[[], T], report: Report, stop: Event) -> T:
    """Ask until what is needed is available; raises `StopAsked`."""
    waited = False
    while not stop.is_set():
        try:
            answer = ask()
        except NotReadyError as error:
            report.waiting(f"waiting for {error}")
        except StoreError as error:
            report.waiting(f"waiting: {error}")
        else:
            if waited:  # it is there: what takes long now is Spark's start
                report.starts_on()
            return answer
        waited = True
        stop.wait(_ASK_S)
    raise StopAsked


def prepare(
    settings: JobSettings, checkpoints: Path, report: Report, stop: Event
) -> tuple[Dataset, Start, Topic]:
    """Wait for dataset and broker, and determine where to begin; raises `StopAsked`.

    Gives the topic too, as it was when that was determined.
    """
    kafka, name = settings.kafka, settings.kafka_topic
    dataset = when_ready(partial(_checked_dataset, settings.location), report, stop)

    def find_out() -> tuple[Start, Topic]:
        topic = look_up(kafka, name)  # at each attempt: records may expire meanwhile
        find, note = partial(look_up_since, kafka, name), _note(settings, topic)
        now = datetime.now(UTC)
        found = checkpoint.prepare(checkpoints, note, topic, now, dataset=dataset, find=find)
        return found, topic

    start, topic = when_ready(find_out, report, stop)
    for notice in start.notices:
        report.notice(notice)
    reached = next_offsets(start.query, name) or start.note.begins
    report.lag(consumer_lag.at_start(topic, reached))
    _log.info("starting", topic=name, partitions=len(topic.latest))
    return dataset, start, topic


def _checked_dataset(location: Location) -> Dataset:
    dataset = open_dataset(location)
    dataset.check()
    return dataset


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
