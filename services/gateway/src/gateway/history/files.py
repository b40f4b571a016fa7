"""Which files of the dataset hold a span of time."""

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
from pyarrow import parquet

from contracts.dataset import day_of, folder_name

_MOST_KNOWN = 20_000


class File(NamedTuple):
    """A file, and between which starts its windows are (microseconds since 1970, both included)."""

    path: str
    first_us: int
    last_us: int


class Files:
    """Lists files; what a file holds is read once, as long as it stays the same."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._known: dict[tuple[str, int, int], File | None] = {}

    def days(self) -> list[date]:
        """List the days that have files, newest first."""
        try:
            names = [folder.name for folder in self._directory.iterdir()]
        except FileNotFoundError:
            return []
        return sorted(filter(None, map(day_of, names)), reverse=True)

    def of_day(self, day: date) -> Iterator[File]:
        """Give the files of a day; those that are damaged are left out."""
        try:
            entries = list(os.scandir(self._directory / folder_name(day)))
        except FileNotFoundError:
            return
        for entry in entries:
            if entry.name.startswith(("_", ".")):
                continue
            try:
                found = self._look(entry)
            except FileNotFoundError:  # merged with others meanwhile
                continue
            if found is not None:
                yield found

    def _look(self, entry: os.DirEntry[str]) -> File | None:
        it = entry.stat()
        key = (entry.path, it.st_mtime_ns, it.st_size)
        if key not in self._known:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[key] = _read(entry.path)
        return self._known[key]


def _read(path: str) -> File | None:
    try:
        metadata = parquet.read_metadata(path)
    except (pa.ArrowInvalid, OSError) as error:
        if isinstance(error, FileNotFoundError):
            raise
        return None
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    bounds = [_bounds(group) for group in groups]
    if not bounds:
        return None
    return File(path, min(first for first, _ in bounds), max(last for _, last in bounds))


def _bounds(group: parquet.RowGroupMetaData) -> tuple[int, int]:
    """Read between which starts a row group is; all time where it does not say."""
    for number in range(group.num_columns):
        column = group.column(number)
        if column.path_in_schema == "window_start" and column.is_stats_set:
            low, high = column.statistics.min_raw, column.statistics.max_raw
            if isinstance(low, int) and isinstance(high, int):
                return low, high
    return 0, 2**63 - 1
