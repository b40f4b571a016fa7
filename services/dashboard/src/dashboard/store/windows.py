"""Windows to bars: one each."""

import numpy as np
import pyarrow as pa

from contracts.arrow import SCHEMA
from contracts.dataset import KEY
from dashboard.store.bars import Bars, Floats, Times, each_once
from dashboard.store.keys import Keys

_CANDLE = ("open_price", "max_price", "min_price", "close_price", "volume", "event_count")
_VALUES = (*_CANDLE, "avg_price", "max_deviation_pct", "vwap")

SHOWN = pa.schema([SCHEMA.field(name) for name in (*KEY, *_VALUES)])
"""The columns that bars are made of, out of the dataset's."""


def from_windows(rows: pa.Table, keys: Keys) -> Bars:
    """Make a bar of each window (`SHOWN`), each window once."""
    codes = keys.codes(rows)
    starts, ends = _times(rows, "window_start"), _times(rows, "window_end")
    order = each_once(codes, starts, ends)
    starts, ends = starts[order], ends[order]
    value = {name: _values(rows, name)[order] for name in _VALUES}
    average = value["avg_price"]
    tumbling = starts % np.maximum(ends - starts, 1) == 0
    candle = {name: np.where(tumbling, value[name], np.nan) for name in _CANDLE}
    turnover = np.where(value["volume"] > 0, value["vwap"] * value["volume"], 0.0)
    return Bars(
        key=codes[order],
        start=starts,
        end=ends,
        average=average,
        average_low=average,
        average_low_at=ends,
        average_high=average,
        average_high_at=ends,
        vwap=value["vwap"],
        low=value["min_price"],
        high=value["max_price"],
        close=value["close_price"],
        deviation=value["max_deviation_pct"],
        deviation_at=ends,
        peak=value["max_price"],
        candle_start=np.where(tumbling, starts, np.nan),
        candle_end=np.where(tumbling, ends, np.nan),
        candle_open=candle["open_price"],
        candle_high=candle["max_price"],
        candle_low=candle["min_price"],
        candle_close=candle["close_price"],
        volume=candle["volume"],
        quotes=candle["event_count"],
        turnover=np.where(tumbling, turnover, np.nan),
    )


def _times(rows: pa.Table, name: str) -> Times:
    times: Times = rows[name].combine_chunks().cast(pa.int64()).to_numpy()
    return times


def _values(rows: pa.Table, name: str) -> Floats:
    column = rows[name].combine_chunks().cast(pa.float64())
    values: Floats = column.to_numpy(zero_copy_only=False)
    return values
