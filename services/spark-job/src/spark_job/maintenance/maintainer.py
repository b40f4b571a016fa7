"""One pass over the dataset: retention, then compaction, a date's folder after the other."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import PurePath

import structlog

from contracts.location import Location
from spark_job.maintenance.compaction import PACE, Compaction, Pace
from spark_job.maintenance.disk import Disk, disk_of
from spark_job.maintenance.retention import Retention
from spark_job.maintenance.schedule import Maintains

_OPEN_DATES = 2  # those that new files come to
_NS = 1_000_000_000

_log = structlog.get_logger()


class Maintainer:
    """Keeps a dataset of files to a file an hour, and to `retention`.

    It keeps no state outside the files: after a restart it may have to merge some once more.
    `clock` gives nanoseconds since 1970.
    """

    def __init__(
        self,
        disk: Disk,
        retention: timedelta,
        pace: Pace = PACE,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self._disk = disk
        self._clock = clock
        self._retention = Retention(disk, retention, clock)
        self._compaction = Compaction(disk, pace, clock)
        self._failing: set[PurePath] = set()
        self._rests_until_ns: dict[PurePath, int] = {}

    def run(self) -> Iterator[None]:
        """Run one pass, in steps; an error of the disk is logged, and the next pass tries again."""
        folders = self._disk.date_folders()
        rests = {it: self._rests_until_ns.get(it, 0) for it in folders[_OPEN_DATES:]}
        for folder in [it for it in folders if rests.get(it, 0) <= self._clock()]:
            done = 0
            try:
                for _ in self._maintain(folder):
                    done += 1
                    yield
            except OSError as error:
                self._log_failing(folder, error)
            else:
                self._failing.discard(folder)
                is_busy = done or self._compaction.waits(folder)
                rest_s = 0 if is_busy else self._disk.rest_s
                rests[folder] = self._clock() + int(rest_s * _NS)
        self._rests_until_ns = rests
        self._compaction.forget_all_but(folders)

    def _maintain(self, folder: PurePath) -> Iterator[None]:
        yield from self._compaction.remove_replaced(folder)
        content = self._disk.list_folder(folder)
        yield from self._retention.apply(folder, content)
        yield from self._compaction.run(folder, self._retention.not_expired(content.files))

    def _log_failing(self, folder: PurePath, error: OSError) -> None:
        if folder not in self._failing:
            self._failing.add(folder)
            _log.warning(
                "the files of a date could not be maintained, tried again",
                folder=folder.name,
                why=str(error),
            )


def maintainer_of(location: Location, retention: timedelta) -> Maintains:
    """Give what keeps the dataset of a location in order."""
    if location.format == "delta":
        # Only where it is used: it is large.
        from spark_job.maintenance.table import TableMaintainer  # noqa: PLC0415

        return TableMaintainer(location, retention)
    return Maintainer(disk_of(location), retention)
