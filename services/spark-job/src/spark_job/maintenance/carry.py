"""Carries the windows of another place or format over to the dataset of the settings.

``python -m spark_job.maintenance.carry PLACE FORMAT``: a path or ``s3a://bucket/prefix``, as
``parquet`` or ``delta``. The job may run meanwhile. Windows that are there already are left out, so
that it may be cut off, and run again, at any time.
"""

import sys
import time
from collections.abc import Callable, Iterator
from itertools import count

import pyarrow as pa

from contracts.arrow import conform, distinct
from contracts.dataset import KEY, PARTITION_COLUMN
from contracts.location import Location, LocationSettings
from contracts.object_store import StoreError
from contracts.settings import SettingError, load
from spark_job.maintenance.stored import days, rows_of
from spark_job.settings import JobSettings
from spark_job.writing.dataset import Commit, WrongFormatError
from spark_job.writing.place import open_dataset

_QUERY = "carried"
_USE = "takes a place (a path or s3a://bucket/prefix) and its format (parquet or delta)"


def carry(
    source: Location, target: Location, numbers: Callable[[], int]
) -> Iterator[tuple[str, int]]:
    """Carry over a day at a time; gives each day and how many windows came. Raises `OSError`.

    `numbers` gives a number that no run has had before.
    """
    dataset = open_dataset(target)
    dataset.check()
    there = days(target)
    for day, files in sorted(days(source).items()):
        rows = _missing(rows_of(source, files), rows_of(target, there.get(day, [])))
        if rows.num_rows:
            dated = rows.append_column(PARTITION_COLUMN, pa.array([day] * len(rows), pa.string()))
            dataset.write(dated, Commit(_QUERY, numbers()))
        yield day, rows.num_rows


def _missing(rows: pa.Table, there: pa.Table) -> pa.Table:
    """Give each row once that is not there, by what names it."""
    return conform(distinct(rows).join(there.select(KEY), list(KEY), join_type="left anti"))


def main(arguments: list[str]) -> int:
    """Carry over, and say so day by day."""
    try:
        settings = load(JobSettings)
        place, format_ = arguments
        changed = {"aggregates_uri": place, "aggregates_format": format_}
        source = LocationSettings.model_validate(settings.model_dump() | changed).location
    except (SettingError, ValueError) as error:
        _say(str(error) if isinstance(error, SettingError) else _USE)
        return 2
    numbers = count(time.time_ns())
    try:
        for day, windows in carry(source, settings.location, lambda: next(numbers)):
            _say(f"{day}: {windows} windows carried over")
    except (StoreError, WrongFormatError, OSError) as error:
        _say(str(error))
        return 1
    return 0


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - a command that a person types


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
