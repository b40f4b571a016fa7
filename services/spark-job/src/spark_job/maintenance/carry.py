"""Copies the windows of another place or format to the dataset of the settings.

``python -m spark_job.maintenance.carry PLACE FORMAT``: a path or ``s3a://bucket/prefix``, as
``parquet`` or ``delta``. The job may run meanwhile. Windows that are there already are left out, so
it may be interrupted, and run again, at any time.
"""

import sys
from collections.abc import Iterator
from itertools import count
from uuid import uuid4

import pyarrow as pa

from contracts.arrow import conform
from contracts.dataset import KEY, PARTITION_COLUMN
from contracts.location import Location, LocationSettings
from contracts.object_store import StoreError
from contracts.settings import SettingError, load
from spark_job.maintenance.disk import Disk, disk_of
from spark_job.maintenance.merge import read_span, spans
from spark_job.maintenance.parts import Part, UnusableError, extent
from spark_job.maintenance.stored import days
from spark_job.settings import JobSettings
from spark_job.writing.dataset import Commit, WrongFormatError
from spark_job.writing.place import open_dataset

_USE = "takes a place (a path or s3a://bucket/prefix) and its format (parquet or delta)"


class NothingThereError(Exception):
    """There are no windows in a place, in that format."""

    def __init__(self, source: Location) -> None:
        super().__init__(f"there are no windows at {source.uri} as {source.format}")


def carry(
    source: Location, target: Location, commits: Iterator[Commit]
) -> Iterator[tuple[str, int]]:
    """Copy a day at a time; gives each day and the number of windows copied.

    `commits` are what no run has used before. Raises `NothingThereError`, `UnusableError` for a
    damaged file, and `OSError`.
    """
    dataset = open_dataset(target)
    dataset.check()
    found = days(source)
    if not found:
        raise NothingThereError(source)
    for day in sorted(found):
        windows = 0
        for rows in _missing(source, target, day):
            dated = rows.append_column(PARTITION_COLUMN, pa.array([day] * len(rows), pa.string()))
            dataset.write(dated, next(commits))
            windows += len(rows)
        yield day, windows


def _missing(source: Location, target: Location, day: str) -> Iterator[pa.Table]:
    """Give the windows of a day that are not there yet, each once, some 200,000 at a time."""
    (disk, parts), (other, there) = (_parts(it, day) for it in (source, target))
    for begin_us, end_us in spans(parts) if parts else ():
        rows = read_span(disk, parts, begin_us, end_us)
        known = read_span(other, there, begin_us, end_us).select(KEY)
        if missing := rows.join(known, list(KEY), join_type="left anti"):
            yield conform(missing)


def _parts(location: Location, day: str) -> tuple[Disk, list[Part]]:
    """List what a day has now: while others are copied, its files may be merged."""
    disk = disk_of(location)
    files = days(location, day.__eq__).get(day, [])
    return disk, [part for file in files if (part := extent(disk, file))]


def main(arguments: list[str]) -> int:
    """Copy, and report each day."""
    try:
        settings = load(JobSettings)
        place, format_ = arguments
        changed = {"aggregates_uri": place, "aggregates_format": format_}
        source = LocationSettings.model_validate(settings.model_dump() | changed).location
    except (SettingError, ValueError) as error:
        _say(str(error) if isinstance(error, SettingError) else _USE)
        return 2
    run = f"carried-{uuid4()}"
    commits = (Commit(run, number) for number in count())
    try:
        for day, windows in carry(source, settings.location, commits):
            _say(f"{day}: {windows} windows carried over")
    except UnusableError as error:
        _say(f"{error.file.path}: {error}")
        return 1
    except (NothingThereError, StoreError, WrongFormatError, OSError) as error:
        _say(str(error))
        return 1
    return 0


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - a command for people


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
