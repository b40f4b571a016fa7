"""From the sums of a window to the dataset's columns: a pure function from table to table."""

from datetime import timedelta

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from contracts.arrow import SCHEMA
from contracts.dataset import PARTITION_COLUMN
from contracts.times import MICROSECOND
from spark_job.windowing.sums import Values, unpack


def columns(windows: pa.Table, length: timedelta) -> pa.Table:
    """Give the columns of `contracts.dataset.COLUMNS` and ``window_date``.

    The windows are those of `spark_job.windowing.windows.aggregate`: symbol, source, start, sums.
    """
    sums = unpack(windows["sums"])
    start_us = windows["start"].to_numpy()
    count, low, high = (sums[name] for name in ("event_count", "min_price", "max_price"))
    # By rounding, a mean of equal prices may differ from them: it is kept between the extremes.
    mean = np.clip(sums["price_sum"] / count, low, high)
    made = {
        "symbol": windows["symbol"],
        "source": windows["source"],
        "window_start": _times(start_us),
        "window_end": _times(start_us + length // MICROSECOND),
        "avg_price": mean,
        "stddev_price": _stddev(sums),
        "volume": pa.array(sums["volume"], mask=np.isnan(sums["volume"])),
        "max_deviation_pct": 100 * (high - mean) / mean,
        "vwap": _vwap(sums),
    }
    rows = pa.table([made.get(name, sums.get(name)) for name in SCHEMA.names], SCHEMA)
    date = rows["window_start"].cast(pa.date32()).cast(pa.string())
    return rows.append_column(PARTITION_COLUMN, date)


def _times(us: NDArray[np.int64]) -> pa.Array:
    return pa.array(us).cast(SCHEMA.field("window_start").type)


def _stddev(sums: dict[str, Values]) -> pa.Array:
    """Give the sample standard deviation, null for a single price."""
    others = sums["event_count"] - 1
    spread = np.sqrt(sums["squares"] / np.maximum(1, others))
    # By rounding, means of equal prices may differ slightly.
    same = sums["min_price"] == sums["max_price"]
    return pa.array(np.where(same, 0.0, spread), mask=others == 0)


def _vwap(sums: dict[str, Values]) -> pa.Array:
    """Give the volume-weighted mean price, null if no volume is known or all are 0."""
    # A quote without a volume, or with volume 0, adds nothing to either sum.
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.clip(sums["turnover"] / sums["volume"], sums["min_price"], sums["max_price"])
    return pa.array(mean, mask=np.isnan(sums["turnover"]) | ~(sums["volume"] > 0))
