"""Whether a batch is too large: how often it was begun while the job died without an error.

Spark repeats an unfinished batch as it was planned. One that touches more windows than there is
memory for would be repeated for ever; a new checkpoint takes over and plans smaller batches.
Attempts that were stopped, or ended with an error that the job could report, do not count: the
broker or the disk was unavailable, and the batch itself may be fine.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import structlog
from py4j.protocol import Py4JError, Py4JJavaError

from contracts.settings import parse_duration
from spark_job.errors import (
    DamagedError,
    ExecutorsDiedError,
    StateDamagedError,
    WorkerDiedError,
)
from spark_job.reading.batch_size import first_limit
from spark_job.reading.note import NAME, Begun, Note, read_note, write_note
from spark_job.reading.offset_log import Reached, planned, read
from spark_job.reading.plan import Plan, decode

_MOST = 3

_log = structlog.get_logger()


def unfinished(note: Note, reached: Reached) -> Begun | None:
    """Tell which batch is unfinished and how often it was begun; None if all are finished."""
    if not reached.unfinished:
        return None
    batch = reached.unfinished[-1]
    before = note.begun
    return before if before and before.batch == batch else Begun(batch, 1)


def too_large(begun: Begun | None, query: Path, note: Note) -> Plan | None:
    """Give the offsets of a batch that was begun too often, if smaller ones are possible.

    Raises `DamagedError` where Spark's log cannot be read.
    """
    if begun is None or begun.times < _MOST:
        return None
    try:
        plan = decode(planned(query, begun.batch), note.topic)
    except (KeyError, msgspec.DecodeError):  # another source's, which no longer reads
        return None
    windows_each = parse_duration(note.window_length) // parse_duration(note.window_slide)
    return plan if plan.records > first_limit(windows_each) else None


@contextmanager
def counted(query: Path) -> Iterator[None]:
    """Run a query; the attempt counts where a process dies: this one, or one of Spark's.

    A state that cannot be read is noted too: the next start leaves it.
    """
    _note(query, lambda begun: begun.times + 1)
    try:
        yield
    except StateDamagedError as error:
        _note_damage(query.with_name(NAME), str(error))
        raise
    except Exception as error:
        jvm_died = isinstance(error, Py4JError) and not isinstance(error, Py4JJavaError)
        if not jvm_died and not isinstance(error, (ExecutorsDiedError, WorkerDiedError)):
            _note(query, lambda _: 0)
        raise
    _note(query, lambda _: 0)


def _note_damage(path: Path, why: str) -> None:
    try:
        write_note(path, msgspec.structs.replace(read_note(path), damage=why))
    except (OSError, DamagedError) as error:
        _log.warning("cannot record that the state is damaged", why=str(error))


def _note(query: Path, times: Callable[[Begun], int]) -> None:
    """Note how often the unfinished batch, if there is one, was begun."""
    path = query.with_name(NAME)
    try:
        note = read_note(path)
        reached = read(query, note.topic)
        if reached and (begun := unfinished(note, reached)):
            begun = Begun(begun.batch, times(begun))
            write_note(path, msgspec.structs.replace(note, begun=begun))
    except (OSError, DamagedError) as error:
        _log.warning("cannot record how often a batch was begun", why=str(error))
