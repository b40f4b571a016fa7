"""What is on the page as a file: the bars of the range, one row each."""

from collections.abc import Mapping
from io import BytesIO

import numpy as np
import pyarrow as pa
from pyarrow import csv, parquet

from dashboard.store import Bars, Key

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
