"""What is on the page as a file: the rows of the dataset, or the bars of a long range."""

from collections.abc import Mapping
from io import BytesIO

import numpy as np
import pyarrow as pa
from pyarrow import csv, parquet

from contracts.arrow import SCHEMA, conform
from contracts.dataset import KEY
from contracts.times import MICROSECOND
from dashboard.models.scope import Scope
from dashboard.models.words import length
from dashboard.store import Bars, Key
from dashboard.store.merging import without_overlaps

_COLUMNS = {
    "average": "avg_price",
    "vwap": "vwap",
    "high": "max_price",
    "low": "min_price",
    "close": "close_price",
    "deviation": "max_deviation_pct",
}
_OF_BARS = {
    "average_low": "avg_price_low",
    "average_high": "avg_price_high",
    "candle_open": "candle_open",
    "candle_high": "candle_high",
    "candle_low": "candle_low",
    "candle_close": "candle_close",
    "volume": "candle_volume",
    "quotes": "candle_event_count",
    "candle_vwap": "candle_vwap",
}
_SCHEMA = pa.schema(
    [
        *(field.with_nullable(field.name not in KEY) for field in SCHEMA),
        *(pa.field(title, pa.float64()) for title in _OF_BARS.values()),
    ]
)


def table(bars: Mapping[Key, Bars]) -> pa.Table:
    """Make a table of bars: the dataset's columns, then those that only bars have; no NaN.

    Null is what many windows together have not: first price, volume and count are the candle's.
    Of candles that overlap the one that counts is given.
    """
    return pa.concat_tables([_part(key, of) for key, of in bars.items()])


def _part(key: Key, bars: Bars) -> pa.Table:
    bars, time = without_overlaps(bars, bars.key), pa.timestamp("us", tz="UTC")
    columns = {
        "symbol": pa.repeat(key[0], len(bars)),
        "source": pa.repeat(key[1], len(bars)),
        "window_start": pa.array(bars.start).cast(time),
        "window_end": pa.array(bars.end).cast(time),
    }
    for name, title in (_COLUMNS | _OF_BARS).items():
        values = getattr(bars, name)
        columns[title] = pa.array(values, mask=np.isnan(values))
    return conform(pa.table(columns), _SCHEMA)


def a_row(scope: Scope) -> str:
    """Say what a row is, for a range may be of more windows than are held one by one."""
    resolution_us = scope.resolution_us
    if not resolution_us:
        return "A row is a window."
    return f"A row sums up the windows that end within {length(resolution_us * MICROSECOND)}."


def as_csv(rows: pa.Table) -> bytes:
    """Write rows as CSV."""
    content = BytesIO()
    csv.write_csv(rows, content)
    return content.getvalue()


def as_parquet(rows: pa.Table) -> bytes:
    """Write rows as Parquet."""
    content = BytesIO()
    parquet.write_table(rows, content)
    return content.getvalue()
