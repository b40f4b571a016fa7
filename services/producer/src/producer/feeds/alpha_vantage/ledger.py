"""The ledger of calls: on the disk before a call is made, so that no restart forgets one.

One file a key, named by a hash of it, shared by all producers that use the key. It stays small,
however many calls a plan has.
"""

import fcntl
import hashlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import msgspec
import structlog

from contracts.files import set_aside_name, write_whole

DAY = timedelta(hours=24)
_MINUTE = timedelta(minutes=1)
_MOST_ONE_BY_ONE = 1000
"""Of more calls a day those before the last are counted by the minute."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Grant:
    """Whether a call may be made now, how many were in the last 24 hours, and when the next may."""

    granted: bool
    used: int
    next_at: datetime


type _Aware = Annotated[datetime, msgspec.Meta(tz=True)]


class _Content(msgspec.Struct):
    """What is kept; `ahead_since` is when something was first seen beyond a day ahead.

    `minutes` are the ends of minutes with how many calls were made in each, besides `calls`.
    """

    calls: list[_Aware] = []
    exhausted_until: _Aware | None = None
    ahead_since: _Aware | None = None
    minutes: list[tuple[_Aware, int]] = []

    def counts(self) -> list[tuple[datetime, int]]:
        """Give times, in order, with how many calls were made then, or up to a minute before."""
        return sorted([*self.minutes, *((call, 1) for call in self.calls)])

    def shorten(self) -> None:
        """Count all calls but the last by the minute."""
        minutes = Counter(dict(self.minutes))
        minutes.update(it.replace(second=0, microsecond=0) + _MINUTE for it in self.calls[:-1])
        self.calls, self.minutes = self.calls[-1:], sorted(minutes.items())


def _as_of(content: _Content, now: datetime) -> _Content:
    """Leave out what is over, and what has been beyond a day ahead for a day.

    Either the clock was wrong then or it is now: the day shows which, and until it is over nothing
    is forgotten and nothing granted.
    """
    calls, minutes, until = content.calls, content.minutes, content.exhausted_until
    since, latest = None, now + DAY
    if max([*(time for time, _ in content.counts()), until or now]) > latest:
        since = min(content.ahead_since or now, now)
        if now >= since + DAY:
            since, calls = None, [call for call in calls if call <= latest]
            minutes = [it for it in minutes if it[0] <= latest]
            until = until if until and until <= latest else None
    return _Content(
        sorted(call for call in calls if call > now - DAY),
        until if until and until > now else None,
        since,
        [it for it in minutes if it[0] > now - DAY],
    )


class Ledger:
    """Grants at most `daily_calls` in any 24 hours, and none sooner than `gap` after another.

    Raises `OSError` where the ledger cannot be written: then no call may be made.
    """

    def __init__(self, directory: Path, key: str, daily_calls: int, gap: timedelta) -> None:
        name = hashlib.sha256(key.encode()).hexdigest()[:16]
        self._path = directory / f"alpha-vantage-{name}.json"
        self._daily_calls = daily_calls
        self.gap = gap

    def ask(self, now: datetime) -> Grant:
        """Ask for one call; where it is granted, it counts."""
        with self._locked(now) as content:
            granted = self._due(content, now) <= now
            if granted:
                content.calls.append(now)
                if self._daily_calls > _MOST_ONE_BY_ONE:
                    content.shorten()
                self._write(content)
            is_used_up = content.exhausted_until or content.ahead_since
            used = self._daily_calls if is_used_up else sum(it for _, it in content.counts())
            return Grant(granted, used, self._due(content, now))

    def exhausted(self, now: datetime) -> Grant:
        """Note that the provider itself says that the day's calls are gone."""
        with self._locked(now) as content:
            first = next((time for time, _ in content.counts()), now)
            content.exhausted_until = max(first + DAY, now + self.gap)
            self._write(content)
            return Grant(granted=False, used=self._daily_calls, next_at=content.exhausted_until)

    def _due(self, content: _Content, now: datetime) -> datetime:
        if content.ahead_since:
            return content.ahead_since + DAY
        due = [now]
        if content.calls:
            due.append(content.calls[-1] + self.gap)
        left = self._daily_calls
        for time, count in reversed(content.counts()):
            left -= count
            if left <= 0:
                due.append(time + DAY)
                break
        if content.exhausted_until:
            due.append(content.exhausted_until)
        return max(due)

    @contextmanager
    def _locked(self, now: datetime) -> Iterator[_Content]:
        with self._path.with_suffix(".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            known = self._read(now)
            content = _as_of(known, now)
            if content.ahead_since != known.ahead_since:
                self._write(content)
                if content.ahead_since:
                    why = "a clock was wrong when calls were made, or is now"
                    _log.error("the ledger has calls in the future: none for a day", why=why)
            yield content

    def _read(self, now: datetime) -> _Content:
        """Read the calls; of a damaged ledger they are not known, so that a day has none."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=_Content)
        except FileNotFoundError:
            return _Content()
        except ValueError as error:
            aside = set_aside_name(self._path, now)
            _log.error("the ledger of calls is damaged", set_aside=str(aside), why=str(error))
        content = _Content(exhausted_until=now + DAY)
        write_whole(aside, self._path.read_bytes(), synced=True)  # copied: one is always there
        self._write(content)
        return content

    def _write(self, content: _Content) -> None:
        write_whole(self._path, msgspec.json.encode(content), synced=True)
