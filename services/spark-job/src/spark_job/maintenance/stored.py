"""Reads a dataset back, a day at a time."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from contracts.arrow import SCHEMA, conform
from contracts.location import Location
from contracts.object_store import file_system, in_words
from spark_job.maintenance.disk import disk_of

_LEAST = timedelta(days=1)  # windows may have been longer before: what they are now may be less


def days(location: Location) -> dict[str, list[str]]:
    """List the files of each day, by their paths; raises `OSError`."""
    paths = _of_a_table(location) if location.format == "delta" else _of_folders(location)
    found: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        found[path.split("/")[-2].partition("=")[2]].append(path)
    return dict(found)


def rows_of(location: Location, paths: Iterable[str]) -> pa.Table:
    """Read the rows of files; raises `OSError` and `pyarrow.ArrowException`."""
    with in_words(location):
        system, _ = file_system(location)
        tables = [SCHEMA.empty_table()]
        for path in paths:
            with system.open_input_file(path) as there, parquet.ParquetFile(there) as file:
                tables.append(conform(file.read()))
    return pa.concat_tables(tables)


def windows_between(
    location: Location, after: datetime, until: datetime, length: timedelta
) -> pa.Table:
    """Read the windows of a length that end after one time and until another.

    Each lies in the day that it begins in. Raises as `rows_of`.
    """
    first = (after - max(length, _LEAST)).date().isoformat()
    paths = [path for day, of in days(location).items() if day >= first for path in of]
    rows, ends = rows_of(location, paths), pc.field("window_end")
    return rows.filter((ends > pa.scalar(after)) & (ends <= pa.scalar(until)))


def _of_folders(location: Location) -> list[str]:
    disk = disk_of(location)
    folders = [disk.list_folder(folder) for folder in disk.date_folders()]
    return [str(file.path) for folder in folders for file in folder.files]


def _of_a_table(location: Location) -> list[str]:
    # Only where it is used: it is large.
    from spark_job.writing.delta import open_table  # noqa: PLC0415

    table = open_table(location)
    if table is None:
        return []
    names = pa.table(table.get_add_actions(flatten=True))["path"].to_pylist()
    return [f"{location.key}/{name}" for name in names]
