"""What a start sends before its query runs."""

from pathlib import Path
from threading import Event

import msgspec
import pyarrow as pa
import pytest
from checkpoints import NOTE, QUERY_ID, spark_ran
from test_datasets import at, rows

from contracts.times import format_time
from spark_job.errors import WindowsNotDeliveredError
from spark_job.output import send_unsent
from spark_job.preparation import StopAsked
from spark_job.reading.checkpoint import Start
from spark_job.reading.note import Note
from spark_job.settings import JobSettings
from spark_job.writing.dataset import Commit, Dataset
from spark_job.writing.place import open_dataset

UNSENT = msgspec.structs.replace(
    NOTE, unsent_after=format_time(at(0)), final_until=format_time(at(60))
)


@pytest.fixture
def settings(tmp_path: Path) -> JobSettings:
    return JobSettings(
        _env_file=None, kafka_topic=NOTE.topic, aggregates_uri=str(tmp_path / "aggregates")
    )


@pytest.fixture
def dataset(settings: JobSettings) -> Dataset:
    return open_dataset(settings.location)


def sent_at_start(query: Path, note: Note, settings: JobSettings, dataset: Dataset) -> list[int]:
    """Give the ends of the windows that a start sends, in seconds after midnight."""
    sent: list[pa.Table] = []
    send_unsent(Start(query, note, []), settings, dataset, sent.append, Event())
    ends = [end for table in sent for end in table["window_end"].to_pylist()]
    return [int((end - at(0)).total_seconds()) for end in ends]


@pytest.mark.parametrize(
    ("stopping", "raised"), [(False, WindowsNotDeliveredError), (True, StopAsked)]
)
def test_windows_that_are_not_delivered_fail_a_start_but_not_a_stop(
    tmp_path: Path,
    settings: JobSettings,
    dataset: Dataset,
    *,
    stopping: bool,
    raised: type[Exception],
) -> None:
    def send(_: pa.Table) -> None:
        raise WindowsNotDeliveredError("stopped before 1 windows got to market_windows")

    stop = Event()
    if stopping:
        stop.set()
    with pytest.raises(raised):
        send_unsent(Start(tmp_path / "query", UNSENT, []), settings, dataset, send, stop)


@pytest.mark.parametrize(
    ("written", "commits", "sent"),
    [
        (2, 1, [10, 15]),  # killed before Spark has noted the end of a batch that is written
        (1, 1, []),  # killed before it is written: it is done again
        (2, 2, []),
    ],
)
def test_windows_of_a_batch_that_spark_repeats_are_sent_as_they_are_in_the_dataset(
    tmp_path: Path,
    settings: JobSettings,
    dataset: Dataset,
    *,
    written: int,
    commits: int,
    sent: list[int],
) -> None:
    batches = [rows(0, 5), rows(10, 15)]
    for batch, windows in enumerate(batches[:written]):
        dataset.write(windows, Commit(QUERY_ID, batch, NOTE.origin, at([5, 15][batch])))
    watermarks_ms = [int(at(it).timestamp()) * 1000 for it in (5, 15)]
    spark_ran(tmp_path / "query", 100, 200, watermarks_ms=watermarks_ms, commits=commits)
    assert sent_at_start(tmp_path / "query", NOTE, settings, dataset) == sent


def test_windows_that_wait_for_the_topic_are_sent_though_windows_are_short_now(
    tmp_path: Path, settings: JobSettings, dataset: Dataset
) -> None:
    days_s = 7 * 86_400
    dataset.write(rows(60, length_s=days_s), Commit(QUERY_ID, 1, NOTE.origin, at(60)))
    note = msgspec.structs.replace(UNSENT, unsent_length="7 days")
    assert sent_at_start(tmp_path / "query-2", note, settings, dataset) == [60]
