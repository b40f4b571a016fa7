"""The dataset as a Delta table, on a disk or in an object store, with few requests.

Each look asks for the next version of the log; only where there is one the table is brought up to
date. After a long time without one the table is opened anew: by then that version may be cleaned
up, or the table deleted and created again.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date

import pyarrow as pa
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError, TableNotFoundError

from contracts.dataset import day_of, folder_name
from contracts.location import Location
from contracts.object_store import delta_table, error_text
from contracts.reader.objects import RemoteFiles
from contracts.reader.source import ALL_TIME, DatasetError, Fingerprint, Settled, Span

_NS_OF_MS = 1_000_000
_REST_OF_MS_US = 999
"""The log has times cut to milliseconds."""

type _Files = dict[str, Fingerprint]


class Table(RemoteFiles):
    """The files of a table's newest version, by day."""

    check_after_s = 600.0

    def __init__(self, location: Location, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(location)
        self._clock = clock
        self._current_at = 0.0
        self._table: DeltaTable | None = None
        self._days: dict[date, _Files] = {}
        self._spans: dict[date, dict[str, Span]] = {}
        self._changes: dict[date, int] = {}

    def days(self) -> list[date]:
        """List the days that there are, newest first; looks what is new."""
        now_s = self._clock()
        if self._table is None or now_s - self._current_at > self.check_after_s:
            self._open()
            self._current_at = now_s
        elif self._is_behind(self._table):
            self._update(self._table)
            self._current_at = now_s
        return sorted(self._days, reverse=True)

    def changed(self, day: date) -> Settled:
        """Give what becomes another when the files of a day do."""
        if day not in self._days:
            raise FileNotFoundError(folder_name(day))
        return Settled(self._changes[day])

    def list(self, day: date, known: _Files) -> _Files:  # noqa: ARG002 - there is no need to look
        """List the files of a day."""
        if day not in self._days:
            raise FileNotFoundError(folder_name(day))
        return dict(self._days[day])

    def span(self, day: date, name: str) -> Span | None:
        """Tell between which starts the windows of a file are, as the log has it."""
        return self._spans.get(day, {}).get(name, ALL_TIME)

    def _open(self) -> None:
        uri, options = delta_table(self._location)
        try:
            self._table = DeltaTable(uri, storage_options=options)
        except TableNotFoundError:  # the job has not made it yet, or it is deleted
            self._table, self._days, self._spans = None, {}, {}
            return
        except (OSError, DeltaError) as error:
            raise DatasetError(error_text(error, self._location)) from error
        self._note(self._table)

    def _is_behind(self, table: DeltaTable) -> bool:
        try:
            self._content(f"_delta_log/{table.version() + 1:020d}.json")
        except FileNotFoundError:
            return False
        return True

    def _update(self, table: DeltaTable) -> None:
        try:
            table.update_incremental()
        except (OSError, DeltaError) as error:
            self._table = None  # its log may be cleaned up as far: it is opened anew
            raise DatasetError(error_text(error, self._location)) from error
        self._note(table)

    def _note(self, table: DeltaTable) -> None:
        """Note the files of each day, and which days have others than before."""
        found: dict[date, _Files] = defaultdict(dict)
        spans: dict[date, dict[str, Span]] = defaultdict(dict)
        for path, changed_ms, size, first_us, last_us in _actions(table):
            folder, _, name = path.partition("/")
            if day := day_of(folder):
                found[day][name] = Fingerprint(changed_ms * _NS_OF_MS, size)
                if first_us is not None and last_us is not None:
                    spans[day][name] = Span(first_us, last_us + _REST_OF_MS_US)
        for day, files in found.items():
            if files != self._days.get(day):
                self._changes[day] = self._changes.get(day, 0) + 1
        self._days, self._spans = dict(found), dict(spans)


def _actions(table: DeltaTable) -> Iterator[tuple[str, int, int, int | None, int | None]]:
    """Give path, time of change, size, first and last start of each file, null where unknown."""
    actions = pa.table(table.get_add_actions(flatten=True))
    unknown = pa.nulls(len(actions), pa.int64())
    bounds = [
        actions[name].cast(pa.int64()) if name in actions.column_names else unknown
        for name in ("min.window_start", "max.window_start")
    ]
    columns = [actions[it] for it in ("path", "modification_time", "size_bytes")] + bounds
    yield from zip(*(it.to_pylist() for it in columns), strict=True)
