"""Files of aggregates to a snapshot: each refresh reads only what is new or changed.

A refresh goes from the newest day back, and in each day from the newest file back, so that a long
history never keeps the newest window waiting.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from threading import Lock

import numpy as np

from contracts.dataset import folder_name
from contracts.reader import DatasetError, Source
from contracts.times import from_us, to_us
from dashboard.store.bars import MINUTE_US, Bars
from dashboard.store.day import Bounds, Day
from dashboard.store.keys import Keys
from dashboard.store.snapshot import BrokenFile, Newest, Snapshot

_MAX_BARS = 300_000
_MAX_WINDOWS = 150_000
_WINDOWS_US = 6 * 60 * MINUTE_US + 5 * MINUTE_US  # the longest range of windows, and some more
_STEP_US = 10 * MINUTE_US  # of which single windows are let go at once: each time takes a while
_OPEN_DAYS = 2  # those that new windows come to
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
        read_for_s: float,
        max_bars: int = _MAX_BARS,
        max_windows: int = _MAX_WINDOWS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._max_bars = max_bars
        self._max_windows = max_windows
        self._read_for_s = read_for_s
        self._clock = clock
        self._lock = Lock()
        self._keys = Keys()
        self._days: dict[date, Day] = {}
        self._next_other = 0
        self._failing: dict[tuple[str, date], str] = {}
        self._bounds = Bounds()
        self._last: tuple[object, Snapshot] = (None, Snapshot())

    @property
    def snapshot(self) -> Snapshot:
        """What was held after the last refresh."""
        return self._last[1]

    def refresh(self) -> Snapshot:
        """Bring what is held up to date with the files.

        Raises `DatasetError`; where only some days cannot be read, once the others are.
        """
        with self._lock:
            deadline = self._clock() + self._read_for_s
            on_disk = self._source.days()
            wanted = self._forget(on_disk)
            self._failing = {it: why for it, why in self._failing.items() if it[1] in wanted}
            # Those that failed come last: each may take many seconds.
            for day in sorted(self._in_turn(wanted), key=lambda it: ("list", it) in self._failing):
                with self._noted("list", day):
                    self._list(day)
                if ("list", day) in self._failing and self._clock() >= deadline:
                    break
            self._read_pending(wanted, lambda: self._clock() >= deadline)
            self._settle(wanted[_OPEN_DAYS:])
            self._bound()
            found = self._publish()
            if self._failing:
                raise DatasetError(next(iter(self._failing.values())))
            return found

    def _forget(self, on_disk: list[date]) -> list[date]:
        """Forget the days that are gone; list those that are wanted, newest first.

        Where no single window is left, all begins anew: those of before are wanted as they are.
        """
        for day in self._days.keys() - set(on_disk):
            del self._days[day]
        if self._bounds.windows and not any(map(_end_of, self._days.values())):
            self._days, self._bounds = {}, Bounds()
        wanted = on_disk
        if self._bounds.all:
            # Windows that begin on a day may end after it, by the length of the longest.
            held = (tiers for day in self._days.values() for tiers in day.held)
            longest_us = max((it.longest_us for it in held), default=0)
            wanted = [it for it in on_disk if _over_us(it) + longest_us > self._bounds.all]
        for day in self._days.keys() - set(wanted):
            del self._days[day]
        return wanted

    def _in_turn(self, wanted: list[date]) -> list[date]:
        """Choose the days to list: the newest in every refresh, all others by turns."""
        others = wanted[_OPEN_DAYS:]
        first = self._next_other if self._next_other < len(others) else 0
        chosen = list(islice(others, first, first + _OTHERS_A_LOOK))
        self._next_other = first + len(chosen)
        return wanted[:_OPEN_DAYS] + chosen

    def _list(self, name: date) -> None:
        """Find out which files of a day are new."""
        day = self._days.get(name) or Day(self._source, name, self._keys)
        try:
            day.refresh(self._clock())
        except FileNotFoundError:
            self._days.pop(name, None)
            return
        self._days[name] = day

    def _read_pending(self, wanted: list[date], enough: Callable[[], bool]) -> None:
        """Read what is new until it is enough: the newest day, and one other at least."""
        others = 0
        failed = {name for what, name in self._failing if what == "read" and name != wanted[0]}
        for name in sorted(wanted, key=failed.__contains__):
            day = self._days.get(name)
            if day is None or not day.pending:
                self._failing.pop(("read", name), None)
                continue
            if enough() and others:
                return
            with self._noted("read", name):
                day.read(self._bounds, enough)
            others += name != wanted[0]
            if name == wanted[0] or not self._bounds.windows:
                self._move_windows_bound()

    @contextmanager
    def _noted(self, what: str, day: date) -> Iterator[None]:
        """Note an error in place of raising it, until the same works."""
        try:
            yield
        except DatasetError as error:
            self._failing[what, day] = str(error)
        else:
            self._failing.pop((what, day), None)

    def _move_windows_bound(self) -> None:
        """Move on since when single windows are held: a time before the newest."""
        newest = max((_end_of(day) for day in self._days.values()), default=0)
        if newest - _WINDOWS_US - self._bounds.windows > _STEP_US:
            self._bounds = self._bounds._replace(windows=newest - _WINDOWS_US)

    def _settle(self, closed: list[date]) -> None:
        """Prepare what long ranges need of the days that are over."""
        for day in (self._days[name] for name in closed if name in self._days):
            if not day.pending and not day.settled:
                day.settle()

    def _bound(self) -> None:
        """Let go of the oldest where more is held than may be."""
        self._let_go(
            windows=_since(self._held("windows"), self._max_windows),
            minutes=_since(self._held("minutes"), self._max_bars),
        )
        self._let_go(all=_since(self._held("older"), self._max_bars))

    def _held(self, tier: str) -> list[Bars]:
        """Give what is held of each day; of one that is read again, the larger of both copies."""
        days = self._days.values()
        return [max((getattr(it, tier) for it in day.held), key=len) for day in days]

    def _let_go(self, **since: int) -> None:
        moved = {name: max(at, getattr(self._bounds, name)) for name, at in since.items()}
        self._bounds = self._bounds._replace(**moved)
        for day in self._days.values():
            day.bound(self._bounds)

    def _publish(self) -> Snapshot:
        days = sorted(self._days.items())
        # Bars keep their id while they are the same, for the last snapshot holds them.
        found = (
            self._bounds.all,
            *(
                (name, id(day.shown.tiers), day.pending, day.shown.count, *day.shown.broken.items())
                for name, day in days
            ),
        )
        if found != self._last[0]:
            self._last = (found, self._snapshot(days))
        return self._last[1]

    def _snapshot(self, days: list[tuple[date, Day]]) -> Snapshot:
        newest = self._newest()
        held = [(name, day.shown.tiers) for name, day in days if day.shown.tiers.parts]
        parts = [part for _, tiers in held for part in tiers.parts]
        return Snapshot(
            version=self._last[1].version + 1,
            days=tuple(held),
            newest=newest,
            arrived_at=self._arrived_at(newest, days),
            broken=tuple(
                BrokenFile(f"{folder_name(name)}/{file}", reason)
                for name, day in days
                for file, (_, reason) in sorted(day.shown.broken.items())
            ),
            pending=tuple(name for name, day in days if day.pending),
            cut_before=from_us(self._bounds.all) if self._bounds.all else None,
            windows_since=self._bounds.windows,
            begin=min((int(part.start.min()) for part in parts), default=0),
            files=sum(day.shown.count for _, day in days),
            size_bytes=sum(day.shown.size for _, day in days),
            keys=self._keys.among([part.key for part in parts]),
        )

    def _arrived_at(self, newest: Newest | None, days: list[tuple[date, Day]]) -> datetime | None:
        """Tell when the newest window was written.

        Its first file tells: in an object store and in a Delta table, one that others were merged
        into counts as written when they were merged.
        """
        before = self._last[1]
        if newest and before.newest and newest.window_end == before.newest.window_end:
            return before.arrived_at
        arrived_ns = max((day.shown.newest_ns for _, day in days), default=0)
        return datetime.fromtimestamp(arrived_ns / 1e9, UTC) if arrived_ns else None

    def _newest(self) -> Newest | None:
        days = [day for day in self._days.values() if _end_of(day)]
        if not days:
            return None
        windows = max(days, key=_end_of).shown.tiers.windows
        end = int(windows.end[-1])
        return Newest(from_us(end), self._keys.sources(windows.between(end - 1, None).key))


def _over_us(day: date) -> int:
    return to_us(datetime.combine(day + timedelta(days=1), datetime.min.time(), UTC))


def _end_of(day: Day) -> int:
    return int(day.shown.tiers.windows.end[-1]) if len(day.shown.tiers.windows) else 0


def _since(held: list[Bars], most: int) -> int:
    """Tell until when bars must go so that nine tenths of `most` stay: 0 where all may stay.

    Those of the newest end stay, how many they may be.
    """
    count = sum(map(len, held))
    if count <= most:
        return 0
    ends = np.concatenate([it.end for it in held])
    over = count - most * 9 // 10
    return min(int(np.partition(ends, over - 1)[over - 1]), int(ends.max()) - 1)
