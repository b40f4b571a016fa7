"""A window's sums, event by event, for the systems that call a function for each."""

import math
from dataclasses import dataclass
from typing import Self


@dataclass(slots=True)
class Sums:
    """What a window needs of its quotes."""

    count: int = 0
    mean: float = 0.0
    squares: float = 0.0
    most: float = -math.inf
    least: float = math.inf
    first_s: float = math.inf
    last_s: float = -math.inf
    opened: float = math.nan
    closed: float = math.nan
    volume: float = 0.0
    turnover: float = 0.0

    def add(self, time_s: float, price: float, volume: float) -> None:
        """Take in a quote."""
        self.count += 1
        off = price - self.mean
        self.mean += off / self.count
        self.squares += off * (price - self.mean)
        self.most, self.least = max(self.most, price), min(self.least, price)
        if time_s < self.first_s:
            self.first_s, self.opened = time_s, price
        if time_s >= self.last_s:
            self.last_s, self.closed = time_s, price
        self.volume += volume
        self.turnover += price * volume

    def merge(self, other: Self) -> Self:
        """Never needed: sliding windows do not grow together."""
        raise NotImplementedError


def row(symbol: str, start_us: int, sums: Sums) -> dict[str, object]:
    """Make a window's row."""
    vwap = sums.turnover / sums.volume if sums.volume else None
    spread = math.sqrt(sums.squares / (sums.count - 1)) if sums.count > 1 else None
    return {
        "symbol": symbol,
        "window_start": start_us,
        "window_end": start_us + 60_000_000,
        "avg_price": sums.mean,
        "max_price": sums.most,
        "min_price": sums.least,
        "open_price": sums.opened,
        "close_price": sums.closed,
        "stddev_price": spread,
        "volume": sums.volume,
        "event_count": sums.count,
        "max_deviation_pct": 100 * (sums.most - sums.mean) / sums.mean,
        "vwap": vwap,
    }
