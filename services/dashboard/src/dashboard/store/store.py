"""Files of aggregates to a snapshot: each refresh reads only what is new or changed.

A refresh goes from the newest day back, and in each day from the newest file back, so that a long
history never keeps the newest window waiting.
"""

import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from itertools import islice
from threading import Lock

import numpy as np

from contracts.dataset import folder_name
from dashboard.store.bars import MINUTE_US
from dashboard.store.day import Day
from dashboard.store.snapshot import BrokenFile, Newest, Snapshot, moment_of
from dashboard.store.source import Source
from dashboard.store.tiers import Tiers

_MAX_BARS = 300_000
_MAX_WINDOWS = 150_000
_WINDOWS_US = 6 * 60 * MINUTE_US + 5 * MINUTE_US
_READ_FOR_S = 0.4
_TRIM_US = 10 * MINUTE_US
_OPEN_DAYS = 2
_OTHERS_A_LOOK = 50


class Store:
    """Holds what a source has, for all sessions; safe to use from several threads.

    Of single windows it holds `max_windows` at most, the newest, and of bars `max_bars` of a minute
    and as many of a quarter of an hour. One refresh reads files for about `read_for_s` seconds by
    `clock` and leaves the rest to the next.
    """

    def __init__(
        self,
        source: Source,
        *,
        max_bars: int = _MAX_BARS,
        max_windows: int = _MAX_WINDOWS,
        read_for_s: float = _READ_FOR_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._max_bars = max_bars
        self._max_windows = max_windows
        self._read_for_s = read_for_s
        self._clock = clock
        self._lock = Lock()
        self._days: dict[date, Day] = {}
        self._unwanted: set[date] = set()
        self._next_other = 0
        self._windows_since = self._trimmed_to = 0
        self._last: tuple[object, Snapshot] = (None, Snapshot())

    def refresh(self) -> Snapshot:
        """Bring what is held up to date with the files; raises `VolumeError`."""
        with self._lock:
            deadline = self._clock() + self._read_for_s
            on_disk = self._source.days()
            wanted = self._forget(on_disk)
            for day in self._in_turn(wanted):
                self._refresh(day)
            self._read_pending(wanted, lambda: self._clock() >= deadline)
            self._settle(wanted[_OPEN_DAYS:])
            self._bound()
            return self._publish()

    def _in_turn(self, wanted: list[date]) -> list[date]:
        """Choose the days to list: the newest in every refresh, all others by turns."""
        others = wanted[_OPEN_DAYS:]
        first = self._next_other if self._next_other < len(others) else 0
        chosen = list(islice(others, first, first + _OTHERS_A_LOOK))
        self._next_other = first + len(chosen)
        return wanted[:_OPEN_DAYS] + chosen

    def _refresh(self, name: date) -> None:
        day = self._days.get(name) or Day(self._source, name)
        try:
            day.refresh(self._clock())
        except FileNotFoundError:
            self._days.pop(name, None)
            return
        self._days[name] = day

    def _read_pending(self, wanted: list[date], enough: Callable[[], bool]) -> None:
        """Read what is new until it is enough: the newest day, and one other at least."""
        others = 0
        for name in wanted:
            day = self._days.get(name)
            if day is None or not day.pending:
                continue
            if enough() and others:
                return
            day.read(self._windows_since, enough)
            others += name != wanted[0]
            if name == wanted[0] or not self._windows_since:
                self._keep_windows_since()

    def _settle(self, closed: list[date]) -> None:
        """Prepare what long ranges need of the days that are over."""
        for day in (self._days[name] for name in closed if name in self._days):
            if not day.pending and not day.settled:
                day.settle()

    def _keep_windows_since(self) -> None:
        """Move on from when single windows are held, and let go of those before."""
        newest = max((_end_of(day) for day in self._days.values()), default=0)
        self._windows_since = max(self._windows_since, newest - _WINDOWS_US)
        if self._windows_since - self._trimmed_to > _TRIM_US:
            self._trim_windows()

    def _forget(self, on_disk: list[date]) -> list[date]:
        """Forget the days that are gone; list those that are wanted, newest first.

        Where no single window is left, all begins anew: those of before are wanted as they are.
        """
        there = set(on_disk)
        self._unwanted &= there
        for day in self._days.keys() - there:
            del self._days[day]
        if self._windows_since and not any(map(_end_of, self._days.values())):
            self._days, self._unwanted, self._windows_since = {}, set(), 0
        return [day for day in on_disk if day not in self._unwanted]

    def _bound(self) -> None:
        """Let go of the oldest where more is held than may be."""
        self._bound_windows()
        room, room_of_quarters = self._max_bars, self._max_bars
        for name in sorted(self._days, reverse=True):
            day = self._days[name]
            if day.minutes > room and not day.pending:
                day.tiers = {key: it.coarser() for key, it in day.tiers.items()}
            room -= day.minutes
            room_of_quarters -= day.quarters
            if room_of_quarters < 0:
                self._let_go(name)
                return

    def _let_go(self, name: date) -> None:
        """Let go of a day and all before, for good."""
        self._unwanted |= {it for it in self._days if it <= name}
        for day in self._unwanted & self._days.keys():
            del self._days[day]

    def _bound_windows(self) -> None:
        held = [it.windows.end for day in self._days.values() for it in day.tiers.values()]
        count = sum(map(len, held))
        if count > self._max_windows:
            over = count - self._max_windows * 9 // 10
            self._windows_since = int(np.partition(np.concatenate(held), over)[over])
            self._trim_windows()

    def _trim_windows(self) -> None:
        self._trimmed_to = self._windows_since
        for day in self._days.values():
            day.tiers = {
                key: Tiers(it.windows.between(self._windows_since, None), it.minutes, it.kept)
                for key, it in day.tiers.items()
            }

    def _publish(self) -> Snapshot:
        days = sorted(self._days.items())
        found = (
            tuple(
                (name, id(day.tiers), day.pending, day.count, len(day.broken)) for name, day in days
            ),
            frozenset(self._unwanted),
            tuple(tuple(day.broken.items()) for _, day in days if day.broken),
        )
        if found != self._last[0]:
            self._last = (found, self._snapshot(days))
        return self._last[1]

    def _snapshot(self, days: list[tuple[date, Day]]) -> Snapshot:
        arrived_ns = max((day.newest_ns for _, day in days), default=0)
        return Snapshot(
            version=self._last[1].version + 1,
            days=tuple((name, day.tiers) for name, day in days if day.tiers),
            newest=_newest([day for _, day in days]),
            arrived_at=datetime.fromtimestamp(arrived_ns / 1e9, UTC) if arrived_ns else None,
            broken=tuple(
                BrokenFile(f"{folder_name(name)}/{file}", reason)
                for name, day in days
                for file, (_, reason) in sorted(day.broken.items())
            ),
            pending=tuple(name for name, day in days if day.pending),
            cut_before=days[0][0] if self._unwanted and days else None,
            windows_since=self._windows_since,
            begin=min((_begin_of(day) for _, day in days if day.tiers), default=0),
            files=sum(day.count for _, day in days),
            size_bytes=sum(day.size for _, day in days),
            keys=frozenset(key for _, day in days for key in day.tiers),
        )


def _end_of(day: Day) -> int:
    ends = (int(it.windows.end[-1]) for it in day.tiers.values() if len(it.windows))
    return max(ends, default=0)


def _begin_of(day: Day) -> int:
    bars = [it.kept if it.minutes is None else it.minutes for it in day.tiers.values()]
    return min(int(it.start[0]) for it in bars if len(it))


def _newest(days: list[Day]) -> Newest | None:
    for day in reversed(days):
        last = [(it.windows, source) for (_, source), it in day.tiers.items() if len(it.windows)]
        if last:
            end = max(int(windows.end[-1]) for windows, _ in last)
            of_end = [source for windows, source in last if windows.end[-1] == end]
            return Newest(moment_of(end), frozenset(of_end))
    return None
