"""The dataset as plain files in an object store, with few requests.

The writer tells of each batch in one small object: as long as that is as it was, nothing is listed.
"""

import time
from collections.abc import Callable, Iterator
from datetime import date

import pyarrow as pa
from pyarrow import fs

from contracts.dataset import FINAL_UNTIL, day_of, folder_name, is_data_file
from contracts.location import Location
from contracts.object_store import StoreError, file_system, readable_errors
from contracts.reader.rows import opened, read_parts, read_rows, span_of
from contracts.reader.source import DatasetError, Fingerprint, Settled, Span, Wanted

_NEWEST = 2
_TAIL_BYTES = 65_536


class RemoteFiles:
    """Reads files below a dataset's place, each whole; raises as `Source`."""

    def __init__(self, location: Location) -> None:
        self._location = location
        self._system, self._root = file_system(location)

    def span(self, day: date, name: str) -> Span | None:
        """Tell between which starts the windows of a file are, from its end."""
        path = f"{folder_name(day)}/{name}"
        try:
            file = opened(pa.BufferReader(self._tail(path)))
        except pa.ArrowInvalid:  # what tells it is longer, or it is damaged
            file = opened(pa.BufferReader(self._content(path)))
        return span_of(file.metadata)

    def read(
        self, day: date, name: str, schema: pa.Schema, wanted: Wanted | None = None
    ) -> pa.Table:
        """Read the windows of a file."""
        content = self._content(f"{folder_name(day)}/{name}")
        return read_rows(pa.BufferReader(content), schema, wanted)

    def parts(self, day: date, name: str, schema: pa.Schema) -> Iterator[pa.Table]:
        """Read the windows of a file, some at a time."""
        content = self._content(f"{folder_name(day)}/{name}")
        yield from read_parts(pa.BufferReader(content), schema)

    def _content(self, path: str) -> pa.Buffer:
        """Read an object; raises `FileNotFoundError` where there is none."""
        try:
            with (
                readable_errors(self._location),
                self._system.open_input_stream(f"{self._root}/{path}") as stream,
            ):
                return stream.read_buffer()
        except StoreError as error:
            raise DatasetError(str(error)) from error

    def _entries(self, folder: str) -> list[fs.FileInfo]:
        """List what lies in a folder; nothing where there is none."""
        selector = fs.FileSelector(f"{self._root}/{folder}".rstrip("/"), allow_not_found=True)
        try:
            with readable_errors(self._location):
                found: list[fs.FileInfo] = self._system.get_file_info(selector)
        except StoreError as error:
            raise DatasetError(str(error)) from error
        return found

    def _tail(self, path: str) -> bytes:
        try:
            with (
                readable_errors(self._location),
                self._system.open_input_file(f"{self._root}/{path}") as file,
            ):
                size = file.size()
                found: bytes = file.read_at(min(size, _TAIL_BYTES), max(0, size - _TAIL_BYTES))
        except StoreError as error:
            raise DatasetError(str(error)) from error
        return found


class Objects(RemoteFiles):
    """The dataset below a prefix.

    A batch may be in any of the newest two days; what comes to older ones is found by
    `check_after_s`.
    """

    check_after_s = 600.0

    def __init__(self, location: Location, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(location)
        self._clock = clock
        self._marker: bytes | None = None
        self._changes = 0
        self._days: list[date] = []
        self._listed_at: float | None = None

    def days(self) -> list[date]:
        """List the days that there are, newest first; looks what is new."""
        try:
            marker: bytes | None = self._content(FINAL_UNTIL).to_pybytes()
        except FileNotFoundError:
            marker = None
        now_s = self._clock()
        due = self._listed_at is None or now_s - self._listed_at > self.check_after_s
        if marker != self._marker or due:
            names = [it.base_name for it in self._entries("")]
            self._days = sorted(filter(None, map(day_of, names)), reverse=True)
            self._marker, self._listed_at = marker, now_s
            self._changes += 1
        return self._days

    def changed(self, day: date) -> Settled:
        """Give what becomes another with each batch, for the newest days."""
        return Settled(self._changes if day in self._days[:_NEWEST] else 0)

    def list(self, day: date, known: dict[str, Fingerprint]) -> dict[str, Fingerprint]:
        """List the files of a day."""
        found = {
            it.base_name: Fingerprint(it.mtime_ns, it.size)
            for it in self._entries(folder_name(day))
            if it.type == fs.FileType.File and is_data_file(it.base_name)
        }
        return found | {name: known[name] for name in found.keys() & known.keys()}
