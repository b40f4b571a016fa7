"""Files of aggregates to one table: each look reads only what is new or changed.

Days are the dataset's partitions. A look goes from the newest day back as far as the shown range
needs, and in each day from the newest file back, so that a long history never keeps the newest
window waiting.
"""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from contracts.aggregates import COLUMNS, PARTITION_COLUMN
from dashboard.errors import VolumeError

SHOWN = (
    "symbol",
    "source",
    "window_start",
    "window_end",
    "avg_price",
    "max_price",
    "close_price",
    "max_deviation_pct",
)
_TYPES = {
    "string": pa.string(),
    "timestamp": pa.timestamp("us", tz="UTC"),
    "double": pa.float64(),
}
SCHEMA = pa.schema(
    [pa.field(column.name, _TYPES[column.type]) for column in COLUMNS if column.name in SHOWN]
)
"""The columns that the page shows, out of `contracts.aggregates.COLUMNS`."""

_FILE = "file"
_HELD = SCHEMA.append(pa.field(_FILE, pa.int64()))
_COLUMNS = list(SCHEMA.names)
_MAX_ROWS = 1_000_000
_READ_FOR_S = 0.4
_LIST_AGAIN_S = 30.0


class Fingerprint(NamedTuple):
    """What tells that a file is as it was: time of change (nanoseconds) and size (bytes)."""

    changed_ns: int
    size: int


class BrokenFile(NamedTuple):
    """A file that cannot be read, below the folder of aggregates, and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class Snapshot:
    """What a look found.

    `windows` has `SCHEMA`, in no order; a window may be there twice. `version` is another as soon
    as anything is. `arrived_at` is when the newest file was written. `unread` counts, at least, the
    files of the range that later looks will read. `cut` says that there are more windows than may
    be held.
    """

    version: int
    windows: pa.Table
    arrived_at: datetime | None
    broken: tuple[BrokenFile, ...]
    unread: int
    cut: bool


@dataclass
class _Day:
    files: dict[str, Fingerprint] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    broken: dict[str, tuple[Fingerprint, str]] = field(default_factory=dict)
    rows: pa.Table = field(default_factory=_HELD.empty_table)
    unread: int = 0
    folder_changed_ns: int = 0
    listed_at: float = 0.0


class Store:
    """Holds the windows below `directory`, for all sessions; safe to use from several threads.

    It holds about `max_rows` rows at most, the newest. One look reads files for about `read_for_s`
    seconds by `clock` and leaves the rest to the next.
    """

    def __init__(
        self,
        directory: Path,
        *,
        max_rows: int = _MAX_ROWS,
        read_for_s: float = _READ_FOR_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._directory = directory
        self._max_rows = max_rows
        self._read_for_s = read_for_s
        self._clock = clock
        self._lock = Lock()
        self._days: dict[date, _Day] = {}
        self._cut_before: date | None = None
        self._next_number = 0
        self._version = 0
        self._last: tuple[object, Snapshot] | None = None

    def look(self, span: timedelta | None) -> Snapshot:
        """Bring the windows of the newest `span` (None: all) up to date with the files.

        Raises `VolumeError` where the folder cannot be read.
        """
        with self._lock:
            deadline = self._clock() + self._read_for_s
            on_disk = self._list_days()
            self._forget(set(self._days) - set(on_disk))
            wanted, refreshed, postponed = [], 0, 0
            for day in self._wanted(on_disk, span):
                wanted.append(day)
                if day != on_disk[0] and self._as_listed(day):
                    continue
                # The newest day in every look, and one other at least, or a slow disk ends it all.
                if refreshed <= 1 or self._clock() < deadline:
                    self._refresh(day, deadline)
                    refreshed += 1
                else:
                    postponed += 1
            self._bound()
            return self._snapshot([day for day in wanted if day in self._days], postponed)

    def _list_days(self) -> list[date]:
        """List the days that have a folder, newest first."""
        try:
            names = [folder.name for folder in self._directory.iterdir()]
        except OSError as error:
            raise VolumeError(f"{self._directory}: {error.strerror}") from error
        return sorted(filter(None, map(_day_of, names)), reverse=True)

    def _wanted(self, on_disk: list[date], span: timedelta | None) -> Iterator[date]:
        """Yield the days that the range needs; each has been read when the next is asked for."""
        newest: datetime | None = None
        length = timedelta(0)
        for day in on_disk:
            if self._cut_before and day < self._cut_before:
                return
            if newest and span is not None and day < (newest - span - length).date():
                return
            yield day
            rows = self._days[day].rows if day in self._days else _HELD.empty_table()
            if newest is None and rows.num_rows:
                newest = pc.max(rows["window_end"]).as_py()
                length = newest - pc.max(rows["window_start"]).as_py()

    def _as_listed(self, name: date) -> bool:
        """Tell whether a day needs no listing: no file came or went, and the last is not long ago.

        A file that was changed in place shows in a listing only.
        """
        day = self._days.get(name)
        if day is None or day.unread or self._clock() - day.listed_at > _LIST_AGAIN_S:
            return False
        try:
            return self._folder(name).stat().st_mtime_ns == day.folder_changed_ns
        except OSError:
            return False

    def _refresh(self, name: date, deadline: float) -> None:
        """Read what is new or changed in a day; forget it where its folder is gone."""
        listed_at = self._clock()
        try:
            folder_changed_ns = self._folder(name).stat().st_mtime_ns
            found = _fingerprints(self._folder(name))
        except FileNotFoundError:
            self._forget({name})
            return
        except OSError as error:
            raise VolumeError(f"{self._folder(name)}: {error.strerror}") from error
        day = self._days.setdefault(name, _Day())
        self._drop(day, {file for file, known in day.files.items() if found.get(file) != known})
        self._mend(day, found)
        new = [file for file in found if file not in day.files and file not in day.broken]
        new.sort(key=lambda file: (found[file], file), reverse=True)
        done = self._read(name, day, {file: found[file] for file in new}, deadline)
        day.unread = len(new) - done
        day.folder_changed_ns, day.listed_at = folder_changed_ns, listed_at

    def _read(self, name: date, day: _Day, new: dict[str, Fingerprint], deadline: float) -> int:
        """Read files until the deadline, one at least; gives how many."""
        tables: list[pa.Table] = []
        done = 0
        for file, fingerprint in new.items():
            if done and self._clock() >= deadline:
                break
            done += 1
            try:
                rows = _read_file(self._folder(name) / file)
            except FileNotFoundError:
                continue
            except (OSError, pa.ArrowException) as error:
                day.broken[file] = (fingerprint, _first_line(error))
                self._version += 1
                continue
            number, self._next_number = self._next_number, self._next_number + 1
            day.files[file], day.numbers[file] = fingerprint, number
            tables.append(rows.append_column(_FILE, pa.repeat(pa.scalar(number), len(rows))))
        if tables:
            day.rows = pa.concat_tables([day.rows, *reversed(tables)]).combine_chunks()
            self._version += 1
        return done

    def _drop(self, day: _Day, files: set[str]) -> None:
        """Forget what was read from these files."""
        if not files:
            return
        numbers = [day.numbers.pop(file) for file in files]
        for file in files:
            del day.files[file]
        gone = pc.is_in(day.rows[_FILE], pa.array(numbers, pa.int64()))
        day.rows = day.rows.filter(pc.invert(gone))
        self._version += 1

    def _mend(self, day: _Day, found: dict[str, Fingerprint]) -> None:
        """Forget files that could not be read and have changed since, or are gone."""
        mended = [file for file, (known, _) in day.broken.items() if found.get(file) != known]
        for file in mended:
            del day.broken[file]
            self._version += 1

    def _forget(self, days: set[date]) -> None:
        for day in days & set(self._days):
            del self._days[day]
            self._version += 1

    def _bound(self) -> None:
        """Let go of the oldest days where more rows are held than may be."""
        held = sum(day.rows.num_rows for day in self._days.values())
        while held > self._max_rows and len(self._days) > 1:
            oldest = min(self._days)
            held -= self._days[oldest].rows.num_rows
            self._forget({oldest})
            self._cut_before = min(self._days)
        if held < self._max_rows // 2:
            self._cut_before = None

    def _snapshot(self, wanted: list[date], postponed: int) -> Snapshot:
        unread = postponed + sum(self._days[day].unread for day in wanted)
        found = (self._version, wanted, unread, self._cut_before)
        if self._last is None or self._last[0] != found:
            self._last = (found, self._collect(wanted, unread))
        return self._last[1]

    def _collect(self, wanted: list[date], unread: int) -> Snapshot:
        days = [(day, self._days[day]) for day in sorted(wanted)]
        tables = [day.rows.select(_COLUMNS) for _, day in days]
        changed = [it.changed_ns for _, day in days for it in day.files.values()]
        return Snapshot(
            version=self._version,
            windows=pa.concat_tables(tables).combine_chunks() if tables else SCHEMA.empty_table(),
            arrived_at=datetime.fromtimestamp(max(changed) / 1e9, UTC) if changed else None,
            broken=tuple(
                BrokenFile(f"{self._folder(name).name}/{file}", reason)
                for name, day in days
                for file, (_, reason) in sorted(day.broken.items())
            ),
            unread=unread,
            cut=self._cut_before is not None,
        )

    def _folder(self, day: date) -> Path:
        return self._directory / f"{PARTITION_COLUMN}={day}"


def _day_of(name: str) -> date | None:
    column, _, value = name.partition("=")
    try:
        return date.fromisoformat(value) if column == PARTITION_COLUMN else None
    except ValueError:
        return None


def _fingerprints(folder: Path) -> dict[str, Fingerprint]:
    found = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(("_", ".")) or not entry.is_file():
                continue
            try:
                it = entry.stat()
            except FileNotFoundError:
                continue
            found[entry.name] = Fingerprint(it.st_mtime_ns, it.st_size)
    return found


def _read_file(path: Path) -> pa.Table:
    with pa.OSFile(str(path)) as content, parquet.ParquetFile(content) as file:
        names = set(file.schema_arrow.names)
        if missing := [name for name in _COLUMNS if name not in names]:
            raise pa.ArrowInvalid(f"lacks the column {missing[0]}")
        return file.read(columns=_COLUMNS, use_threads=False).select(_COLUMNS).cast(SCHEMA)


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
