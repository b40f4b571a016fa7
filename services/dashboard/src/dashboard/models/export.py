"""What is on the page as a file: the bars of the range, one row each."""

from collections.abc import Mapping
from io import BytesIO

import numpy as np
import pyarrow as pa
from pyarrow import csv, parquet

from dashboard.models.scope import Scope
from dashboard.models.words import duration
from dashboard.store import Bars, Key
from dashboard.store.snapshot import US

_COLUMNS = {
    "average": "avg_price",
    "average_low": "avg_price_low",
    "average_high": "avg_price_high",
    "low": "min_price",
    "high": "max_price",
    "close": "close_price",
    "deviation": "max_deviation_pct",
    "candle_open": "candle_open",
    "candle_high": "candle_high",
    "candle_low": "candle_low",
    "candle_close": "candle_close",
    "volume": "candle_volume",
}


def table(bars: Mapping[Key, Bars]) -> pa.Table:
    """Make a table: symbol, source, window_start and window_end (UTC), then figures; no NaN."""
    parts = [_part(key, of) for key, of in bars.items()]
    return pa.concat_tables(parts)


def _part(key: Key, bars: Bars) -> pa.Table:
    time = pa.timestamp("us", tz="UTC")
    columns = {
        "symbol": pa.repeat(key[0], len(bars)),
        "source": pa.repeat(key[1], len(bars)),
        "window_start": pa.array(bars.start).cast(time),
        "window_end": pa.array(bars.end).cast(time),
    }
    for name, title in _COLUMNS.items():
        values = getattr(bars, name)
        columns[title] = pa.array(values, mask=np.isnan(values))
    return pa.table(columns)


def a_row(scope: Scope) -> str:
    """Say what a row is, for a range may be of more windows than are held one by one."""
    length = scope.snapshot.resolution_us(*scope.shown.bounds_us)
    if not length:
        return "A row is a window."
    return f"A row is what the windows that end within {duration(length * US)} come to."


def as_csv(bars: Mapping[Key, Bars]) -> bytes:
    """Write the bars as CSV."""
    content = BytesIO()
    csv.write_csv(table(bars), content)
    return content.getvalue()


def as_parquet(bars: Mapping[Key, Bars]) -> bytes:
    """Write the bars as Parquet."""
    content = BytesIO()
    parquet.write_table(table(bars), content)
    return content.getvalue()
