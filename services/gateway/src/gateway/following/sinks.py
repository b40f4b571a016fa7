"""Decode what the topics hold, and give each listener its part."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from contracts.times import LAST_MS, kafka_ms
from contracts.window import Window, read_window, window_us
from gateway.following.decoding import decode
from gateway.following.listener import (
    FinalWindow,
    Listener,
    ReadTo,
    Trade,
    TradeListener,
    WindowListener,
)
from gateway.following.topic_reader import Records


class Sink[L: Listener](ABC):
    """Turns records into what listeners take; `refused` counts those that are nothing.

    Each listener is given the records from where it begins on.
    """

    def __init__(self, listeners: Sequence[L]) -> None:
        self.refused = 0
        self._listeners = listeners
        self._starts: list[dict[int, int]] = [{} for _ in listeners]

    def begin(self, starts: Sequence[Mapping[int, int]]) -> None:
        """Hear from which offsets each listener is to be given the partitions."""
        self._starts = [dict(start) for start in starts]

    def let_in(self, number: int, start: Mapping[int, int]) -> None:
        """Hear from where one of the listeners is given them from now on."""
        self._starts[number] = dict(start)

    @abstractmethod
    def take(self, records: Records) -> None:
        """Hand records on, some of each partition."""

    def _each[T: (Trade, FinalWindow)](
        self, items: list[T], read_to: Mapping[int, ReadTo]
    ) -> Iterator[tuple[L, list[T], Mapping[int, ReadTo]]]:
        """Give each listener what of this lies at or behind its start, and how far that is read."""
        for listener, start in zip(self._listeners, self._starts, strict=True):
            own = {it: to for it, to in read_to.items() if to.offset > start.get(it, 0)}
            if not own:
                continue
            if start:
                part = [it for it in items if it.offset >= start.get(it.partition, 0)]
                yield listener, part, own
            else:
                yield listener, items, own
            for partition in own:
                start.pop(partition, None)


class TradeSink(Sink[TradeListener]):
    """Hands trades on; `refused` counts what is no event."""

    def __init__(self, listeners: Sequence[TradeListener], max_future_skew: timedelta) -> None:
        super().__init__(listeners)
        self._max_future_skew = max_future_skew
        self._reached_us: Counter[int] = Counter()

    def begin(self, starts: Sequence[Mapping[int, int]]) -> None:
        """Hear from which offsets each listener is to be given the partitions."""
        super().begin(starts)
        self._reached_us.clear()

    def take(self, records: Records) -> None:
        """Hand records on, some of each partition."""
        trades: list[Trade] = []
        read_to = {}
        for partition, some in records.items():
            found = decode(some, self._max_future_skew)
            trades += found.trades
            self.refused += found.refused
            reached_us = max(self._reached_us[partition], found.reached_us)
            self._reached_us[partition] = reached_us
            read_to[partition] = ReadTo(some[-1].offset + 1, reached_us)
        for listener, part, own in self._each(trades, read_to):
            listener.on_trades(part, own)


class WindowSink(Sink[WindowListener]):
    """Hands final windows on; `refused` counts what is none."""

    def take(self, records: Records) -> None:
        """Hand records on, some of each partition."""
        windows = []
        for record in (it for some in records.values() for it in some):
            window = read_window(record.value)
            if window is None or not _has_a_length(window):
                self.refused += 1
            else:
                broker_ms = kafka_ms(record.timestamp)
                windows.append(FinalWindow(record.partition, record.offset, broker_ms, window))
        read_to = {partition: ReadTo(some[-1].offset + 1) for partition, some in records.items()}
        for listener, part, own in self._each(windows, read_to):
            listener.on_windows(part, own)


def _has_a_length(window: Window) -> bool:
    """Tell whether it ends after it begins, and no later than any record can be."""
    start_us, end_us = window_us(window)
    return start_us < end_us <= LAST_MS * 1000
