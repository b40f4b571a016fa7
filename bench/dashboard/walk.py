"""Windows as the Spark job writes them: random walks of any length and number of symbols."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import parquet

from contracts.arrow import conform

type Floats = NDArray[np.float64]

FIVE = {"IBM": 290.0, "AAPL": 270.0, "MSFT": 510.0, "TSLA": 430.0, "AMZN": 230.0}
SLIDE_S, LENGTH_S, HOUR_S, DAY_S = 5, 60, 3600, 86_400
PANES = LENGTH_S // SLIDE_S
QUOTES = 20.0


class Walk:
    """A symbol's price every 5 s: a random walk whose restlessness comes and goes, with spikes."""

    def __init__(self, symbol: str, price: float, seed: int) -> None:
        self.symbol = symbol
        self._random = np.random.default_rng(seed)
        self._base = price
        self._panes = np.full((5, PANES - 1), price)

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
        traded = np.round(np.abs(steps) * 1e6 + 10)
        panes = np.hstack([self._panes, [opened, close, high, low, traded]])
        self._panes = panes[:, -(PANES - 1) :]
        views = np.lib.stride_tricks.sliding_window_view(panes, PANES, axis=1)
        average, highest = views[1].mean(axis=1), views[2].max(axis=1)
        volume = views[4].sum(axis=1)
        rows = pa.table(
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
                "volume": volume,
                "event_count": pa.repeat(int(QUOTES), count),
                "max_deviation_pct": np.maximum(100 * (highest - average) / average, 0),
                "vwap": (views[1] * views[4]).sum(axis=1) / volume,
            }
        )
        return conform(rows)


def walks(symbols: int) -> list[Walk]:
    """Make the walks of the five symbols, or of as many as there are to be."""
    prices = list(FIVE.items())[:symbols]
    prices += [(f"S{at:03}", 20.0 + 7 * at) for at in range(len(prices), symbols)]
    return [Walk(symbol, price, at) for at, (symbol, price) in enumerate(prices)]


def write(folder: Path, name: str, rows: pa.Table) -> None:
    """Write rows as the job does: a file a day of `window_start`, put in place when it is whole."""
    days = pa.compute.strftime(rows["window_start"], "%Y-%m-%d")
    for day in days.unique().to_pylist():
        part = folder / "aggregates" / f"window_date={day}"
        part.mkdir(parents=True, exist_ok=True)
        temporary = part / f".{name}.tmp"
        parquet.write_table(rows.filter(pa.compute.equal(days, day)), temporary)
        temporary.rename(part / f"{name}.parquet")


def history(
    folder: Path, found: Sequence[Walk], seconds: int, until: int, source: str = "synthetic"
) -> None:
    """Write the windows of the last seconds until a time: hours, then batches."""
    begin = until - seconds
    hours = range(begin - begin % HOUR_S, until - HOUR_S, HOUR_S)
    for hour in hours:
        ends = np.arange(max(hour, begin), hour + HOUR_S, SLIDE_S)
        write(folder, f"hour-{hour}", pa.concat_tables([it.rows(ends, source) for it in found]))
    last = hours[-1] + HOUR_S if hours else begin
    for end in range(last, until + 1, SLIDE_S):
        batch(folder, found, end, source)


def batch(folder: Path, found: Sequence[Walk], end: int, source: str = "synthetic") -> None:
    """Write the windows of one end."""
    ends = np.array([end])
    write(folder, f"batch-{end}", pa.concat_tables([it.rows(ends, source) for it in found]))
