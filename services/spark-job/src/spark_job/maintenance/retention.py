"""Removes files past their retention, unfinished ones that nobody finishes, and empty folders."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import PurePath

from spark_job.maintenance.disk import Disk
from spark_job.maintenance.files import File, Listing

ABANDONED_S = 3600
"""A temporary file that has not changed for so long will not be finished by anybody."""

_NS = 1_000_000_000


class Retention:
    """Removes files when `retention` has passed since they were written.

    `clock` gives nanoseconds since 1970.
    """

    def __init__(self, disk: Disk, retention: timedelta, clock: Callable[[], int]) -> None:
        self._disk = disk
        self._retention_s = retention.total_seconds()
        self._clock = clock
        self._empty: set[PurePath] = set()

    def apply(self, folder: PurePath, content: Listing) -> Iterator[None]:
        """Remove from a date's folder what has expired, in steps; raises `OSError`."""
        expired = [file for file in content.files if self._expired(file)]
        abandoned = [file for file in content.unfinished if self._older(file, ABANDONED_S)]
        for file in expired + abandoned:
            self._disk.remove(file.path)
            yield
        self._remove_empty(folder, empty=content.empty)

    def not_expired(self, files: list[File]) -> list[File]:
        """Give the files that stay."""
        return [file for file in files if not self._expired(file)]

    def _expired(self, file: File) -> bool:
        return self._older(file, self._retention_s)

    def _older(self, file: File, age_s: float) -> bool:
        return file.written_ns < self._clock() - int(age_s * _NS)

    def _remove_empty(self, folder: PurePath, *, empty: bool) -> None:
        # Only at the second pass: the writer may just have made the folder, and not yet its file.
        if empty and folder not in self._empty:
            self._empty.add(folder)
            return
        self._empty.discard(folder)
        if empty:
            self._disk.remove_folder(folder)
