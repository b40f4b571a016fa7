"""Records, trades and clocks for the tests."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from contracts.arrow import SCHEMA
from contracts.kafka_damage import Damaged
from contracts.window import Window
from gateway.following.listener import FinalWindow, ReadTo, Start, Topic, Trade
from gateway.live.hub import Hub
from gateway.live.market import Changes

BEGIN = datetime(2026, 1, 2, 15, 0, tzinfo=UTC)


def text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def micros(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def record(offset: int = 0, *, seconds: float = 0, partition: int = 0, **others: Any) -> Any:
    """Make a record of a quote so many seconds after `BEGIN`, as the client gives it."""
    at = BEGIN + timedelta(seconds=seconds)
    event = {
        "schema_version": 1, "kind": "quote", "event_id": f"run-{offset}", "symbol": "IBM",
        "price": 100.0, "volume": 5, "event_time": text(at), "ingest_time": text(at),
        "source": "synthetic",
    } | others  # fmt: skip
    return raw(offset, json.dumps(event).encode(), seconds=seconds, partition=partition)


def raw(offset: int, value: bytes | None, *, seconds: float = 0, partition: int = 0) -> Any:
    """Make a record of these bytes."""
    at_ms = micros(BEGIN + timedelta(seconds=seconds)) // 1000
    return SimpleNamespace(partition=partition, offset=offset, timestamp=at_ms, value=value)


def trade(offset: int = 0, *, seconds: float = 0, **others: Any) -> Trade:
    """Make a trade so many seconds after `BEGIN`."""
    at = BEGIN + timedelta(seconds=seconds)
    made = Trade(
        0,
        offset,
        "IBM",
        "synthetic",
        100.0,
        5.0,
        text(at),
        text(at),
        f"run-{offset}",
        micros(at),
        micros(at) // 1000,
    )
    return made._replace(**others)


def window(offset: int = 0, *, seconds: float = 0, **others: Any) -> FinalWindow:
    """Make a final window of a minute that begins so many seconds after `BEGIN`."""
    begin = BEGIN + timedelta(seconds=seconds)
    fields: dict[str, Any] = {
        "schema_version": 1, "symbol": "IBM", "source": "binance", "window_start": text(begin),
        "window_end": text(begin + timedelta(minutes=1)), "avg_price": 10.0, "max_price": 11.0,
        "min_price": 9.0, "open_price": 9.0, "close_price": 11.0, "stddev_price": 1.0,
        "volume": None, "event_count": 3, "max_deviation_pct": 10.0, "vwap": None,
    } | others  # fmt: skip
    return FinalWindow(0, offset, micros(BEGIN) // 1000, Window(**fields))


def row(start: datetime, symbol: str = "IBM", **others: Any) -> dict[str, Any]:
    """Make a row of the dataset, a window of a minute; a column that is not named here is null."""
    return dict.fromkeys(SCHEMA.names) | {
        "symbol": symbol, "source": "synthetic", "window_start": start,
        "window_end": start + timedelta(minutes=1),
        "avg_price": 10.0, "max_price": 11.0, "min_price": 9.0,
        "open_price": 9.5, "close_price": 10.5, "stddev_price": None, "volume": 5.0,
        "event_count": 3, "max_deviation_pct": 10.0, "vwap": None,
    } | others  # fmt: skip


def write(folder: Path, name: str, *rows: dict[str, Any], day: date | None = None) -> None:
    """Write rows of a day as a file of the dataset."""
    below = folder / f"window_date={day or rows[0]['window_start'].date()}"
    below.mkdir(parents=True, exist_ok=True)
    parquet.write_table(pa.Table.from_pylist(list(rows), SCHEMA), below / name)


def end_round(hub: Hub, changes: Changes) -> None:
    """Give readers a round of these changes."""
    hub.put(changes)
    hub.end_round()


class Recorder:
    """A listener that keeps what it is given."""

    def __init__(self) -> None:
        self.trades: list[Trade] = []
        self.read_to: dict[int, ReadTo] = {}
        self.topic_ids: list[str] = []
        self.starts: list[dict[int, int]] = []
        self.damaged: list[Damaged] = []

    def on_damage(self, _topic: Topic, damaged: Damaged) -> None:
        self.damaged.append(damaged)

    def start(self, _topic: Topic, _topic_id: str) -> Start:
        return Start(timedelta(minutes=1))

    def on_start(self, _topic: Topic, topic_id: str, offsets: dict[int, int]) -> None:
        self.topic_ids.append(topic_id)
        self.starts.append(dict(offsets))

    def on_trades(self, trades: list[Trade], read_to: dict[int, ReadTo]) -> None:
        self.trades += trades
        self.read_to |= read_to
