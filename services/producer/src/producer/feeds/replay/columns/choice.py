"""The columns that were chosen: where a row's values stand, and what those are."""

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from producer.feeds.replay.checks.conditions import Conditions
from producer.feeds.replay.checks.corrections import WhyNoTrade
from producer.feeds.replay.columns.block import Values
from producer.feeds.replay.columns.kinds import Kind
from producer.feeds.replay.values import zones
from producer.feeds.replay.values.column import at_times_of_day

type Columns = Callable[[int], Sequence[Any]]
"""Gives the values that stand at a place."""


_NUMBERED = re.compile(r"([A-Z]+[-_]?)\d+", re.ASCII)
"""The number of a row with letters before it, ``T1001``: the same ones in all rows."""


class Choice(NamedTuple):
    """Where a row's values stand, by place.

    `date` is where the day stands, if the time is one of day; `zone` is that of times without one,
    if their column's name says it, or where each row names it. `name` is the symbol of all rows, if
    no column has it; `doubt` are then columns that may name several, of which `ids` may number rows
    instead. `kind` tells which rows are trades, if there are others, and `voids` are where those
    tell that they are none, as those that were taken back; `conditions` is where they say that one
    was not made at the market's price; `offset` is where they have an offset
    from UTC, which says that their time is another's. `trade` is where they have a number; `bars`
    says that rows are bars; `apart` is where rows of one symbol and time are told apart, such
    as contracts.
    """

    time: int
    price: int
    symbol: int | None = None
    volume: int | None = None
    date: int | None = None
    name: str | None = None
    zone: str | int | None = None
    doubt: tuple[int, ...] = ()
    ids: tuple[int, ...] = ()
    kind: Kind | None = None
    voids: tuple[tuple[int, WhyNoTrade], ...] = ()
    conditions: Conditions | None = None
    offset: int | None = None
    trade: int | None = None
    bars: bool = False
    apart: tuple[int, ...] = ()

    def described(self, names: Sequence[str]) -> dict[str, str]:
        """Tell which columns were taken."""
        taken = {"date": self.date, "time": self.time, "symbol": self.symbol,
                 "price": self.price, "volume": self.volume}  # fmt: skip
        return {role: names[place] for role, place in taken.items() if place is not None}

    def places(self) -> set[int]:
        """Give the places of all columns that are read."""
        zone = self.zone if isinstance(self.zone, int) else None
        one = (self.date, self.time, self.symbol, self.price, self.volume, zone, *self.doubt)
        others = (self.trade, self.kind and self.kind.place, self.offset, *self.apart)
        told = (self.conditions.place, self.conditions.tape) if self.conditions else ()
        voids = (place for place, _ in self.voids)
        return {place for place in (*one, *others, *told, *voids) if place is not None}

    def values(self, column: Columns, rows: int) -> Values:
        """Give what so many rows hold, of which `column` gives the values at a place."""
        times = self.times(column, rows)
        return Values(
            times,
            [self.name] * rows if self.symbol is None else column(self.symbol),
            column(self.price),
            [None] * rows if self.volume is None else column(self.volume),
            self._names_in_doubt(column),
            self.strangers(column, times),
            () if self.trade is None else column(self.trade),
            self.bars,
            self._series(column),
            self.conditions.off_market(column) if self.conditions else frozenset(),
        )

    def times(self, column: Columns, rows: int) -> Sequence[Any]:
        """Give the times of rows, with their day and zone."""
        times = column(self.time)
        if self.date is not None:
            times = at_times_of_day(column(self.date), times)
        if self.zone is None:
            return times
        of_rows = [self.zone] * rows if isinstance(self.zone, str) else column(self.zone)
        return list(map(zones.in_zone, times, of_rows))

    def _names_in_doubt(self, column: Columns) -> set[tuple[str, str]]:
        named = set()
        for place in self.doubt:
            texts = [text for it in column(place) if it is not None and (text := str(it).strip())]
            same = _letters_before(texts) if place in self.ids else None
            named |= {(f"column {place}", text) for text in ([same] if same else texts)}
        return named

    def strangers(self, column: Columns, times: Sequence[Any]) -> dict[int, str]:
        """Say by place which rows are of another kind, or of another time than they tell."""
        offsets = () if self.offset is None else column(self.offset)
        places = enumerate(zip(times, offsets, strict=False))
        strangers = {n: why for n, it in places if (why := zones.why_not_utc(*it))}
        for place, why_no_trade in self.voids:
            told = enumerate(column(place))
            strangers |= {n: why for n, it in told if (why := why_no_trade(it))}
        if self.kind is not None:
            told = enumerate(column(self.kind.place))
            strangers |= {n: self.kind.why_other(it) for n, it in told if not self.kind.is_of(it)}
        return strangers

    def _series(self, column: Columns) -> Sequence[str]:
        if not self.apart:
            return ()
        texts = (["" if it is None else str(it).strip() for it in column(n)] for n in self.apart)
        return [" ".join(filter(None, it)) for it in zip(*texts, strict=False)]


def _letters_before(texts: Sequence[str]) -> str | None:
    """Give what stands before the digits of ids that number rows: each is another, all else equal.

    None where they may name shares.
    """
    letters = {found and found[1] for found in map(_NUMBERED.fullmatch, texts)}
    return letters.pop() if len(letters) == 1 and len(set(texts)) == len(texts) else None
