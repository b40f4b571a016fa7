"""Reads from Spark's checkpoint how far its query has come.

The format is that of Spark 3.5 (``OffsetSeqLog``): a folder ``offsets`` with a file for each batch,
named by its number. It has a line with the version, a line with settings (and the watermark of the
batch) and a line of the source: under the topic's name the offsets up to which the batch reads, and
whatever else the source keeps there; the job's own keeps those at which it begins, under `BEGINS`.
A folder ``commits`` has a file for each finished batch. If none is finished, Spark's own Kafka
source has stored the offsets at which the first began in ``sources/0/0``
(``KafkaSourceInitialOffsetWriter``).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from contracts.times import from_ms
from spark_job.errors import DamagedError

type Offsets = dict[int, int]
"""Partition to offset."""

BEGINS = "begins at"  # no topic is called so


class _Settings(msgspec.Struct):
    batch_watermark_ms: int = msgspec.field(name="batchWatermarkMs")
    batch_timestamp_ms: int = msgspec.field(name="batchTimestampMs", default=0)


class Reached(NamedTuple):
    """How far a query has come.

    `batch` is the last that is finished, if any is; windows that end at or before `watermark_ms`
    (since 1970; 0: none) are written by it and those before it. `next_offsets` is for each
    partition the first offset that none of them has read. `unfinished` are the batches that have
    begun since, and may have written something; they read up to the offsets `planned`.
    """

    batch: int | None
    watermark_ms: int
    next_offsets: Offsets
    unfinished: list[int]
    planned: Offsets


def read(query: Path, topic: str) -> Reached | None:
    """Tell how far a query has come; None if it has not planned a batch yet.

    Raises `DamagedError` for what Spark would not be able to read at its start, either.
    """
    begun, done = _batches(query / "offsets"), _batches(query / "commits")
    if begun or (query / "metadata").exists():
        query_id(query)
    if not begun:
        return None
    last = max(done, default=-1)
    unfinished = [batch for batch in begun if batch > last]
    until: Offsets = {}
    for batch in unfinished:
        _, until = _end(query, topic, batch)
    if not done:
        return Reached(None, 0, _first_offsets(query, topic, begun[0]), begun, until)
    with _reading(query / "commits" / str(last)) as path:
        _, content = path.read_text().splitlines()
        msgspec.json.decode(content, type=dict[str, int])
    return Reached(last, *_end(query, topic, last), unfinished, until)


def planned(query: Path, batch: int) -> str:
    """Give what the source has planned for a batch; raises `DamagedError`."""
    with _logged(query, batch) as (_, source):
        return source


def final_until(query: Path, batch: int) -> datetime:
    """Give how far windows are final once a batch is written; raises `DamagedError`."""
    with _logged(query, batch) as (settings, _):
        return from_ms(settings.batch_watermark_ms)


def planned_at(query: Path, batch: int) -> datetime | None:
    """Tell when a batch was planned, when all its records were there; None if unknown.

    Raises `DamagedError`.
    """
    with _logged(query, batch) as (settings, _):
        planned_ms = settings.batch_timestamp_ms
    return from_ms(planned_ms) if planned_ms else None


def next_offsets(query: Path, topic: str) -> Offsets | None:
    """Give `Reached.next_offsets` alone; None and errors as in `read`."""
    reached = read(query, topic)
    return reached and reached.next_offsets


def query_id(query: Path) -> str:
    """Read the id that Spark gave the query at its first start; files are named after it."""
    with _reading(query / "metadata") as path:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, str])["id"]


def _end(query: Path, topic: str, batch: int) -> tuple[int, Offsets]:
    """Read the watermark of a batch, and the offsets up to which it reads."""
    with _logged(query, batch) as (settings, source):
        return settings.batch_watermark_ms, _offsets(source, topic)


def _first_offsets(query: Path, topic: str, batch: int) -> Offsets:
    path = query / "sources" / "0" / "0"
    if not path.exists():  # the job's own source writes them down with the batch
        with _logged(query, batch) as (_, source):
            return _offsets(source, BEGINS)
    with _reading(path):
        return _offsets(path.read_text().splitlines()[-1].removeprefix("v1"), topic)


def _offsets(line: str, name: str) -> Offsets:
    members = msgspec.json.decode(line, type=dict[str, msgspec.Raw])
    return msgspec.json.decode(members[name], type=dict[int, int])


@contextmanager
def _logged(query: Path, batch: int) -> Iterator[tuple[_Settings, str]]:
    """Read a batch's settings, and what its source has planned; raises as `_reading`."""
    with _reading(query / "offsets" / str(batch)) as path:
        _, settings, source = path.read_text().splitlines()
        yield msgspec.json.decode(settings, type=_Settings), source


@contextmanager
def _reading(path: Path) -> Iterator[Path]:
    """Raise `DamagedError` for what cannot be read, or is not what Spark writes."""
    try:
        yield path
    except (OSError, ValueError, LookupError) as error:
        raise DamagedError(f"{path} cannot be read ({error})") from None


def _batches(folder: Path) -> list[int]:
    if not folder.is_dir():
        return []
    return sorted(int(entry.name) for entry in folder.iterdir() if entry.name.isdigit())
