"""The dataset as files in a folder of a disk."""

import os
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pyarrow as pa

from contracts.dataset import day_of, folder_name, is_data_file
from contracts.reader.rows import opened, read_parts, read_rows, span_of
from contracts.reader.source import DatasetError, Fingerprint, Settled, Span, Wanted

_SETTLED_NS = 1_000_000_000


class Folder:
    """The dataset in a folder of a disk."""

    check_after_s = 30.0

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def days(self) -> list[date]:
        """List the days that have a folder, newest first; raises `DatasetError`."""
        return list_days(self._directory)

    def changed(self, day: date) -> Settled:
        """Tell when a file of a day last came or went; raises as `Source.changed`."""
        since_ns = changed_ns(self._folder(day))
        # A change within the clock's tick leaves the folder's time as it was.
        return Settled(since_ns, time.time_ns() - since_ns > _SETTLED_NS)

    def list(self, day: date, known: dict[str, Fingerprint]) -> dict[str, Fingerprint]:
        """List the files of a day; those in `known` are taken to be as they were."""
        return list_files(self._folder(day), known)

    def span(self, day: date, name: str) -> Span | None:
        """Tell between which starts the windows of a file are."""
        with pa.OSFile(str(self._folder(day) / name)) as content, opened(content) as file:
            return span_of(file.metadata)

    def read(
        self, day: date, name: str, schema: pa.Schema, wanted: Wanted | None = None
    ) -> pa.Table:
        """Read the windows of a file; raises as `Source.read`."""
        with pa.OSFile(str(self._folder(day) / name)) as content:
            return read_rows(content, schema, wanted)

    def parts(self, day: date, name: str, schema: pa.Schema) -> Iterator[pa.Table]:
        """Read the windows of a file, some at a time; raises as `Source.read`."""
        with pa.OSFile(str(self._folder(day) / name)) as content:
            yield from read_parts(content, schema)

    def _folder(self, day: date) -> Path:
        return self._directory / folder_name(day)


def list_days(directory: Path) -> list[date]:
    """List the days that have a folder, newest first; raises `DatasetError`."""
    try:
        names = [folder.name for folder in directory.iterdir()]
    except OSError as error:
        raise DatasetError(f"{directory}: {error.strerror}") from error
    return sorted(filter(None, map(day_of, names)), reverse=True)


def changed_ns(folder: Path) -> int:
    """Tell when a file last came or went; raises `FileNotFoundError` and `DatasetError`."""
    try:
        return folder.stat().st_mtime_ns
    except FileNotFoundError:
        raise
    except OSError as error:
        raise DatasetError(f"{folder}: {error.strerror}") from error


def list_files(folder: Path, known: dict[str, Fingerprint]) -> dict[str, Fingerprint]:
    """List the files of a folder; those in `known` are taken to be as they were.

    Raises `FileNotFoundError` where the folder is gone and `DatasetError` where it cannot be read.
    """
    found = {}
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name in known:
                    found[entry.name] = known[entry.name]
                elif is_data_file(entry.name):
                    _note(entry, found)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise DatasetError(f"{folder}: {error.strerror}") from error
    return found


def _note(entry: os.DirEntry[str], found: dict[str, Fingerprint]) -> None:
    try:
        it = entry.stat()
    except FileNotFoundError:
        return
    if entry.is_file():
        found[entry.name] = Fingerprint(it.st_mtime_ns, it.st_size)
