"""What a file holds, and which hours are closed."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from contracts.arrow import SCHEMA, conform, usable
from contracts.object_store import StoreError
from spark_job.maintenance.disk import Disk
from spark_job.maintenance.files import File

HOUR_US = 3600 * 1_000_000
_START = "window_start"
_OF_STORE = "AWS Error"  # so pyarrow says what a store answers in the middle of an object
_OF_A_FILE = (OSError, pa.ArrowException, UnicodeDecodeError)
"""The last where the name of a column is not UTF-8."""


class Part(NamedTuple):
    """What a file holds: its first and last window's start (microseconds since 1970), its rows."""

    file: File
    first_us: int
    last_us: int
    rows: int


class UnusableError(Exception):
    """A file is damaged, or its columns cannot be merged without a loss."""

    def __init__(self, file: File, why: object) -> None:
        super().__init__(str(why).strip().partition("\n")[0])
        self.file = file


def describe(disk: Disk, file: File) -> Part:
    """Look what a file holds, for a merge.

    Raises `UnusableError`, also where it is empty, and `OSError` where the disk fails.
    """
    with _content(disk, file) as content:
        _check_columns(file, content.schema_arrow)
        part = _extent(file, content)
    if part is None:
        raise UnusableError(file, "it is empty")
    return part


def extent(disk: Disk, file: File) -> Part | None:
    """Look what a file holds; None where it is empty. Raises as `describe`."""
    with _content(disk, file) as content:
        return _extent(file, content)


@contextmanager
def _content(disk: Disk, file: File) -> Iterator[parquet.ParquetFile]:
    try:
        with disk.opened(file.path) as there, parquet.ParquetFile(there) as content:
            yield content
    except _OF_A_FILE as error:
        raise as_unusable(file, error) from error


def _extent(file: File, content: parquet.ParquetFile) -> Part | None:
    ends = [
        pc.min_max(batch.column(0).cast(pa.int64()))
        for batch in content.iter_batches(columns=[_START], use_threads=False)
        if len(batch)
    ]
    if not ends:
        return None
    first, last = min(it["min"].as_py() for it in ends), max(it["max"].as_py() for it in ends)
    return Part(file, first, last, content.metadata.num_rows)


def _check_columns(file: File, found: pa.Schema) -> None:
    """Raise `UnusableError` unless a merge can take all columns, and fill those that are missing.

    A column that is not known is of a later version of the job: left out, its values would be lost.
    """
    if later := [name for name in found.names if name not in SCHEMA.names]:
        names = ", ".join(later)
        raise UnusableError(file, f"it has columns that this job does not know: {names}")
    for field in found:
        if not field.equals(SCHEMA.field(field.name)):
            wanted = _type(SCHEMA.field(field.name))
            raise UnusableError(file, f"its column {field.name} is {_type(field)}, not {wanted}")
    conform(found.empty_table())


def _type(field: pa.Field) -> str:
    return f"{field.type}{'' if field.nullable else ' not null'}"


def read_rows(disk: Disk, file: File, within: pc.Expression) -> pa.Table:
    """Read the rows of a file that an expression holds for, as `SCHEMA`, and no more than needed.

    Raises `UnusableError`, and `OSError` where the disk fails.
    """
    try:
        with disk.opened(file.path) as there:
            rows = parquet.read_table(there, partitioning=None, use_threads=False, filters=within)
            return usable(rows)
    except _OF_A_FILE as error:
        raise as_unusable(file, error) from error


def as_unusable(file: File, error: Exception) -> Exception:
    """Distinguish a damaged file from an error of the disk, which has an `errno`, or of a store."""
    of_disk = isinstance(error, OSError) and (error.errno is not None or _OF_STORE in str(error))
    return error if of_disk or isinstance(error, StoreError) else UnusableError(file, error)


def closed_hours(parts: Iterable[Part], settled_ns: int) -> list[list[Part]]:
    """Group files by the hour of their first window; give the hours of several that are closed.

    Closed is an hour that was over, and whose files had all been written, at `settled_ns`
    (nanoseconds since 1970).
    """
    hours: dict[int, list[Part]] = defaultdict(list)
    for part in parts:
        hours[part.first_us // HOUR_US].append(part)
    return [
        group
        for hour, group in sorted(hours.items())
        if len(group) > 1
        and (hour + 1) * HOUR_US * 1000 <= settled_ns
        and max(part.file.written_ns for part in group) <= settled_ns
    ]
