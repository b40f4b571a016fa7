"""The log of a Delta table that an older version of the job has kept for a day.

Usage: ``log.py FOLDER [VERSIONS]``. A day of commits every two seconds is 43,200 versions: the log
is written by hand, a batch's own commit again and again and after each 500 one that merges, and
dated as a table of that age has it, with the settings that the job gave its tables before: the log
is kept for a day, and looked through behind each commit. All else is the job's and the page's own.
Prints medians, in milliseconds, as the table is found, and once the job has started on it and
maintained it; ends with 1 where the log then has more than its last hour and a checkpoint.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from deltalake import DeltaTable
from files import batch, say

from contracts.location import Location
from contracts.reader.table import Table
from spark_job.maintenance.table import TableMaintainer
from spark_job.writing.dataset import Commit
from spark_job.writing.delta import DeltaDataset

_A_DAY, _EVERY_S = 43_200, 2
_MERGED_EVERY, _CHECKPOINT_EVERY = 500, 100
_TIMES = 20
_KEPT = 3600 // _EVERY_S + 2 * _CHECKPOINT_EVERY
_BEFORE = {"delta.logRetentionDuration": "interval 1 days", "delta.enableExpiredLogCleanup": "true"}
_QUERY = "9f6c1d1e-0000-4000-8000-000000000001"


class Log:
    """A log as a table of that age has it, behind its first batch."""

    def __init__(self, folder: Path, versions: int) -> None:
        self._folder, self._log, self._versions = folder, folder / "_delta_log", versions

    def write(self) -> None:
        """Write it, with the files of data that its newest version has."""
        begin = len(list(self._log.iterdir()))
        first = [json.loads(it) for it in self._path(begin - 1).read_text().splitlines()]
        add = next(it["add"] for it in first if "add" in it)
        unmerged: list[str] = []
        for version in range(begin, self._versions + 1):
            path = add["path"].replace("part-", f"part-{version}-")
            actions = [_as_of(it, version) for it in first if "add" not in it]
            actions.append({"add": add | {"path": path}})
            if version % _MERGED_EVERY == 0:
                at_ms = int(self._written_s(version) * 1000)
                actions += [{"remove": _removal(add | {"path": it}, at_ms)} for it in unmerged]
                unmerged = []
            else:
                unmerged.append(path)
            self._path(version).write_text("\n".join(map(json.dumps, actions)) + "\n")
        for uri in DeltaTable(str(self._folder)).file_uris():
            if not Path(uri).exists():
                os.link(self._folder / add["path"], uri)
        DeltaTable(str(self._folder)).create_checkpoint()
        self._date()

    def _date(self) -> None:
        """Let each version be as old as it would be; checkpoints before the last are its copies."""
        newest = self._log / f"{self._versions:020d}.checkpoint.parquet"
        for version in range(self._versions + 1):
            times_s = (self._written_s(version), self._written_s(version))
            os.utime(self._path(version), times_s)
            if version % _CHECKPOINT_EVERY == 0:
                checkpoint = newest.with_name(f"{version:020d}.checkpoint.parquet")
                if not checkpoint.exists():
                    checkpoint.write_bytes(newest.read_bytes())
                os.utime(checkpoint, times_s)

    def _written_s(self, version: int) -> float:
        return time.time() - (self._versions - version) * _EVERY_S

    def _path(self, version: int) -> Path:
        return self._log / f"{version:020d}.json"


def _as_of(action: dict, version: int) -> dict:
    return {"txn": action["txn"] | {"version": version}} if "txn" in action else action


def _removal(add: dict, at_ms: int) -> dict:
    removed = {it: add[it] for it in ("path", "partitionValues", "size")}
    return removed | {
        "deletionTimestamp": at_ms,
        "dataChange": False,
        "extendedFileMetadata": True,
    }


class Bench:
    """The table as a job and a page find it at their start."""

    def __init__(self, folder: Path, batches: int) -> None:
        self._folder, self._batches = folder, batches
        self._location = Location(str(folder), "delta")
        self.dataset = DeltaDataset(self._location)

    def write(self) -> None:
        """Write the next batch."""
        self._batches += 1
        now = datetime.now(UTC).replace(microsecond=0)
        commit = Commit(_QUERY, self._batches, "bench bench", now)
        self.dataset.write(batch(now, self._batches), commit)

    def maintain(self) -> None:
        """Run a pass."""
        for _ in TableMaintainer(self._location, timedelta(days=90)).run():
            pass

    def figures(self) -> dict[str, float]:
        """Give what a batch takes at the job and at the page, what opening takes, and the log."""
        self.write()
        reader = Table(self._location)
        opened_ms = _median_ms(lambda: Table(self._location).days())
        reader.days()
        written_ms, followed_ms = [], []
        for _ in range(_TIMES):
            written_ms.append(_median_ms(self.write, 1))
            followed_ms.append(_median_ms(reader.days, 1))
        return {
            "write_ms": median(written_ms),
            "follow_ms": median(followed_ms),
            "open_ms": opened_ms,
            "log_files": len(list((self._folder / "_delta_log").iterdir())),
        }


def _median_ms(what: Callable[[], object], times: int = _TIMES) -> float:
    took_s = []
    for _ in range(times):
        began_s = time.perf_counter()
        what()
        took_s.append(time.perf_counter() - began_s)
    return round(median(took_s) * 1e3, 1)


def main() -> int:
    """Make the log, measure, let the job of today start on it, and measure again."""
    folder = Path(sys.argv[1])
    versions = int(sys.argv[2]) if sys.argv[2:] else _A_DAY
    found = Bench(folder, versions)
    found.dataset.check()
    DeltaTable(str(folder)).alter.set_table_properties(_BEFORE)
    found.write()
    Log(folder, versions).write()
    say(versions=versions, **found.figures())
    started = Bench(folder, versions + _TIMES + 2)
    start_ms = _median_ms(started.dataset.check, 1)
    say(start_ms=start_ms, first_pass_ms=_median_ms(started.maintain, 1))
    say(pass_ms=_median_ms(started.maintain), **(after := started.figures()))
    return 0 if after["log_files"] <= _KEPT else 1


if __name__ == "__main__":
    sys.exit(main())
