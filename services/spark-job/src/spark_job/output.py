"""Assembles what writes the windows: to the dataset, then to their topic."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from threading import Event

from contracts.location import Location
from contracts.object_store import name_of
from contracts.settings import parse_duration
from contracts.times import parse_time
from spark_job.errors import WindowsNotDeliveredError
from spark_job.maintenance.stored import windows_between
from spark_job.monitoring.patience import told
from spark_job.monitoring.report import Report
from spark_job.preparation import StopAsked
from spark_job.reading.checkpoint import Start
from spark_job.reading.offset_log import final_until, query_id, read
from spark_job.reading.takeover import before_last
from spark_job.settings import JobSettings
from spark_job.writing.dataset import Commit, Dataset
from spark_job.writing.sink import AggregateSink, Send
from spark_job.writing.windows_topic import WindowsTopic


def sink_of(
    settings: JobSettings, dataset: Dataset, start: Start, report: Report, stop: Event
) -> AggregateSink:
    """Make what writes the windows; those that may not be in their topic are sent first.

    Once `stop` is set, a broker that does not take them is waited for no longer. Raises
    `StopAsked`, `WindowsNotDeliveredError`, and `OSError`.
    """
    until = start.note.final_until
    windows_topic = WindowsTopic(settings.kafka, report.waiting, stop)
    send_unsent(start, settings, dataset, windows_topic.send, stop)
    return AggregateSink(
        dataset,
        partial(commit_of, start.query, start.note.origin),
        report.written,
        parse_time(until) if until else None,
        windows_topic.send,
        sent_until=dataset.final_until(start.note.origin),
        watch=partial(told, report.waiting, waiting_for(settings.location)),
    )


def commit_of(query: Path, origin: str, batch: int) -> Commit:
    """Say what a batch is whose query has its checkpoint there; raises `DamagedError`."""
    return Commit(query_id(query), batch, origin, final_until(query, batch))


def waiting_for(location: Location) -> str:
    """Say that writing to a location takes long."""
    return f"waiting for {name_of(location)}: it has not taken in the last windows"


def send_unsent(
    start: Start, settings: JobSettings, dataset: Dataset, send: Send, stop: Event
) -> None:
    """Send the windows that are in the dataset, and perhaps not in their topic.

    Until a batch of this query is finished, each start sends those of another one, and so a job
    that has to stop may leave them to the next. Raises `StopAsked`, `WindowsNotDeliveredError`, and
    `OSError`.
    """
    length = settings.window_length
    if of_another := start.note.unsent_length:
        length = max(length, parse_duration(of_another))
    for after, until in _unsent(start, settings.kafka_topic, dataset):
        try:
            send(windows_between(settings.location, after, until, length))
        except WindowsNotDeliveredError:
            if stop.is_set():
                raise StopAsked from None
            raise


def _unsent(start: Start, topic: str, dataset: Dataset) -> Iterator[tuple[datetime, datetime]]:
    """Tell between which ends windows may be unsent: of another query, or of the last batch.

    Spark repeats a batch that it has not finished, and then the dataset may have it already.
    """
    note, reached = start.note, read(start.query, topic)
    after, until = note.unsent_after, note.final_until
    if after and until and (reached is None or reached.batch is None):
        yield parse_time(after), parse_time(until)
    written = dataset.final_until(note.origin)
    if not (written and reached and reached.unfinished):
        return
    if written == final_until(start.query, reached.unfinished[-1]):
        yield before_last(written, dataset.first_end_of_last(note.origin)), written
