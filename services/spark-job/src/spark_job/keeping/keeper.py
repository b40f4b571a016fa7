"""One look at the dataset: removes what is old, merges what is closed."""

import time
from collections.abc import Callable, Generator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import structlog

from spark_job.keeping.files import File, date_folders, list_folder, merged_name
from spark_job.keeping.merging import merge
from spark_job.keeping.parts import HOUR_US, Part, UnreadableError, closed_hours, describe

_MOST_REPLACED = 20_000
_NS = 1_000_000_000

_log = structlog.get_logger()


class Pace(NamedTuple):
    """How long to wait, in seconds: before a closed hour is merged, before its parts go.

    A reader that has listed a folder has `grace_s` to read what it found. What is written aside and
    has not changed for `stale_s` will not be finished by anybody.
    """

    settled_s: float = 600
    grace_s: float = 300
    stale_s: float = 3600


PACE = Pace()


class _Replaced(NamedTuple):
    target: Path
    files: list[File]
    due_ns: int


class Keeper:
    """Keeps the dataset below `directory` to a file an hour, and to `retention`.

    It holds nothing that is not in the files: after a restart it finds it again, if need be by one
    merge more. `clock` gives nanoseconds since 1970.
    """

    def __init__(
        self,
        directory: Path,
        retention: timedelta,
        pace: Pace = PACE,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self._directory = directory
        self._retention_s = retention.total_seconds()
        self._pace = pace
        self._clock = clock
        self._replaced: list[_Replaced] = []
        self._known: dict[Path, dict[File, Part | None]] = {}
        self._empty: set[Path] = set()
        self._failing: set[Path] = set()

    def look(self) -> Iterator[None]:
        """Look once, in steps; where the disk fails that is told, and left to the next look."""
        folders = date_folders(self._directory)
        for folder in folders:
            try:
                yield from self._keep(folder)
            except OSError as error:
                self._tell_failing(folder, error)
            else:
                self._failing.discard(folder)
        self._known = {folder: self._known.get(folder, {}) for folder in folders}

    def _keep(self, folder: Path) -> Iterator[None]:
        yield from self._remove_replaced(folder)
        files, aside, empty = list_folder(folder)
        old = self._older_than(self._retention_s, files)
        yield from _remove(old + self._older_than(self._pace.stale_s, aside))
        self._remove_empty(folder, empty=empty)
        left: list[UnreadableError] = []
        yield from self._merge(folder, [file for file in files if file not in old], left)
        if left:
            first = left[0]
            _log.warning(
                "files are left as they are",
                folder=folder.name,
                files=len(left),
                first=first.file.path.name,
                why=str(first),
            )

    def _ago_ns(self, seconds: float) -> int:
        return self._clock() - int(seconds * _NS)

    def _older_than(self, age_s: float, files: list[File]) -> list[File]:
        return [file for file in files if file.written_ns < self._ago_ns(age_s)]

    def _remove_replaced(self, folder: Path) -> Iterator[None]:
        for it in [it for it in self._replaced if it.target.parent == folder]:
            if it.due_ns > self._clock():
                continue
            self._replaced.remove(it)
            if it.target.exists():
                there = set(list_folder(folder).files)
                yield from _remove([file for file in it.files if file in there])

    def _remove_empty(self, folder: Path, *, empty: bool) -> None:
        # At the second look: the first may have come between the writer's folder and its file.
        if empty and folder not in self._empty:
            self._empty.add(folder)
            return
        self._empty.discard(folder)
        if empty:
            folder.rmdir()

    def _merge(
        self, folder: Path, files: list[File], left: list[UnreadableError]
    ) -> Iterator[None]:
        replaced = {file for it in self._replaced for file in it.files}
        if len(replaced) > _MOST_REPLACED:  # more when these are gone
            return
        wanted = [file for file in files if file not in replaced]
        parts = yield from self._describe(folder, wanted, left)
        for group in closed_hours(parts, self._ago_ns(self._pace.settled_s)):
            hour = group[0].first_us // HOUR_US % 24
            target = folder / merged_name(hour, [file.path.name for file in files])
            try:
                yield from merge(group, target)
            except UnreadableError as error:
                self._known[folder][error.file] = None
                left.append(error)
                continue
            due_ns = self._ago_ns(-self._pace.grace_s)
            self._replaced.append(_Replaced(target, [part.file for part in group], due_ns))
            _log.info("merged", hour=f"{folder.name} {hour:02d}:00", files=len(group))
            yield

    def _describe(
        self, folder: Path, files: list[File], left: list[UnreadableError]
    ) -> Generator[None, None, list[Part]]:
        before = self._known.get(folder, {})
        known = self._known[folder] = {it: before[it] for it in files if it in before}
        for file in files:
            if file in known:
                continue
            try:
                known[file] = describe(file)
            except FileNotFoundError:
                continue
            except UnreadableError as error:
                known[file] = None
                left.append(error)
            yield
        return [part for part in known.values() if part]

    def _tell_failing(self, folder: Path, error: OSError) -> None:
        if folder not in self._failing:
            self._failing.add(folder)
            _log.warning("files cannot be kept, tried again", folder=folder.name, why=str(error))


def _remove(files: list[File]) -> Iterator[None]:
    for file in files:
        file.path.unlink(missing_ok=True)
        yield
