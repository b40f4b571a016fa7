"""Maintains a Delta table: few files, none past its retention, a short log."""

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import NamedTuple

import pyarrow as pa
import structlog
from deltalake import DeltaTable
from deltalake.fs import DeltaStorageHandler

from contracts.dataset import PARTITION_COLUMN, day_of
from contracts.location import Location
from contracts.object_store import delta_table
from contracts.times import MICROSECOND
from spark_job.writing.delta import open_table, readable_delta_errors

_MANY_FILES = 500
_TARGET_BYTES = 64 * 1024 * 1024
_SETTLED_S = 600
_GRACE_H = 1
_SWEPT_EVERY_S = 3600
_MS = 1_000_000

_log = structlog.get_logger()


class _Day(NamedTuple):
    """How many files of a date are too small, and when its newest file was written."""

    small: int
    newest_ms: int


class TableMaintainer:
    """Keeps a table to few files and to `retention`.

    What a merge has replaced stays for an hour, for readers that know an older version.
    """

    def __init__(self, location: Location, retention: timedelta) -> None:
        self._location = location
        self._retention = retention
        self._table: DeltaTable | None = None
        self._swept_ns = 0

    def run(self) -> Iterator[None]:
        """Run one pass, in steps; raises `OSError`, and the next pass does what is left."""
        with readable_delta_errors(self._location):
            table = self._opened()
            if table is None:
                return
            days = _days(table)
            yield
            yield from self._expire(table, days)
            yield from self._compact(table, days)
            yield from self._sweep(table)
            table.cleanup_metadata()

    def _opened(self) -> DeltaTable | None:
        if self._table is None:
            self._table = open_table(self._location)
        else:
            self._table.update_incremental()
        return self._table

    def _expire(self, table: DeltaTable, days: dict[str, _Day]) -> Iterator[None]:
        for name in [it for it, day in days.items() if self._older(day, self._retention)]:
            table.delete(f"{PARTITION_COLUMN} = '{name}'")
            del days[name]
            yield

    def _compact(self, table: DeltaTable, days: dict[str, _Day]) -> Iterator[None]:
        settled = timedelta(seconds=_SETTLED_S)
        for name, day in sorted(days.items()):
            if day.small >= _MANY_FILES or (day.small > 1 and self._older(day, settled)):
                done = table.optimize.compact(
                    [(PARTITION_COLUMN, "=", name)], target_size=_TARGET_BYTES
                )
                if files := done["numFilesRemoved"]:
                    _log.info("merged", day=name, files=files)
                yield

    def _sweep(self, table: DeltaTable) -> Iterator[None]:
        """Remove the files of dates that no version of the last hour has.

        delta-rs would remove whatever lies below the table, somebody else's files too.
        """
        if time.time_ns() - self._swept_ns < _SWEPT_EVERY_S * 1_000_000_000:
            return
        self._swept_ns = time.time_ns()
        unused = table.vacuum(_GRACE_H, dry_run=True, enforce_retention_duration=False, full=True)
        store = DeltaStorageHandler(*delta_table(self._location))
        for name in unused:
            if day_of(name.partition("/")[0]):
                with suppress(FileNotFoundError):  # the log goes on naming it for a while
                    store.delete_file(name)
                yield

    def _older(self, day: _Day, age: timedelta) -> bool:
        return day.newest_ms * _MS < time.time_ns() - age / MICROSECOND * 1000


def _days(table: DeltaTable) -> dict[str, _Day]:
    files = pa.table(table.get_add_actions(flatten=True))
    sizes: dict[str, list[int]] = defaultdict(list)
    written: dict[str, list[int]] = defaultdict(list)
    columns = (f"partition.{PARTITION_COLUMN}", "size_bytes", "modification_time")
    for name, size, time_ms in zip(*(files[it].to_pylist() for it in columns), strict=True):
        sizes[name].append(size)
        written[name].append(time_ms)
    return {
        name: _Day(sum(size < _TARGET_BYTES for size in sizes[name]), max(written[name]))
        for name in sizes
    }
