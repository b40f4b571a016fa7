"""A job that writes batches, merges and expires, and its reader, with what is promised of them."""

from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
from crashing import CrashingDisk, SteppedDisk, Stopped
from pyarrow import parquet

from contracts.arrow import SCHEMA
from contracts.dataset import PARTITION_COLUMN
from spark_job.maintenance.compaction import PACE
from spark_job.maintenance.maintainer import Maintainer
from spark_job.writing.dataset import Commit
from spark_job.writing.files import Folder
from spark_job.writing.parquet import ParquetDataset

BEGIN = datetime(2026, 1, 2, 22, 30, tzinfo=UTC)
"""The first batches cross a midnight."""
EVERY = timedelta(minutes=20)
SYMBOLS = ("AAPL", "IBM")
ORIGIN = "raw topic-a"
RETENTION = timedelta(days=2)
MINUTE, HOUR, DAY = 60, 3600, 86_400
NS = 1_000_000_000


class Batch(NamedTuple):
    """A query's batch, as Spark has written down that it begins: windows by their numbers."""

    number: int
    windows: range


def end_of(window: int) -> datetime:
    return BEGIN + window * EVERY


def a_row(window: int, symbol: str) -> dict[str, object]:
    price = window + SYMBOLS.index(symbol) / 2
    return dict.fromkeys(SCHEMA.names) | {
        "symbol": symbol, "source": "synthetic",
        "window_start": end_of(window) - timedelta(minutes=1), "window_end": end_of(window),
        "avg_price": price, "max_price": price, "min_price": price,
        "open_price": price, "close_price": price, "stddev_price": None, "volume": price,
        "event_count": window, "max_deviation_pct": 0.0, "vwap": None,
    }  # fmt: skip


def rows(windows: range) -> pa.Table:
    """What Spark gives of windows: rows of both symbols, with their dates."""
    found = [a_row(window, symbol) for window in windows for symbol in SYMBOLS]
    dates = [row["window_start"].date().isoformat() for row in found]
    return pa.Table.from_pylist(found, SCHEMA).append_column(PARTITION_COLUMN, pa.array(dates))


@lru_cache(10_000)
def read(content: bytes) -> list[tuple[int, str]]:
    """Read a file: window and symbol of each row, which must have its figures."""
    found = []
    for row in parquet.read_table(pa.BufferReader(content)).to_pylist():
        window = (row["window_end"] - BEGIN) // EVERY
        assert row == a_row(window, row["symbol"])
        found.append((window, row["symbol"]))
    return found


class World:
    """A job, its dataset, its reader and the disk, with what is promised of them.

    Of Spark it has what counts here: a batch is written down before it begins and after its end,
    and one that was begun is done again, the same, before any other.
    """

    def __init__(self, folder: Path) -> None:
        self.now_ns = int((BEGIN - EVERY).timestamp()) * NS
        self.latest_ns = self.now_ns
        self.folder = folder / "aggregates"
        self.disk = CrashingDisk(folder, lambda: self.now_ns, self.look)
        self.query = 1
        self.batches = 0
        self.next_window = 0
        self.begun: Batch | None = None
        self.final = 0  # windows before this one are in the dataset for good
        self.seen = 0  # as far as a reader has seen them to be final
        self.sure: dict[int, int] = {}  # when a window was written, where that is so
        self.maybe: dict[int, int] = {}  # when it was last begun to be written
        self.hours: dict[tuple, int] = {}  # by the first window of a file: when it was last written
        self.hours_of: dict[int, set[tuple]] = defaultdict(set)
        self.listed: list[tuple[int, list[Path], set[int]]] = []
        self.left: set[int] = set()  # windows of a batch that was never finished, and is merged
        self.start()

    # --- the job ----------------------------------------------------------------------------------

    def wait(self, seconds: int) -> None:
        self.now_ns += seconds * NS

    def set_clock(self, seconds: int) -> None:
        """Let the clock jump, either way; a slow reader may then be slower than it is given."""
        self.latest_ns = max(self.latest_ns, self.now_ns)
        self.now_ns += seconds * NS
        self.listed.clear()
        for window in self.begun.windows if self.begun else ():
            for hour in self.hours_of[window]:  # its file may be written after this
                self.hours[hour] = max(self.now_ns, self.hours[hour])

    def start(self) -> None:
        disk = SteppedDisk(self.folder, self.disk)
        self.dataset = ParquetDataset(Folder(self.folder))
        self.maintainer = Maintainer(disk, RETENTION, clock=lambda: self.now_ns)

    def running(self, do: Callable[[], object], seed: int = 0) -> bool:
        """Do something; where the process ends in it, start another. Tell whether it was done."""
        try:
            do()
        except (Stopped, OSError):
            if self.disk.start_again(seed):  # what was only seen may be gone
                self.seen = self.final
                self.listed.clear()
            self.start()
            return False
        return True

    def write(self, count: int) -> None:
        """Do the batch that was begun, or one of so many windows."""
        if self.begun is None:
            self.begun = Batch(self.batches, range(self.next_window, self.next_window + count))
        batch = self.begun
        last = batch.windows[-1]
        self.now_ns = max(self.now_ns, int(end_of(last).timestamp() + 2) * NS)
        until = self.dataset.final_until(ORIGIN)
        if until is None or until < end_of(last):  # else all of it is there, and stays as it is
            self._note_begun(batch.windows)
        self.dataset.write(rows(batch.windows), self.commit_of(batch))
        self.final = max(self.final, last + 1)
        self.seen = max(self.seen, self.final)
        self.sure |= {window: self.maybe[window] for window in batch.windows}
        self.begun = None
        self.batches = batch.number + 1
        self.next_window = last + 1

    def commit_of(self, batch: Batch) -> Commit:
        return Commit(self.name, batch.number, ORIGIN, end_of(batch.windows[-1]))

    @property
    def name(self) -> str:
        return f"query{self.query}"

    def _note_begun(self, windows: range) -> None:
        files = defaultdict(list)
        for window in windows:
            files[a_row(window, "IBM")["window_start"].date()].append(window)
        for of_date in files.values():
            first = a_row(of_date[0], "IBM")["window_start"]
            hour = (first.date(), first.hour)
            self.hours[hour] = max(self.now_ns, self.hours.get(hour, 0))
            for window in of_date:
                self.maybe[window] = self.now_ns
                self.hours_of[window].add(hour)

    def take_over(self) -> None:
        """Go on with another query, as where settings have changed."""
        until = self.dataset.final_until(ORIGIN)
        if self.begun:
            self.dataset.remove_unfinished(self.name, self.batches - 1)
        self._another_query(until)

    def lose_checkpoint(self) -> None:
        """Go on with another query, by what the dataset says alone."""
        self.dataset.remove_unrecorded(ORIGIN)
        self._another_query(self.dataset.final_until(ORIGIN))

    def _another_query(self, until: datetime | None) -> None:
        self.next_window = 0 if until is None else (until - BEGIN) // EVERY + 1
        self.query += 1
        self.batches, self.begun = 0, None
        # What has been merged meanwhile stays, and comes again.
        self.left |= self.windows() - set(range(self.next_window))
        written = [path for path in self.files() if not path.name.startswith("hour-")]
        assert self.windows(written) <= set(range(self.next_window))

    def maintain(self) -> None:
        for _ in self.maintainer.run():
            pass

    def maintain_undisturbed(self) -> None:
        """Run a pass in which nothing fails: what has expired is gone then."""
        self.maintain()
        oldest = self.now_ns - int(RETENTION.total_seconds()) * NS
        for window in self.windows():
            assert max(self.hours[hour] for hour in self.hours_of[window]) >= oldest

    # --- its reader -------------------------------------------------------------------------------

    def files(self) -> list[Path]:
        return sorted(self.folder.glob(f"{PARTITION_COLUMN}=*/[!._]*.parquet"))

    def rows(self, files: list[Path]) -> list[tuple[int, str]]:
        """Read window and symbol of each row, but for files that are gone since they were listed.

        All must be whole, and each row have its figures.
        """
        found = []
        for path in files:
            try:
                content = path.read_bytes()
            except FileNotFoundError:
                continue
            found += read(content)
        return found

    def windows(self, files: list[Path] | None = None) -> set[int]:
        """Read which windows are there, whole."""
        found = set(self.rows(self.files() if files is None else files))
        windows = {window for window, _ in found}
        assert len(found) == len(windows) * len(SYMBOLS)
        return windows

    def promised(self) -> set[int]:
        """Windows that are final and have never been expired by the clock."""
        self.latest_ns = max(self.latest_ns, self.now_ns)
        oldest = self.latest_ns - int(RETENTION.total_seconds()) * NS
        return {it for it in range(self.seen) if self.sure.get(it, 0) >= oldest}

    def look(self) -> None:
        """Check what is promised at any moment."""
        self._look_how_far_final()
        found, promised = self.windows(), self.promised()
        assert promised <= found <= set(self.maybe)
        if self.begun:
            self._look_at_a_batch(found)
        slow_ns = int(PACE.grace_s) * NS
        self.listed = [it for it in self.listed if self.now_ns - it[0] < slow_ns]
        for _, files, then in self.listed:
            assert then & promised <= self.windows(files)

    def _look_how_far_final(self) -> None:
        until = ParquetDataset(Folder(self.folder)).final_until(ORIGIN)
        final = 0 if until is None else (until - BEGIN) // EVERY + 1
        assert final >= self.seen
        for window in range(self.seen, final):
            self.sure[window] = self.maybe[window]
        self.seen = final

    def _look_at_a_batch(self, found: set[int]) -> None:
        """Of a batch that is not final a date is there or is not."""
        assert self.begun
        dates = defaultdict(set)
        for window in set(self.begun.windows) - self.left:
            dates[a_row(window, "IBM")["window_start"].date()].add(window)
        for windows in dates.values():
            assert windows <= found or not windows & found

    def list_files(self) -> None:
        """Let a slow reader list now what it reads later."""
        self.listed.append((self.now_ns, self.files(), self.promised()))

    # --- its end ----------------------------------------------------------------------------------

    def settle(self) -> None:
        """Let all be done that is to do: each window is there once, in few files."""
        if self.begun:
            self.write(0)
        self.now_ns = max(self.now_ns, self.latest_ns)
        for wait_s in (12 * HOUR, 2 * HOUR, 2 * HOUR):
            self.wait(wait_s)
            self.maintain_undisturbed()
            self.look()
        found = [row for row in self.rows(self.files()) if row[0] not in self.left]
        assert len(found) == len(set(found))
        assert len(self.files()) <= len(self.hours)
        assert list(self.folder.glob("*/.*")) == []
