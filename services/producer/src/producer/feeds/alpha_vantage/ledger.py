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
from contracts.times import format_time

DAY = timedelta(hours=24)
_MINUTE = timedelta(minutes=1)
_MOST_ONE_BY_ONE = 1000
"""Of more calls a day those before the last are counted by the minute."""
_SAID = "the provider said that the calls of a day are used up"
_NOT_KNOWN = "how many calls are left is not known: the ledger was damaged or of an older version"

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Grant:
    """Whether a call may be made now, how many were in the last 24 hours, and when the next may.

    `why` says why none may be made, where that lasts for more than a minute.
    """

    granted: bool
    used: int
    next_at: datetime
    why: str = ""


type _Aware = Annotated[datetime, msgspec.Meta(tz=True)]


class _Content(msgspec.Struct):
    """What is kept; `ahead_since` is when something was first seen beyond a day ahead.

    `minutes` are the ends of minutes with how many calls were made in each, besides `calls`.
    `exhausted_of` is the plan, in calls a day, of which the provider said that it is used up until
    `exhausted_until`; None where a damaged ledger tells nothing of the calls until then.
    """

    calls: list[_Aware] = []
    exhausted_until: _Aware | None = None
    ahead_since: _Aware | None = None
    minutes: list[tuple[_Aware, int]] = []
    exhausted_of: int | None = None

    def counts(self) -> list[tuple[datetime, int]]:
        """Give times, in order, with how many calls were made then, or up to a minute before."""
        return sorted([*self.minutes, *((call, 1) for call in self.calls)])

    def shorten(self) -> None:
        """Count all calls but the last by the minute."""
        minutes = Counter(dict(self.minutes))
        minutes.update(it.replace(second=0, microsecond=0) + _MINUTE for it in self.calls[:-1])
        self.calls, self.minutes = self.calls[-1:], sorted(minutes.items())


def _as_of(content: _Content, now: datetime, daily_calls: int) -> _Content:
    """Leave out what is over, was said of a smaller plan, or has been beyond a day ahead for a day.

    Either the clock was wrong then or it is now: the day shows which, and until it is over nothing
    is forgotten and nothing granted.
    """
    calls, minutes, until = content.calls, content.minutes, content.exhausted_until
    if daily_calls > (content.exhausted_of or daily_calls):
        until = None
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
        content.exhausted_of,
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
            due, why = self._due(content, now)
            granted = due <= now
            if granted:
                content.calls.append(now)
                if self._daily_calls > _MOST_ONE_BY_ONE:
                    content.shorten()
                self._write(content)
                due, _ = self._due(content, now)
            is_used_up = content.exhausted_until or content.ahead_since
            used = self._daily_calls if is_used_up else sum(it for _, it in content.counts())
            return Grant(granted, used, due, why)

    def exhausted(self, now: datetime) -> Grant:
        """Note that the provider itself says that the day's calls are gone."""
        with self._locked(now) as content:
            first = next((time for time, _ in content.counts()), now)
            content.exhausted_until = max(first + DAY, now + self.gap)
            content.exhausted_of = self._daily_calls
            self._write(content)
            return Grant(granted=False, used=self._daily_calls, next_at=content.exhausted_until)

    def _due(self, content: _Content, now: datetime) -> tuple[datetime, str]:
        """Tell when the next call may be made, and why not within a minute."""
        if content.ahead_since:
            return content.ahead_since + DAY, "the ledger has calls in the future: none for a day"
        due = [(now, "")]
        if content.calls:
            last = content.calls[-1]
            is_long = last + self.gap > now + _MINUTE
            why = f"the last call in the ledger is of {format_time(last)}" if is_long else ""
            due.append((last + self.gap, why))
        left = self._daily_calls
        for time, count in reversed(content.counts()):
            left -= count
            if left <= 0:
                due.append((time + DAY, f"{self._daily_calls} calls in 24 hours are used up"))
                break
        if content.exhausted_until:
            due.append((content.exhausted_until, _SAID if content.exhausted_of else _NOT_KNOWN))
        return max(due, key=lambda it: it[0])

    @contextmanager
    def _locked(self, now: datetime) -> Iterator[_Content]:
        with self._path.with_suffix(".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            known = self._read(now)
            content = _as_of(known, now, self._daily_calls)
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
