"""Ninety days of files: writer, merging and retention with a simulated clock.

Usage: ``files.py FOLDER [BATCHES]``. 40,000 batches of 25 windows, spread over ninety days, are
written by the job's own function, merged by its own maintenance at every tenth batch, and removed
after thirty days, so that the last sixty of the ninety must look the same. Prints a line of JSON
for each tenth of the time; ends with 1 where a figure grows that must not, a file is empty, or the
rows that are left are not those that were written in the last thirty days, each once.
"""

import json
import os
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import mean
from typing import NamedTuple

import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from contracts.dataset import KEY, PARTITION_COLUMN
from spark_job.maintenance.disk import LocalDisk
from spark_job.maintenance.maintainer import Maintainer
from spark_job.writing.files import Folder
from spark_job.writing.parquet import file_name, write_batch

DAYS, RETENTION = 90, timedelta(days=30)
SYMBOLS, WINDOWS = ("AAPL", "AMZN", "IBM", "MSFT", "TSLA"), 5
SLIDE, LENGTH = timedelta(seconds=5), timedelta(minutes=1)
_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
_PASS_EVERY, _TENTHS = 10, 10
_MOST_GROWTH = 1.25
_QUERY = "9f6c1d1e-0000-4000-8000-000000000001"


class Figures(NamedTuple):
    """What a tenth of the time looks like at its end; times are means, in milliseconds."""

    write_ms: float
    pass_ms: float
    files: int
    folders: int
    mib: float


class Clock:
    """The time of the ninety days."""

    now = _BEGIN

    def ns(self) -> int:
        """Give it in nanoseconds since 1970."""
        return int(self.now.timestamp()) * 1_000_000_000


def batch(now: datetime, number: int) -> pa.Table:
    """Make the windows that close now."""
    ends = [now - SLIDE * back for back in range(WINDOWS)]
    rows = [
        {
            "symbol": symbol, "source": "synthetic",
            "window_start": end - LENGTH, "window_end": end,
            "avg_price": 100.0 + number % 97, "max_price": 200.0, "min_price": 50.0,
            "open_price": 100.0, "close_price": 101.0, "stddev_price": 0.5, "volume": 1.0,
            "event_count": 120, "max_deviation_pct": 0.1, "vwap": 100.5,
            PARTITION_COLUMN: f"{end - LENGTH:%Y-%m-%d}",
        }
        for symbol in SYMBOLS
        for end in ends
    ]  # fmt: skip
    return pa.Table.from_pylist(rows)


def run(folder: Path, batches: int) -> Iterator[Figures]:
    """Write and keep; gives figures ten times."""
    clock = Clock()
    maintainer = Maintainer(LocalDisk(folder), RETENTION, clock=clock.ns)
    step = timedelta(days=DAYS) / batches
    writes, passes = [], []
    for number in range(batches):
        clock.now = _BEGIN + step * (number + 1)
        moment = clock.now.replace(microsecond=0) - timedelta(seconds=clock.now.second % 5)
        rows, began_s = batch(moment, number), time.perf_counter()
        for name in write_batch(rows, Folder(folder), file_name(_QUERY, number)):
            os.utime(folder / name, ns=(clock.ns(), clock.ns()))
        writes.append(time.perf_counter() - began_s)
        if number % _PASS_EVERY == _PASS_EVERY - 1:
            began_s = time.perf_counter()
            for _ in maintainer.run():
                pass
            passes.append(time.perf_counter() - began_s)
        if (number + 1) % (batches // _TENTHS) == 0:
            yield _figures(folder, writes, passes)
            writes, passes = [], []


def _figures(folder: Path, writes: list[float], passes: list[float]) -> Figures:
    files = list(folder.rglob("*.parquet"))
    size = sum(path.stat().st_size for path in files)
    folders = sum(1 for _ in folder.iterdir())
    write_ms, pass_ms = (round(mean(it) * 1e3, 2) for it in (writes, passes))
    return Figures(write_ms, pass_ms, len(files), folders, round(size / 2**20, 1))


def faults(folder: Path, figures: list[Figures], batches: int) -> list[str]:
    """Say what grows that must not, and what is not as it was written."""
    steady = figures[4:]  # retention has begun with the fourth
    lines = [
        f"{name} grows from {first:.1f} to {last:.1f}"
        for name, first, last in zip(Figures._fields, steady[0], steady[-1], strict=True)
        if last > first * _MOST_GROWTH
    ]
    tables = [parquet.ParquetFile(path).read() for path in folder.rglob("*.parquet")]
    lines += ["an empty file"] * sum(not len(table) for table in tables)
    found = pd.concat([table.to_pandas() for table in tables]).drop_duplicates(list(KEY))
    rows_a_day = batches * WINDOWS * len(SYMBOLS) / DAYS
    least, most = RETENTION.days * rows_a_day, (RETENTION.days + 1) * rows_a_day
    if not least <= len(found) <= most:
        lines.append(f"{len(found)} rows are left, of {least:.0f} to {most:.0f}")
    return lines


def say(**figures: object) -> None:
    """Print a line of the report, of JSON."""
    print(json.dumps(figures), flush=True)  # noqa: T201 - what it is for


def main() -> int:
    """Run, and judge."""
    folder, batches = Path(sys.argv[1]), int(sys.argv[2]) if sys.argv[2:] else 40_000
    figures = []
    for it in run(folder, batches):
        figures.append(it)
        say(days=DAYS * len(figures) // _TENTHS, **it._asdict())
    found = faults(folder, figures, batches)
    say(batches=batches, faults=found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
