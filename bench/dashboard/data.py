"""A data folder as producer and Spark job write it, of any length and number of symbols.

``data.py FOLDER [--days 30] [--symbols 5] [--state live] [--live SECONDS]``: windows of a minute
every 5 s; closed hours in one file each, the last hour in a file a batch, with status files.
``--live`` then goes on for that long as the job does. Other states: ``waiting`` (nothing yet),
``stale`` (a key was rejected ten minutes ago), ``mixed`` (real, made-up and end-of-day prices).
"""

import argparse
import os
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import parquet

from contracts.aggregates import COLUMNS
from contracts.status import (
    Budget,
    JobDetails,
    PartitionLag,
    ProducerDetails,
    RefusedSample,
    StatusWriter,
    SymbolStatus,
)
from contracts.times import format_time

type Floats = NDArray[np.float64]

FIVE = {"IBM": 290.0, "AAPL": 270.0, "MSFT": 510.0, "TSLA": 430.0, "AMZN": 230.0}
SLIDE_S, LENGTH_S, HOUR_S, DAY_S = 5, 60, 3600, 86_400
PANES = LENGTH_S // SLIDE_S
QUOTES = 20.0
_TYPES = {
    "string": pa.string(),
    "timestamp": pa.timestamp("us", tz="UTC"),
    "double": pa.float64(),
    "int64": pa.int64(),
}
SCHEMA = pa.schema([pa.field(it.name, _TYPES[it.type], nullable=it.nullable) for it in COLUMNS])


class Walk:
    """A symbol's price every 5 s: a random walk whose restlessness comes and goes, with spikes."""

    def __init__(self, symbol: str, price: float, seed: int) -> None:
        self.symbol = symbol
        self._random = np.random.default_rng(seed)
        self._base = price
        self._panes = np.full((4, PANES - 1), price)

    def rows(self, ends: NDArray[np.int64], source: str = "synthetic") -> pa.Table:
        """Give the windows of these ends (seconds since 1970), which follow those before."""
        count = len(ends)
        restless = 2e-4 * (1.2 + np.sin(ends / HOUR_S * 2 + len(self.symbol)))
        back = 2e-4 * np.log(self._base / self._panes[1, -1])
        steps = self._random.normal(back, restless, count)
        close = self._panes[1, -1] * np.exp(np.cumsum(steps))
        opened = np.append(self._panes[1, -1], close[:-1])
        wick = np.abs(self._random.normal(0, 1e-4, (2, count)))
        spike = np.where(self._random.random(count) < 0.0004, 0.009, 0)  # noqa: PLR2004
        high = np.maximum(opened, close) * (1 + wick[0] + spike)
        low = np.minimum(opened, close) * (1 - wick[1])
        panes = np.hstack([self._panes, [opened, close, high, low]])
        self._panes = panes[:, -(PANES - 1) :]
        views = np.lib.stride_tricks.sliding_window_view(panes, PANES, axis=1)
        average, highest = views[1].mean(axis=1), views[2].max(axis=1)
        return pa.table(
            {
                "symbol": pa.repeat(self.symbol, count),
                "source": pa.repeat(source, count),
                "window_start": pa.array((ends - LENGTH_S) * 1_000_000),
                "window_end": pa.array(ends * 1_000_000),
                "avg_price": average,
                "max_price": highest,
                "min_price": views[3].min(axis=1),
                "open_price": views[0][:, 0],
                "close_price": views[1][:, -1],
                "stddev_price": views[1].std(axis=1),
                "volume": np.round(np.abs(steps) * 1e7 + 100),
                "event_count": pa.repeat(int(QUOTES), count),
                "max_deviation_pct": np.maximum(100 * (highest - average) / average, 0),
            }
        ).cast(SCHEMA)


def walks(symbols: int) -> list[Walk]:
    """Make the walks of the five symbols, or of as many as there are to be."""
    prices = list(FIVE.items())[:symbols]
    prices += [(f"S{at:03}", 20.0 + 7 * at) for at in range(len(prices), symbols)]
    return [Walk(symbol, price, at) for at, (symbol, price) in enumerate(prices)]


def write(folder: Path, name: str, rows: pa.Table) -> None:
    """Write rows as the job does: a file a day of `window_start`, aside, then renamed."""
    days = pa.compute.strftime(rows["window_start"], "%Y-%m-%d")
    for day in days.unique().to_pylist():
        part = folder / "aggregates" / f"window_date={day}"
        part.mkdir(parents=True, exist_ok=True)
        aside = part / f".{name}.tmp"
        parquet.write_table(rows.filter(pa.compute.equal(days, day)), aside)
        aside.rename(part / f"{name}.parquet")


def history(folder: Path, found: Sequence[Walk], seconds: int, until: int) -> None:
    """Write the windows of the last seconds until a time: hours, then batches."""
    begin = until - seconds
    hours = range(begin - begin % HOUR_S, until - HOUR_S, HOUR_S)
    for hour in hours:
        ends = np.arange(max(hour, begin), hour + HOUR_S, SLIDE_S)
        write(folder, f"hour-{hour}", pa.concat_tables([it.rows(ends) for it in found]))
    last = hours[-1] + HOUR_S if hours else begin
    for end in range(last, until + 1, SLIDE_S):
        batch(folder, found, end)


def batch(folder: Path, found: Sequence[Walk], end: int, source: str = "synthetic") -> None:
    """Write the windows of one end."""
    ends = np.array([end])
    write(folder, f"batch-{end}", pa.concat_tables([it.rows(ends, source) for it in found]))


class Statuses:
    """The status files of a producer and a job that run."""

    def __init__(self, folder: Path, symbols: Sequence[str]) -> None:
        status = folder / "status"
        status.mkdir(parents=True, exist_ok=True)
        self._producer = StatusWriter[ProducerDetails](status, "producer", _now)
        self._job = StatusWriter[JobDetails](status, "spark-job", _now)
        self.producer = ProducerDetails(
            feed="synthetic",
            run_id="bench",
            topic="raw_api_events",
            broker_connected=True,
            symbols={symbol: SymbolStatus(source="synthetic", count=1) for symbol in symbols},
        )
        self.job = JobDetails(
            spark_version="3.5.3",
            topic="raw_api_events",
            window_length="1 minute",
            window_slide="5 seconds",
            watermark_delay="0 seconds",
            trigger_interval="2 seconds",
            input_rows_per_second=10.0,
            processed_rows_per_second=250.0,
            batch_ms={"triggerExecution": 640, "addBatch": 420, "queryPlanning": 40},
            lag=[PartitionLag(partition=0, processed=120_000, latest=120_003, lag=3)],
        )

    def write(self, producer: str = "live", job: str = "running", error: str | None = None) -> None:
        """Write both, as of now."""
        self.producer.published += 10 if producer == "live" else 0
        self.job.batch_at = self.job.watermark = format_time(_now())
        self._producer.write(producer, self.producer, error)
        self._job.write(job, self.job)


def _now() -> datetime:
    return datetime.now(UTC)


def live(folder: Path, found: Sequence[Walk], begin: int, seconds: float) -> None:
    """Go on as the job does: a window every 5 s, 2 s after its end; statuses every second."""
    statuses = Statuses(folder, [it.symbol for it in found])
    end, until = begin, time.monotonic() + seconds
    while time.monotonic() < until:
        while _now() - timedelta(seconds=2 + end + SLIDE_S) >= datetime.fromtimestamp(0, UTC):
            end += SLIDE_S
            batch(folder, found, end)
        statuses.write()
        time.sleep(1 - time.time() % 1)


def stale(folder: Path, found: Sequence[Walk], days: float, until: int) -> None:
    """Write what there is ten minutes after a provider has rejected the key."""
    ago = 600
    history(folder, found, round(days * DAY_S), until - ago)
    for path in folder.glob("aggregates/*/*.parquet"):
        os.utime(path, (until - ago + 2,) * 2)
    statuses = Statuses(folder, [it.symbol for it in found])
    statuses.producer.feed = "finnhub"
    statuses.write("failed", error="the provider rejected the key (401)")


def mixed(folder: Path, found: Sequence[Walk], until: int) -> None:
    """Write an hour of real prices, then made-up ones with a daily close now and then."""
    ends = np.arange(until - HOUR_S, until + 1, SLIDE_S)
    third = len(ends) // 3
    for walk in found:
        real, made_up = walk.rows(ends[:third], "finnhub"), walk.rows(ends[third:])
        closes = [_close(made_up.slice(at, PANES)) for at in range(60, len(made_up) - PANES, 144)]
        write(folder, f"mixed-{walk.symbol}", pa.concat_tables([real, made_up, *closes]))
    symbols = [it.symbol for it in found]
    statuses = Statuses(folder, symbols)
    due = format_time(_now() + timedelta(minutes=21))
    statuses.producer.feed, statuses.producer.fallback = "alpha-vantage", "synthetic"
    statuses.producer.outcomes = {"quote": 18, "limit": 1}
    statuses.producer.budget = Budget(daily_calls=25, used=19, remaining=6, next_call_at=due)
    sample = RefusedSample(
        reason="in_future",
        detail="event_time is 3600 s after the record's time",
        partition=0,
        offset=118_204,
        kafka_timestamp=format_time(_now() - timedelta(minutes=4)),
        payload='{"schema_version":1,"kind":"quote","symbol":"IBM","price":291.2}',
    )
    statuses.job.refused = {"in_future": 3, "not_json": 1}
    statuses.job.refused_samples = [sample]
    statuses.job.late_window_updates = 12
    statuses.write("falling_back")


def _close(rows: pa.Table) -> pa.Table:
    """Make of the windows around one moment those of a single end-of-day quote."""
    price = pa.repeat(rows["close_price"][0], len(rows))
    columns = {name: rows[name] for name in ("symbol", "window_start", "window_end", "volume")}
    columns["source"] = pa.repeat("alpha-vantage", len(rows))
    columns["event_count"] = pa.repeat(1, len(rows))
    columns["max_deviation_pct"] = pa.repeat(0.0, len(rows))
    columns["stddev_price"] = pa.nulls(len(rows), pa.float64())
    names = (it.name for it in COLUMNS)
    return pa.table({name: columns.get(name, price) for name in names}).cast(SCHEMA)


def main() -> None:
    """Write what the arguments ask for."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--days", type=float, default=30)
    arguments.add_argument("--symbols", type=int, default=5)
    arguments.add_argument("--live", type=float, default=0)
    arguments.add_argument("--state", choices=("live", "waiting", "stale", "mixed"), default="live")
    asked = arguments.parse_args()
    found = walks(asked.symbols)
    until = int(time.time()) // SLIDE_S * SLIDE_S - SLIDE_S
    (asked.folder / "aggregates").mkdir(parents=True, exist_ok=True)
    if asked.state == "waiting":
        Statuses(asked.folder, [it.symbol for it in found]).write("connecting", "starting")
    elif asked.state == "stale":
        stale(asked.folder, found, asked.days, until)
    elif asked.state == "mixed":
        mixed(asked.folder, found, until)
    else:
        history(asked.folder, found, round(asked.days * DAY_S), until)
        Statuses(asked.folder, [it.symbol for it in found]).write()
    if asked.live:
        live(asked.folder, found, until, asked.live)


if __name__ == "__main__":
    main()
