"""The job is killed while it merges the files of hours that are over. Takes minutes."""

import os
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import dataset
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from events import US
from waiting import wait_for
from windows import key_of

pytestmark = pytest.mark.long

DAY = datetime(2026, 1, 2, tzinfo=UTC)
SCHEMA = pa.schema(
    [
        it.with_nullable(it.name in {"stddev_price", "volume", *dataset.LATER})
        for it in dataset.SCHEMA
    ]
)
HOURS, FILES = 3, 600
KILLS = 4


def row(start: datetime) -> dict[str, object]:
    price = start.timestamp() % 1000
    return {
        "symbol": "IBM", "source": "replay", "window_start": start,
        "window_end": start + timedelta(minutes=1), "avg_price": price, "max_price": price,
        "min_price": price, "open_price": price, "close_price": price, "stddev_price": None,
        "volume": None, "event_count": 1, "max_deviation_pct": 0.0, "vwap": None,
    }  # fmt: skip


def a_file_for_each_window(folder: Path) -> None:
    folder.mkdir(parents=True)
    for hour in range(HOURS):
        for number in range(FILES):
            moment = DAY + timedelta(hours=hour, seconds=6 * number)
            path = folder / f"query-{hour * FILES + number:010d}.parquet"
            pq.write_table(pa.Table.from_pylist([row(moment)], SCHEMA), path)
            os.utime(path, (time.time() - 3600,) * 2)
            os.chown(path, 1001, 0)
    os.chown(folder, 1001, 0)


def old_rows(stack) -> dict:
    """Read as a reader that drops repeated rows; a file that is merged away is left out."""
    end_us = (DAY + timedelta(days=1) - datetime(1970, 1, 1, tzinfo=UTC)) // US
    return {key_of(it): it for it in stack.rows() if it["window_start"] < end_us}


def merging(folder: Path, since_ns: int) -> bool:
    """Tell whether a file is being written aside; what a killed process left is older."""
    with suppress(FileNotFoundError):  # it has just been renamed
        return any(path.stat().st_mtime_ns > since_ns for path in folder.glob(".hour-*"))
    return False


def restarted(stack, before: int) -> bool:
    return stack.restarts()["spark-job"] > before


def test_a_kill_while_hours_are_merged_loses_nothing_and_doubles_nothing(new_stack):
    stack = new_stack("merge")
    folder = stack.data / "aggregates" / f"window_date={DAY:%Y-%m-%d}"
    a_file_for_each_window(folder)
    before = old_rows(stack)
    assert len(before) == HOURS * FILES
    stack.up("topic-init", "spark-job")
    for _ in range(KILLS):
        wait_for("a merge", partial(merging, folder, time.time_ns()), 150, every_s=0.001)
        restarts = stack.restarts()["spark-job"]
        stack.kill("spark-job")
        wait_for("another start", partial(restarted, stack, restarts), 60)
        assert old_rows(stack) == before
    wait_for("one file an hour", lambda: len(dataset.files(stack.data)) == HOURS, 600, every_s=5)
    assert old_rows(stack) == before
    assert sum(len(pq.ParquetFile(it).read()) for it in dataset.files(stack.data)) == len(before)
