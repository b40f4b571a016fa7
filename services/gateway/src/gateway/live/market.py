"""Each symbol's last trade and open windows, from the trades as they come; a listener."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import batched, product
from typing import Literal, NamedTuple, get_args

from contracts.kafka_damage import Damaged
from contracts.sources import SOURCES, VOLUME_OF_THE_DAY
from contracts.times import MICROSECOND
from gateway.clocks import is_far_ahead
from gateway.following.listener import ReadTo, Start, Topic, Trade
from gateway.live.pane import Pane, columns
from gateway.live.subscription import ALL_BUT_CANDLES, Wanted

MOST_SERIES = 20_000
"""So many symbols and sources are kept. A new one takes the place of one without an open window;
where all have one, it is left out."""

LEAST_RECORDS = 100_000
"""So many of all partitions are read at the start, for symbols that have been quiet for long."""

MOST_AT_ONCE = 250
"""Symbols: some 10 ms of work, and nothing else runs meanwhile."""

type Key = tuple[str, str]
"""Symbol and source."""

type OpenKind = Literal["open", "candle"]
"""The window that ends next, or the one whose start is a multiple of its length."""

_OPEN_KINDS: tuple[OpenKind, ...] = get_args(OpenKind.__value__)


class OpenWindow(NamedTuple):
    """A window that is not over: times in microseconds, the dataset's columns, what it counts.

    `offsets` are by partition: the window counts all trades of the symbol before them, and none
    from there on.
    """

    kind: OpenKind
    symbol: str
    source: str
    start_us: int
    end_us: int
    columns: Mapping[str, float | int | None]
    offsets: Mapping[int, int]


class Changes(NamedTuple):
    """What is new: last trades, open windows, and which of these are over without another.

    Those that are over are given by kind, symbol and source.
    """

    trades: Sequence[Trade] = ()
    windows: Sequence[OpenWindow] = ()
    over: Sequence[tuple[OpenKind, str, str]] = ()


class _Series:
    """What is known of a symbol from one source; `is_changed` since it was given last, if ever.

    Windows that began before `whole_from_us` may lack trades.
    """

    __slots__ = ("is_changed", "is_given", "last", "panes", "partitions", "whole_from_us")

    def __init__(self, trade: Trade, whole_from_us: int) -> None:
        self.is_changed = True
        self.is_given = False
        self.last = trade
        self.panes: dict[int, Pane] = {}
        self.partitions = {trade.partition}
        self.whole_from_us = whole_from_us

    def prune(self, over: int) -> None:
        """Drop the panes up to a number."""
        for number in [it for it in self.panes if it <= over]:
            del self.panes[number]


class Market:
    """Follows the trades; `take_changes` gives what is new since it was asked last.

    The open window of a symbol is the one that ends next after the newest event time of its
    partition; its candle is the window in which that time lies and whose start is a multiple of the
    length, so that candles share out the trades. Windows that began before the first trade that was
    read are not given, but where that is the partition's first: they may lack trades.
    """

    def __init__(self, length: timedelta, slide: timedelta, back: timedelta) -> None:
        self._slide_us = slide // MICROSECOND
        self._panes_each = length // slide
        self._back = back
        self._series: dict[Key, _Series] = {}
        self._forgotten: list[Key] = []
        self._positions: dict[int, ReadTo] = {}
        self._wanted = ALL_BUT_CANDLES
        self._newest_pane: dict[int, int] = {}
        self._whole_from_us: dict[int, int] = {}
        self._left_out_us = 0  # the newest trade for which there was no room
        self._full_in_pane = -1

    def start(self, _topic: Topic, _topic_id: str) -> Start:
        """Begin so far back that the open windows are whole, and last trades are known."""
        return Start(self._back, records=LEAST_RECORDS)

    def on_start(self, _topic: Topic, _topic_id: str, offsets: Mapping[int, int]) -> None:
        """Begin anew; last trades stay until there are newer ones."""
        for series in self._series.values():
            series.panes.clear()
            series.partitions.intersection_update(offsets)
        self._positions = {it: ReadTo(offset) for it, offset in offsets.items()}
        self._whole_from_us = {it: -1 for it, offset in offsets.items() if offset}

    def on_damage(self, _topic: Topic, damaged: Damaged) -> None:
        """Take windows that began before as not whole."""
        self._whole_from_us[damaged.partition] = -1

    def on_trades(self, trades: list[Trade], read_to: Mapping[int, ReadTo]) -> None:
        """Take in trades; those of windows that are over count no more."""
        for partition, position in read_to.items():
            self._positions[partition] = position
            if self._whole_from_us.get(partition, 0) < 0 < position.reached_us:
                first = (it.event_us for it in trades if it.partition == partition)
                self._whole_from_us[partition] = next(first, position.reached_us)
        series_of, slide_us = self._series, self._slide_us
        for trade in trades:
            key = trade[2:4]
            series = series_of.get(key)
            if series is None:
                if len(series_of) >= MOST_SERIES and not self._make_room():
                    self._left_out_us = max(self._left_out_us, trade.event_us)
                    continue
                series = series_of[key] = _Series(trade, self._left_out_us)
            elif trade.event_us >= series.last.event_us or _is_of_a_clock_set_back(
                trade, series.last
            ):
                series.last = trade
            if trade.partition not in series.partitions:
                series.partitions.add(trade.partition)
            pane_number = trade.event_us // slide_us
            pane = series.panes.get(pane_number)
            if pane is not None:
                pane.add(trade)
            elif pane_number > (over := self._first_over(series)):
                series.prune(over)
                series.panes[pane_number] = Pane(trade)
            series.is_changed = True

    @property
    def symbol_count(self) -> int:
        """How many symbols have a last trade."""
        return len({symbol for symbol, _ in self._series})

    def last_trades(self) -> Iterator[list[Trade]]:
        """Give each symbol's last trade by source, in order of symbol and source.

        Some at a time, as of then: trades may be taken in between.
        """
        for keys in batched(sorted(self._series), MOST_AT_ONCE):
            yield [series.last for _, series in self._series_of(keys)]

    def take_changes(self, wanted: Wanted = ALL_BUT_CANDLES) -> Iterator[Changes]:
        """Give the last trades and the open windows that are others than when last asked.

        Of what is wanted; of what was not wanted then, what there is.
        Some at a time, as of then: trades may be taken in between.
        """
        before, self._wanted = self._wanted, wanted
        moved_on = self._moved_on()
        over = [key for key in self._forgotten if key not in self._series]
        self._forgotten.clear()
        yield Changes(over=[(kind, *key) for key in over for kind in _OPEN_KINDS])
        symbols = wanted.symbols
        keys = list(self._series) if symbols is None else product(symbols, SOURCES)
        for some in batched(keys, MOST_AT_ONCE):
            yield self._changes_of(some, before, moved_on)

    def _series_of(self, keys: Iterable[Key]) -> Iterator[tuple[Key, _Series]]:
        """Give those that are there, or still are."""
        for key in keys:
            series = self._series.get(key)
            if series is not None:
                yield key, series

    def _changes_of(self, keys: Iterable[Key], before: Wanted, moved_on: set[int]) -> Changes:
        trades: list[Trade] = []
        windows: list[OpenWindow] = []
        over: list[tuple[OpenKind, str, str]] = []
        for key, series in self._series_of(keys):
            is_changed, symbol = series.is_changed, key[0]
            series.is_changed, series.is_given = False, True
            if is_changed or not before.has("trade", symbol):
                trades.append(series.last)
            is_other = is_changed or not moved_on.isdisjoint(series.partitions)
            for kind in _OPEN_KINDS:
                if not self._wanted.has(kind, symbol):
                    continue
                if not is_other and before.has(kind, symbol):
                    continue
                window = self._open_window(kind, series)
                if window is None:
                    over.append((kind, *key))
                else:
                    windows.append(window)
        return Changes(trades, windows, over)

    def _make_room(self) -> bool:
        """Let some go that have no open window, those that are silent for longest first."""
        reached_us = max((it.reached_us for it in self._positions.values()), default=0)
        pane = reached_us // self._slide_us
        if pane == self._full_in_pane:  # no window has ended since the last look
            return False
        over = [
            key
            for key, it in self._series.items()
            if not it.panes or max(it.panes) <= self._first_over(it)
        ]
        over.sort(key=lambda key: self._series[key].last.event_us)
        for key in over[: MOST_SERIES // 10]:  # many at once: each look costs as much
            if self._series.pop(key).is_given:
                self._forgotten.append(key)
        if not over:
            self._full_in_pane = pane
        return bool(over)

    def _moved_on(self) -> set[int]:
        """Give the partitions whose open windows are others now."""
        panes = {it: to.reached_us // self._slide_us for it, to in self._positions.items()}
        moved_on = {it for it, pane in panes.items() if self._newest_pane.get(it) != pane}
        self._newest_pane = panes
        return moved_on

    def _first_over(self, series: _Series) -> int:
        """Give the number of the newest pane that is before the open window."""
        positions = [self._positions[it] for it in series.partitions if it in self._positions]
        reached_us = max((it.reached_us for it in positions), default=0)
        return reached_us // self._slide_us - self._panes_each

    def _open_window(self, kind: OpenKind, series: _Series) -> OpenWindow | None:
        over = self._first_over(series)
        series.prune(over)
        first = over + 1
        if kind == "candle":  # one of the tumbling windows begins in the open one
            first += -first % self._panes_each
        panes = [series.panes[it] for it in sorted(series.panes) if it >= first]
        if not panes:
            return None
        symbol, source = series.last.symbol, series.last.source
        start_us = first * self._slide_us
        whole_from_us = (self._whole_from_us.get(it, 0) for it in series.partitions)
        if start_us < series.whole_from_us or any(it < 0 or it > start_us for it in whole_from_us):
            return None
        return OpenWindow(
            kind,
            symbol,
            source,
            start_us,
            start_us + self._panes_each * self._slide_us,
            columns(panes, of_the_day=source in VOLUME_OF_THE_DAY),
            {it: self._positions[it].offset for it in sorted(series.partitions)},
        )


def _is_of_a_clock_set_back(trade: Trade, last: Trade) -> bool:
    """Tell whether a trade is the newer although its time is before the last one's, far ahead.

    Only within a partition: what is read of others, or is read again, may be as old as it says.
    """
    came_later = trade.partition == last.partition and trade.offset > last.offset
    return came_later and is_far_ahead(last.event_us, trade.broker_ms * 1000)
