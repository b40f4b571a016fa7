"""Reads a dataset back: which files its days have, or the windows of a span."""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import chain
from pathlib import PurePath, PurePosixPath

import pyarrow as pa
import pyarrow.compute as pc
import structlog

from contracts.arrow import SCHEMA
from contracts.dataset import first_day
from contracts.location import Location
from spark_job.maintenance.disk import disk_of
from spark_job.maintenance.files import File
from spark_job.maintenance.parts import UnusableError, read_rows

_log = structlog.get_logger()


def days(
    location: Location, wanted: Callable[[str], bool] = lambda _: True
) -> dict[str, list[File]]:
    """List the files of each day that is wanted; raises `OSError`."""
    files = _of_a_table if location.format == "delta" else _of_folders
    found: dict[str, list[File]] = defaultdict(list)
    for file in files(location, lambda folder: wanted(_day(folder))):
        found[_day(file.path.parent)].append(file)
    return dict(found)


def _day(folder: PurePath) -> str:
    return folder.name.partition("=")[2]


def windows_between(
    location: Location, after: datetime, until: datetime, length: timedelta
) -> pa.Table:
    """Read the windows of a length that end after one time and until another.

    Each lies in the day that it begins in. A file that is damaged is left out, and logged; raises
    `OSError`.
    """
    first = first_day(after, length).isoformat()
    files = chain.from_iterable(days(location, lambda day: day >= first).values())
    ends = pc.field("window_end")
    within = (ends > pa.scalar(after)) & (ends <= pa.scalar(until))
    disk, tables = disk_of(location), [SCHEMA.empty_table()]
    for file in files:
        try:
            tables.append(read_rows(disk, file, within))
        except UnusableError as error:
            _log.warning("a file cannot be read back", file=str(file.path), why=str(error))
    return pa.concat_tables(tables)


def _of_folders(location: Location, wanted: Callable[[PurePath], bool]) -> list[File]:
    disk = disk_of(location)
    folders = filter(wanted, disk.date_folders())
    return [file for folder in folders for file in disk.list_folder(folder).files]


def _of_a_table(location: Location, wanted: Callable[[PurePath], bool]) -> list[File]:
    # Only where it is used: it is large.
    from spark_job.writing.delta import open_table  # noqa: PLC0415

    table = open_table(location)
    if table is None:
        return []
    found = pa.table(table.get_add_actions(flatten=True))
    columns = (found[it].to_pylist() for it in ("path", "modification_time", "size_bytes"))
    files = (
        File(PurePosixPath(location.key, name), written_ms * 1_000_000, size)
        for name, written_ms, size in zip(*columns, strict=True)
    )
    return [file for file in files if wanted(file.path.parent)]
