"""A batch of which the job dies again and again is left for smaller ones; no other is."""

from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
from checkpoints import NOTE, spark_ran, topic
from jvm import Raised
from py4j.protocol import Py4JJavaError, Py4JNetworkError
from records import at
from structlog.testing import capture_logs

from contracts.times import format_time
from spark_job.errors import (
    ExecutorsDiedError,
    QueryFailedError,
    TopicChangedError,
    WorkerDiedError,
)
from spark_job.reading import checkpoint
from spark_job.reading.attempts import counted
from spark_job.reading.broker import Since
from spark_job.reading.checkpoint import Start
from spark_job.reading.note import Begun, Note, read_note
from spark_job.writing.files import Folder
from spark_job.writing.parquet import ParquetDataset

MANY = 120 + 50_001  # one record more than a first batch may have
WHOLE = topic({0: 0}, {0: 1_000_000})


def prepare(root: Path, note: Note = NOTE) -> Start:
    return checkpoint.prepare(
        root,
        note,
        WHOLE,
        at(0),
        dataset=ParquetDataset(Folder(root)),
        find=lambda *_: {0: Since(70)},
    )


class Killed(BaseException):
    """Nothing of what is to be done at the end of a process is done."""


def killed(root: Path, note: Note = NOTE) -> Start:
    """Start, and die without a word."""
    start = prepare(root, note)
    with pytest.raises(Killed), counted(start.query):
        raise Killed
    return start


@pytest.fixture
def died(tmp_path: Path) -> Path:
    """A checkpoint whose job died in its third batch, a large one."""
    spark_ran(
        prepare(tmp_path).query, 100, 120, MANY, watermarks_ms=(0, 900_000, 930_000), commits=2
    )
    return tmp_path


def commit(root: Path, batch: int) -> None:
    (root / f"aggregates/query/commits/{batch}").write_text("v1\n{}")


def plan(root: Path, batch: int) -> None:
    """Plan a batch like the last one."""
    offsets = root / "aggregates/query/offsets"
    (offsets / str(batch)).write_bytes((offsets / str(batch - 1)).read_bytes())


def test_of_a_batch_that_was_begun_three_times_in_vain_smaller_ones_are_made(died):
    assert [killed(died).notices, killed(died).notices] == [[], []]
    taken_over = killed(died)
    assert taken_over.note == msgspec.structs.replace(
        NOTE, query="query-2", begins={0: 70}, final_until=format_time(at(900)),
        counted_until={0: 120}, small_until={0: MANY},
    )  # fmt: skip
    (notice,) = taken_over.notices
    assert notice == (
        "batch 2 (50001 records) was begun 3 times and never finished, so smaller ones follow: a"
        " new checkpoint takes over, and goes on with the windows that end after"
        " 1970-01-01 00:15:00 UTC"
    )
    assert killed(died) == taken_over._replace(notices=[])


@pytest.mark.parametrize(("slide", "most"), [("5 seconds", 50_000), ("30 seconds", 300_000)])
def test_a_batch_that_cannot_be_smaller_is_begun_again_and_again(tmp_path, slide, most):
    note = msgspec.structs.replace(NOTE, window_slide=slide)
    spark_ran(prepare(tmp_path, note).query, 100, 100 + most, commits=1)
    for _ in range(9):
        assert killed(tmp_path, note).query.name == "query"


def test_a_job_that_dies_in_one_batch_after_the_other_goes_on(died):
    for batch in range(3, 9):
        killed(died)
        commit(died, batch - 1)
        plan(died, batch)
    assert prepare(died).query.name == "query"


def test_a_job_that_dies_while_it_is_idle_goes_on(died):
    commit(died, 2)
    for _ in range(9):
        assert killed(died) == (died / "aggregates/query", NOTE, [])


def ended(root: Path, error: Exception | None) -> Start:
    """Start, and come to an end, or to an error."""
    start = prepare(root)
    with suppress(type(error or OSError())), counted(start.query):
        if error:
            raise error
    return start


TOLD = [
    None,
    QueryFailedError("no answer from Kafka"),
    TopicChangedError("made anew"),
    OSError(28, "No space left on device"),
    Py4JJavaError("what it says", Raised()),
]


@pytest.mark.parametrize("error", TOLD)
def test_an_attempt_does_not_count_that_was_stopped_or_ended_with_an_error_that_is_told(
    died, error
):
    for _ in range(9):
        assert ended(died, error).query.name == "query"
    assert [killed(died).query.name for _ in range(4)] == ["query"] * 3 + ["query-2"]


@pytest.mark.parametrize(
    "gone",
    [
        Py4JNetworkError("Answer from Java side is empty"),
        ExecutorsDiedError("exited"),
        WorkerDiedError("gone"),
    ],
)
def test_an_attempt_counts_in_which_the_jvm_or_those_that_work_for_it_die(died, gone):
    assert [ended(died, gone).query.name for _ in range(3)] == ["query", "query", "query-2"]


def test_an_error_that_is_told_excuses_the_batch_in_which_it_came(died):
    start = prepare(died)
    with counted(start.query):
        commit(died, 2)
        plan(died, 3)
    assert read_note(died / "aggregates/note.json").begun == Begun(3, 0)


def test_where_attempts_cannot_be_noted_the_job_goes_on_and_its_error_is_told(died, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    start = prepare(died)
    monkeypatch.setattr("spark_job.reading.attempts.write_note", full)
    with capture_logs() as logs, pytest.raises(QueryFailedError), counted(start.query):
        raise QueryFailedError
    assert ["No space" in log["why"] for log in logs] == [True, True]


def test_a_new_checkpoint_that_takes_over_for_another_reason_keeps_batches_small(died):
    for _ in range(3):
        killed(died)
    moved = prepare(died, msgspec.structs.replace(NOTE, window_length="2 minutes"))
    assert (moved.query.name, moved.note.small_until) == ("query-3", {0: MANY})
