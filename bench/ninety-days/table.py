"""Thirty days of a Delta table: writer, maintenance and a reader with a simulated clock.

Usage: ``table.py FOLDER [BATCHES [DAYS]]``, where every clock of the process is libfaketime's
(`table.Dockerfile`), delta-rs' too. 3,000 batches of 25 windows, spread over thirty days, are
committed by the job's own writer, kept by its own maintenance at every tenth batch, and removed
after ten days, so that the last twenty must look the same; a reader follows each batch, and another
opens the table at every pass. Prints a line for each tenth of the time; ends with 1 where a figure
grows that must not, or the rows that are left are not those of the last ten days, each once.
"""

import os
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import mean, median
from typing import NamedTuple

import pandas as pd
from files import SYMBOLS, WINDOWS, batch, say
from pyarrow import parquet

from contracts.dataset import KEY
from contracts.location import Location
from contracts.reader.table import Table
from spark_job.maintenance.table import TableMaintainer
from spark_job.writing.dataset import Commit
from spark_job.writing.delta import DeltaDataset

_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
_CLOCK = Path("/tmp/clock")  # noqa: S108 - of its own container
_PASS_EVERY, _TENTHS, _STEADY_FROM = 10, 10, 4
_MOST_GROWTH = 1.25
_QUERY = "9f6c1d1e-0000-4000-8000-000000000001"


class Figures(NamedTuple):
    """What a tenth of the time looks like at its end; times are medians, in milliseconds.

    Of the log's files the most that a pass has left: between two checkpoints they become more.
    """

    write_ms: float
    pass_ms: float
    follow_ms: float
    open_ms: float
    log_files: int
    files: int
    mib: float


class Bench:
    """The table, those who write, keep and read it, and what they take."""

    def __init__(self, folder: Path, retention: timedelta) -> None:
        self._folder = folder
        self._location = Location(str(folder), "delta")
        self._dataset = DeltaDataset(self._location)
        self._maintainer = TableMaintainer(self._location, retention)
        self._reader = Table(self._location)
        self._took: dict[str, list[float]] = {it: [] for it in ("write", "pass", "follow", "open")}
        self._log_files: list[int] = []

    def write(self, now: datetime, number: int) -> None:
        """Commit what closes now, and let the reader see it."""
        moment = now.replace(microsecond=0) - timedelta(seconds=now.second % 5)
        rows, commit = batch(moment, number), Commit(_QUERY, number, "bench bench", moment)
        with self._timed("write"):
            self._dataset.write(rows, commit)
        with self._timed("follow"):
            self._reader.days()

    def keep(self, now: datetime) -> None:
        """Run a pass of maintenance, and open the table as a page that starts does."""
        self._date_files(now)
        with self._timed("pass"):
            for _ in self._maintainer.run():
                pass
        self._log_files.append(len(self._log()))
        self._date_files(now)
        with self._timed("open"):
            Table(self._location).days()

    def figures(self) -> Figures:
        """Give what the time since the last look was like."""
        medians = {name: median(took) * 1e3 for name, took in self._took.items()}
        for took in self._took.values():
            took.clear()
        most, log = max(self._log_files), self._log()
        self._log_files.clear()
        files = list(self._folder.rglob("*.parquet"))
        size = sum(path.stat().st_size for path in {*files, *log})
        of_data = sum(path.parent.name != "_delta_log" for path in files)
        return Figures(*medians.values(), most, of_data, size / 2**20)

    def _log(self) -> list[Path]:
        return [path for path in (self._folder / "_delta_log").iterdir() if path.is_file()]

    def _date_files(self, now: datetime) -> None:
        """Give the files that are new the time of the clock: the disk has the machine's."""
        ns = int(now.timestamp()) * 1_000_000_000
        for path in self._folder.rglob("*"):
            if path.is_file() and path.stat().st_mtime_ns > ns:
                os.utime(path, ns=(ns, ns))

    def _timed(self, what: str) -> "Timed":
        return Timed(self._took[what])


class Timed:
    """Adds how long its body took, by the clock that nobody sets."""

    def __init__(self, took: list[float]) -> None:
        self._took = took

    def __enter__(self) -> None:
        self._began_s = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self._took.append(time.perf_counter() - self._began_s)


def set_clock(now: datetime) -> None:
    """Let every clock of this process stand there; other threads read it at any moment."""
    temporary = _CLOCK.with_suffix(".next")
    temporary.write_text(f"{now:%Y-%m-%d %H:%M:%S}\n")
    temporary.replace(_CLOCK)


def run(folder: Path, batches: int, days: int) -> Iterator[Figures]:
    """Write, keep and read; gives figures ten times."""
    set_clock(_BEGIN)
    bench, step = Bench(folder, timedelta(days=days) / 3), timedelta(days=days) / batches
    for number in range(batches):
        now = _BEGIN + step * (number + 1)
        set_clock(now)
        bench.write(now, number)
        if number % _PASS_EVERY == _PASS_EVERY - 1:
            bench.keep(now)
        if (number + 1) % (batches // _TENTHS) == 0:
            yield bench.figures()


def faults(folder: Path, figures: list[Figures], batches: int, days: int) -> list[str]:
    """Say what grows that must not, and what is not as it was written."""
    early, late = figures[_STEADY_FROM:-3], figures[-3:]
    lines = [
        f"{name} grows from {before:.1f} to {after:.1f}"
        for name, before, after in zip(
            Figures._fields, map(mean, zip(*early, strict=True)),
            map(mean, zip(*late, strict=True)), strict=True,
        )
        if after > before * _MOST_GROWTH
    ]  # fmt: skip
    reader = Table(Location(str(folder), "delta"))
    found = pd.concat(
        parquet.ParquetFile(folder / f"window_date={day}" / name).read().to_pandas()
        for day in reader.days()
        for name in reader.list(day, {})
    )
    rows_a_day = batches * WINDOWS * len(SYMBOLS) / days
    least, most = days / 3 * rows_a_day, (days / 3 + 1) * rows_a_day
    if not least <= len(found) <= most:
        lines.append(f"{len(found)} rows are left, of {least:.0f} to {most:.0f}")
    if found.duplicated(list(KEY)).any():
        lines.append("a window is there twice")
    return lines


def main() -> int:
    """Run, and judge."""
    folder = Path(sys.argv[1])
    batches, days = (*map(int, sys.argv[2:]), *(3_000, 30)[len(sys.argv) - 2 :])
    figures = []
    for it in run(folder, batches, days):
        figures.append(it)
        passed = days * len(figures) / _TENTHS
        rounded = {name: round(value, 1) for name, value in it._asdict().items()}
        say(days=round(passed, 1), **rounded)
    found = faults(folder, figures, batches, days)
    say(batches=batches, faults=found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
