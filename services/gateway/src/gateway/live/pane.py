"""Sums of a pane's trades, and from them the columns of a window.

A pane is as long as the windows' slide, so that all trades of a pane lie in the same windows.
"""

from collections.abc import Iterable
from math import sqrt

from contracts.sources import VOLUME_OF_THE_DAY
from gateway.following.listener import Trade


class Pane:
    """The sums of some trades of one symbol and source; `add` takes one more.

    `squares` is the sum of the squares of the differences from `mean` (Welford's way, which loses
    nothing where prices hardly differ). `volume` is None until a trade has one; for a source whose
    volume is the day's so far it is the largest, and there is no `turnover`.
    """

    __slots__ = (
        "close_price", "close_us", "count", "high", "low", "mean", "open_price", "open_us",
        "squares", "turnover", "volume",
    )  # fmt: skip

    def __init__(self, trade: Trade) -> None:
        price = trade.price
        self.count = 1
        self.mean = self.low = self.high = self.open_price = self.close_price = price
        self.open_us = self.close_us = trade.event_us
        self.squares = 0.0
        self.volume = trade.volume
        self.turnover = 0.0
        if trade.volume and trade.source not in VOLUME_OF_THE_DAY:
            self.turnover = price * trade.volume

    def add(self, trade: Trade) -> None:
        """Take in a trade: among those of the same time, the last is the close."""
        price, volume, at_us = trade.price, trade.volume, trade.event_us
        self.count += 1
        difference = price - self.mean
        self.mean += difference / self.count
        self.squares += difference * (price - self.mean)
        if price < self.low:
            self.low = price
        elif price > self.high:
            self.high = price
        if at_us >= self.close_us:
            self.close_us, self.close_price = at_us, price
        elif at_us < self.open_us:
            self.open_us, self.open_price = at_us, price
        if volume is None:
            return
        if trade.source in VOLUME_OF_THE_DAY:
            self.volume = max(volume, self.volume or 0.0)
        else:
            self.volume = volume + (self.volume or 0.0)
            self.turnover += price * volume


def columns(panes: Iterable[Pane], *, of_the_day: bool) -> dict[str, float | int | None]:
    """Give the columns of the window that consists of these panes, at least one, in order of time.

    All of `contracts.dataset.COLUMNS` but those that name the window.
    """
    first, *others = panes
    count, mean, squares = first.count, first.mean, first.squares
    low, high, volume, turnover = first.low, first.high, first.volume, first.turnover
    last = first
    for pane in others:
        both = count + pane.count
        difference = pane.mean - mean
        squares += pane.squares + difference * difference * count * pane.count / both
        mean += difference * pane.count / both
        count = both
        low, high, turnover = min(low, pane.low), max(high, pane.high), turnover + pane.turnover
        volume = _volumes(volume, pane.volume, of_the_day=of_the_day)
        last = pane
    # The means of equal prices may come out a hair beside them: they are held between the extremes.
    mean = min(max(mean, low), high)
    traded = bool(volume) and not of_the_day
    return {
        "avg_price": mean,
        "max_price": high,
        "min_price": low,
        "open_price": first.open_price,
        "close_price": last.close_price,
        "stddev_price": _stddev(squares, count, same=low == high),
        "volume": volume,
        "event_count": count,
        "max_deviation_pct": max(0.0, 100 * (high - mean) / mean),
        "vwap": min(max(turnover / (volume or 1.0), low), high) if traded else None,
    }


def _volumes(one: float | None, other: float | None, *, of_the_day: bool) -> float | None:
    if one is None or other is None:
        return other if one is None else one
    return max(one, other) if of_the_day else one + other


def _stddev(squares: float, count: int, *, same: bool) -> float | None:
    if count == 1:
        return None
    return 0.0 if same else sqrt(squares / (count - 1))
