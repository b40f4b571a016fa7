"""Windows and status files as the job and the producer write them."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from py_mini_racer import MiniRacer
from pyarrow import parquet

import dashboard
from contracts.alerts import Alert
from contracts.arrow import SCHEMA
from contracts.location import Location
from contracts.status import JobDetails, ProducerDetails, Status, StatusWriter
from contracts.times import format_time, to_us
from dashboard.models.pipeline import stages
from dashboard.models.ranges import Range
from dashboard.models.scope import Scope
from dashboard.models.zones import IN_UTC
from dashboard.store import Newest, Snapshot, Store
from dashboard.store.keys import Keys
from dashboard.store.tiers import Tiers
from dashboard.store.windows import from_windows

NOW = datetime(2026, 3, 2, 12, 0, 10, tzinfo=UTC)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
SLIDE = timedelta(seconds=5)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def window(symbol="IBM", end=NOON, *, source="synthetic", length=MINUTE, average=100.0, **others):
    """One row: open and close are the average, the maximum is 1 above it."""
    row = {
        "symbol": symbol,
        "source": source,
        "window_start": end - length,
        "window_end": end,
        "avg_price": average,
        "max_price": average + 1,
        "min_price": average - 1,
        "open_price": average,
        "close_price": average,
        "stddev_price": None,
        "volume": None,
        "event_count": 1,
        "max_deviation_pct": 100 / average,
        "vwap": None,
    }
    return row | others


def alert(number=1, at=NOON, **others):
    """Make an alert as a rule of the gateway would."""
    fields = {
        "schema_version": 1,
        "alert_id": f"{number:032x}",
        "rule": "over 100",
        "kind": "price",
        "symbol": "IBM",
        "source": "synthetic",
        "at": format_time(at),
        "value": 101.0,
        "threshold": 100.0,
        "text": "IBM is at 101.00",
        "made_up": True,
    }
    return Alert(**(fields | others))


def table(*rows):
    return pa.Table.from_pylist(list(rows), schema=SCHEMA)


def bars_of(*rows):
    """Make bars of windows of one symbol and source."""
    return from_windows(table(*rows), Keys())


def snapshot_of(*rows, pending=(), cut_before=None, broken=(), windows_since=0):
    """Make a snapshot of windows, as the store would."""
    days, keys = {}, Keys()
    for row in rows:
        days.setdefault(row["window_start"].date(), []).append(row)
    held = tuple(
        (day, Tiers().grown(from_windows(table(*of), keys), 0, 0))
        for day, of in sorted(days.items())
    )
    newest = max(rows, key=lambda row: row["window_end"], default=None)
    return Snapshot(
        version=1,
        days=held,
        newest=newest
        and Newest(
            newest["window_end"],
            frozenset(it["source"] for it in rows if it["window_end"] == newest["window_end"]),
        ),
        arrived_at=newest and newest["window_end"],
        broken=broken,
        pending=pending,
        cut_before=cut_before,
        windows_since=windows_since,
        begin=min((to_us(row["window_start"]) for row in rows), default=0),
        keys=keys.among([tiers.minutes.key for _, tiers in held]),
    )


def scope_of(*rows, symbols=("IBM",), sources=None, span=15 * MINUTE, end=NOON):
    """Make a scope of windows up to a time."""
    snapshot = snapshot_of(*rows)
    shown = Range("15m", end - span, end)
    every = sources or tuple(sorted({source for _, source in snapshot.keys}))
    return Scope(snapshot, shown, tuple(symbols), every)


def stages_of(statuses, snapshot, **others):
    """List the stages of a pipeline whose windows lie in the usual place and can be read."""
    given = {"now": NOW, "unreadable": None, "location": Location(), "delays_s": (), "zone": IN_UTC}
    return stages(statuses, snapshot, **(given | others))


def store_of(source, **others):
    """Make a store that reads all there is in one refresh, however slow the disk is."""
    return Store(source, **({"read_for_s": 1e9} | others))


def write(directory: Path, name: str, *rows) -> Path:
    """Write a file of windows of one day, whole."""
    folder = directory / f"window_date={rows[0]['window_start'].date()}"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    parquet.write_table(table(*rows), path)
    return path


def producer_status(state="live", **others):
    details = {"feed": "synthetic", "run_id": "a", "topic": "raw_api_events"}
    given = {name: others.pop(name) for name in ("service", "last_error") if name in others}
    since = others.pop("since", NOW - timedelta(minutes=5))
    updated_at = others.pop("updated_at", NOW)
    return Status(
        schema_version=1,
        service=given.get("service", "producer"),
        state=state,
        since=format_time(since),
        updated_at=format_time(updated_at),
        last_error=given.get("last_error"),
        details=ProducerDetails(**(details | {"published": 10, "broker_connected": True} | others)),
    )


def job_status(state="running", **others):
    since = others.pop("since", NOW - timedelta(minutes=5))
    updated_at = others.pop("updated_at", NOW)
    return Status(
        schema_version=1,
        service="spark-job",
        state=state,
        since=format_time(since),
        updated_at=format_time(updated_at),
        last_error=others.pop("last_error", None),
        details=job_details(**others),
    )


def job_details(**others):
    settings = {
        "window_length": "1 minute",
        "window_slide": "5 seconds",
        "watermark_delay": "0 seconds",
        "trigger_interval": "2 seconds",
    }
    return JobDetails(spark_version="3.5.3", topic="raw_api_events", **(settings | others))


def write_status(directory: Path, state, details, *, service, now=NOW, last_error=None):
    StatusWriter(directory, service, lambda: now).write(state, details, last_error)


@pytest.fixture(scope="session")
def browser():
    """Give what runs the page's scripts as a browser does."""
    engine = MiniRacer()
    for name in ("time_axis.js", "live/prices.js", "live/so_far.js", "live/candle.js"):
        engine.eval((Path(dashboard.__file__).parent / name).read_text())
    return engine


def call(browser, function, *given):
    """Call a function of the page's scripts."""
    return json.loads(browser.eval(f"JSON.stringify({function}(...{json.dumps(given)}))"))


@pytest.fixture
def aggregates(tmp_path):
    folder = tmp_path / "aggregates"
    folder.mkdir()
    return folder


@pytest.fixture
def status(tmp_path):
    folder = tmp_path / "status"
    folder.mkdir()
    return folder
