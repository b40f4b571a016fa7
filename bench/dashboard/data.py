"""A data folder as producer and Spark job write it, of any length and number of symbols.

``data.py FOLDER [--days 30] [--until TIME] [--symbols 5] [--state live] [--live SECONDS]``: windows
of a minute every 5 s until now or a time (``2026-11-01T08:00Z``); closed hours in one file each,
the last hour in a file a batch, with status files.
``--live`` then goes on for that long as the job does; in other states the services then only report
what they reported before. Other states: ``waiting`` (nothing yet),
``stale`` (a key was rejected ten minutes ago), ``closed`` (so was the market), ``delayed`` (the job
is two minutes behind), ``broken`` (no file can be read), ``mixed`` (real, made-up and end-of-day
prices), ``names`` (symbols of all kinds of characters, and very small prices).
"""

import argparse
import os
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
from walk import DAY_S, HOUR_S, PANES, SLIDE_S, Walk, batch, history, walks, write

from contracts.arrow import conform
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

STATES = ("live", "waiting", "stale", "closed", "delayed", "broken", "mixed", "names")
NAMES = {
    "^GSPC": 6812.4,
    "EURUSD=X": 1.08453,
    "BTC/USDT": 97_123.4,
    "BTC-USDT": 97_120.1,
    "OANDA:EUR_USD": 1.0846,
    "A&B+C": 0.5234,
    "币安人生USDT": 4.2e-9,
}


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
        self._last = producer, job, error

    def repeat(self, seconds: float) -> None:
        """Write the same again, every second."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.write(*self._last)
            time.sleep(1 - time.time() % 1)


def _now() -> datetime:
    return datetime.now(UTC)


def live(
    folder: Path, found: Sequence[Walk], begin: int, seconds: float, statuses: Statuses
) -> None:
    """Go on as the job does: a window every 5 s, 2 s after its end; statuses every second."""
    end, until = begin, time.monotonic() + seconds
    while time.monotonic() < until:
        while _now() - timedelta(seconds=2 + end + SLIDE_S) >= datetime.fromtimestamp(0, UTC):
            end += SLIDE_S
            batch(folder, found, end)
        statuses.write()
        time.sleep(1 - time.time() % 1)


def over(folder: Path, found: Sequence[Walk], days: float, until: int, why: str | None) -> Statuses:
    """Write what there is ten minutes after a feed failed, or after the market closed."""
    ago = 600
    history(folder, found, round(days * DAY_S), until - ago, "finnhub")
    for path in folder.glob("aggregates/*/*.parquet"):
        os.utime(path, (until - ago + 2,) * 2)
    statuses = Statuses(folder, [it.symbol for it in found])
    statuses.producer.feed = "finnhub"
    statuses.write("failed" if why else "market_closed", error=why)
    return statuses


def delayed(folder: Path, found: Sequence[Walk], days: float, until: int) -> Statuses:
    """Write what there is while the job is catching up."""
    history(folder, found, round(days * DAY_S), until - 120)
    statuses = Statuses(folder, [it.symbol for it in found])
    statuses.job.lag = [PartitionLag(partition=0, processed=1_000, latest=2_200, lag=1_200)]
    statuses.write()
    return statuses


def broken(folder: Path, found: Sequence[Walk], until: int) -> Statuses:
    """Write a few files and cut them all."""
    history(folder, found, SLIDE_S, until)
    for path in folder.glob("aggregates/*/*.parquet"):
        path.write_bytes(path.read_bytes()[:-100])
    statuses = Statuses(folder, [it.symbol for it in found])
    statuses.write()
    return statuses


def mixed(folder: Path, found: Sequence[Walk], until: int) -> Statuses:
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
    return statuses


def _close(rows: pa.Table) -> pa.Table:
    """Make of the windows around one moment those of a single end-of-day quote."""
    price = pa.repeat(rows["close_price"][0], len(rows))
    columns = {name: rows[name] for name in ("symbol", "window_start", "window_end", "volume")}
    columns["source"] = pa.repeat("alpha-vantage", len(rows))
    columns["event_count"] = pa.repeat(1, len(rows))
    columns["max_deviation_pct"] = pa.repeat(0.0, len(rows))
    for name in ("avg_price", "max_price", "min_price", "open_price", "close_price"):
        columns[name] = price
    return conform(pa.table(columns))


def in_state(state: str, folder: Path, found: Sequence[Walk], days: float, until: int) -> Statuses:
    """Write the data of a state; its status files are written once."""
    if state in {"stale", "closed"}:
        why = "the provider rejected the key (401)" if state == "stale" else None
        return over(folder, found, days, until, why)
    if state == "delayed":
        return delayed(folder, found, days, until)
    if state == "broken":
        return broken(folder, found, until)
    if state == "mixed":
        return mixed(folder, found, until)
    statuses = Statuses(folder, [it.symbol for it in found])
    if state == "waiting":
        statuses.write("connecting", "starting")
    else:
        history(folder, found, round(days * DAY_S), until)
        statuses.write()
    return statuses


def main() -> None:
    """Write what the arguments ask for."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--days", type=float, default=30)
    arguments.add_argument("--until", type=datetime.fromisoformat, default=_now())
    arguments.add_argument("--symbols", type=int, default=5)
    arguments.add_argument("--live", type=float, default=0)
    arguments.add_argument("--state", choices=STATES, default="live")
    asked = arguments.parse_args()
    found = walks(asked.symbols)
    if asked.state == "names":
        found = [Walk(symbol, price, at) for at, (symbol, price) in enumerate(NAMES.items())]
    until = int(asked.until.timestamp()) // SLIDE_S * SLIDE_S - SLIDE_S
    (asked.folder / "aggregates").mkdir(parents=True, exist_ok=True)
    statuses = in_state(asked.state, asked.folder, found, asked.days, until)
    if asked.live and asked.state == "live":
        live(asked.folder, found, until, asked.live, statuses)
    elif asked.live:
        statuses.repeat(asked.live)


if __name__ == "__main__":
    main()
