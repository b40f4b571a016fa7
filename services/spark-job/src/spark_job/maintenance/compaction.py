"""Makes one file of the many files of an hour that is closed."""

from collections.abc import Callable, Generator, Iterable, Iterator
from pathlib import PurePath
from typing import NamedTuple

import structlog

from spark_job.maintenance.disk import Disk
from spark_job.maintenance.files import File, merged_name
from spark_job.maintenance.merge import merge
from spark_job.maintenance.parts import HOUR_US, Part, UnusableError, closed_hours, describe

_MOST_REPLACED = 20_000
_NS = 1_000_000_000

_log = structlog.get_logger()


class Pace(NamedTuple):
    """How long to wait, in seconds: before a closed hour is merged, before its parts are removed.

    A reader that has listed a folder has `grace_s` to read what it found.
    """

    settled_s: float = 600
    grace_s: float = 300


PACE = Pace()


class _Replaced(NamedTuple):
    target: PurePath
    files: list[File]
    due_ns: int


class Compaction:
    """Merges the files of closed hours, and removes them once readers had time to read them.

    `clock` gives nanoseconds since 1970.
    """

    def __init__(self, disk: Disk, pace: Pace, clock: Callable[[], int]) -> None:
        self._disk = disk
        self._pace = pace
        self._clock = clock
        self._replaced: list[_Replaced] = []
        self._known: dict[PurePath, dict[File, Part | None]] = {}

    def waits(self, folder: PurePath) -> bool:
        """Tell whether parts of merged files are still to be removed there."""
        return any(it.target.parent == folder for it in self._replaced)

    def remove_replaced(self, folder: PurePath) -> Iterator[None]:
        """Remove parts of merged files that are due, in steps; raises `OSError`."""
        for it in [it for it in self._replaced if it.target.parent == folder]:
            if it.due_ns > self._clock():
                continue
            self._replaced.remove(it)
            there = set(self._disk.list_folder(folder).files)
            if any(file.path == it.target for file in there):
                for file in there & set(it.files):
                    self._disk.remove(file.path)
                    yield

    def run(self, folder: PurePath, files: list[File]) -> Iterator[None]:
        """Merge the closed hours of these files of a date, in steps; raises `OSError`.

        A file that is damaged or has other columns stays as it is, and is logged once.
        """
        unusable: list[UnusableError] = []
        yield from self._merge(folder, files, unusable)
        if unusable:
            first = unusable[0]
            _log.warning(
                "files are not merged and stay as they are",
                folder=folder.name,
                files=len(unusable),
                first=first.file.path.name,
                why=str(first),
            )

    def forget_all_but(self, folders: Iterable[PurePath]) -> None:
        """Forget what was in folders that are gone."""
        self._known = {folder: self._known.get(folder, {}) for folder in folders}

    def _ago_ns(self, seconds: float) -> int:
        return self._clock() - int(seconds * _NS)

    def _merge(
        self, folder: PurePath, files: list[File], unusable: list[UnusableError]
    ) -> Iterator[None]:
        replaced = {file for it in self._replaced for file in it.files}
        if len(replaced) > _MOST_REPLACED:  # more when these are gone
            return
        wanted = [file for file in files if file not in replaced]
        parts = yield from self._describe(folder, wanted, unusable)
        for group in closed_hours(parts, self._ago_ns(self._pace.settled_s)):
            hour = group[0].first_us // HOUR_US % 24
            target = folder / merged_name(hour, [file.path.name for file in files])
            try:
                yield from merge(self._disk, group, target)
            except UnusableError as error:
                self._known[folder][error.file] = None
                unusable.append(error)
                continue
            due_ns = self._ago_ns(-self._pace.grace_s)
            self._replaced.append(_Replaced(target, [part.file for part in group], due_ns))
            _log.info("merged", hour=f"{folder.name} {hour:02d}:00", files=len(group))
            yield

    def _describe(
        self, folder: PurePath, files: list[File], unusable: list[UnusableError]
    ) -> Generator[None, None, list[Part]]:
        before = self._known.get(folder, {})
        known = self._known[folder] = {it: before[it] for it in files if it in before}
        for file in files:
            if file in known:
                continue
            try:
                known[file] = describe(self._disk, file)
            except FileNotFoundError:
                continue
            except UnusableError as error:
                known[file] = None
                unusable.append(error)
            yield
        return [part for part in known.values() if part]
