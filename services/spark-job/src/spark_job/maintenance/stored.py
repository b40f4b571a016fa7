"""Reads a dataset back: a day at a time, or the windows of a span."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import PurePosixPath

import pyarrow as pa
import pyarrow.compute as pc
import structlog
from pyarrow import parquet

from contracts.arrow import SCHEMA, conform
from contracts.location import Location
from contracts.object_store import file_system, in_words
from spark_job.maintenance.disk import disk_of
from spark_job.maintenance.files import File
from spark_job.maintenance.parts import UnusableError, read_rows

_LEAST = timedelta(days=1)  # windows may have been longer before: what they are now may be less

_log = structlog.get_logger()


def days(location: Location) -> dict[str, list[File]]:
    """List the files of each day; raises `OSError`."""
    files = _of_a_table(location) if location.format == "delta" else _of_folders(location)
    found: dict[str, list[File]] = defaultdict(list)
    for file in files:
        found[file.path.parent.name.partition("=")[2]].append(file)
    return dict(found)


def rows_of(location: Location, files: Iterable[File]) -> pa.Table:
    """Read the rows of files; raises `OSError` and `pyarrow.ArrowException`."""
    with in_words(location):
        system, _ = file_system(location)
        tables = [SCHEMA.empty_table()]
        for it in files:
            with system.open_input_file(str(it.path)) as there, parquet.ParquetFile(there) as file:
                tables.append(conform(file.read()))
    return pa.concat_tables(tables)


def windows_between(
    location: Location, after: datetime, until: datetime, length: timedelta
) -> pa.Table:
    """Read the windows of a length that end after one time and until another.

    Each lies in the day that it begins in. A file that is damaged is left out, and logged; raises
    `OSError`.
    """
    first = (after - max(length, _LEAST)).date().isoformat()
    files = [file for day, of in days(location).items() if day >= first for file in of]
    ends = pc.field("window_end")
    within = (ends > pa.scalar(after)) & (ends <= pa.scalar(until))
    disk, tables = disk_of(location), [SCHEMA.empty_table()]
    for file in files:
        try:
            tables.append(read_rows(disk, file, within))
        except UnusableError as error:
            _log.warning("a file cannot be read back", file=str(file.path), why=str(error))
    return pa.concat_tables(tables)


def _of_folders(location: Location) -> list[File]:
    disk = disk_of(location)
    return [file for folder in disk.date_folders() for file in disk.list_folder(folder).files]


def _of_a_table(location: Location) -> list[File]:
    # Only where it is used: it is large.
    from spark_job.writing.delta import open_table  # noqa: PLC0415

    table = open_table(location)
    if table is None:
        return []
    found = pa.table(table.get_add_actions(flatten=True))
    columns = (found[it].to_pylist() for it in ("path", "modification_time", "size_bytes"))
    return [
        File(PurePosixPath(location.key, name), written_ms * 1_000_000, size)
        for name, written_ms, size in zip(*columns, strict=True)
    ]
