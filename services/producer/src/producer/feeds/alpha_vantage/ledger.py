"""The ledger of calls: on the disk before a call is made, so that no restart forgets one.

One file a key, named by a hash of it, shared by all producers that use the key.
"""

import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import structlog

from contracts.files import set_aside_name, write_whole

DAY = timedelta(hours=24)

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Grant:
    """Whether a call may be made now, how many were in the last 24 hours, and when the next may."""

    granted: bool
    used: int
    next_at: datetime


class _Content(msgspec.Struct):
    calls: list[datetime] = []
    exhausted_until: datetime | None = None


def _as_of(content: _Content, now: datetime) -> _Content:
    """Leave out what is over; what a wrong clock put beyond a day ahead counts as of now."""
    calls = (call if call <= now + DAY else now for call in content.calls)
    until = content.exhausted_until
    return _Content(
        sorted(call for call in calls if call > now - DAY),
        min(until, now + DAY) if until and until > now else None,
    )


class Ledger:
    """Grants at most `daily_calls` in any 24 hours, and none sooner than `gap` after another.

    Raises `OSError` where the ledger cannot be written: then no call may be made.
    """

    def __init__(self, directory: Path, key: str, daily_calls: int, gap: timedelta) -> None:
        name = hashlib.sha256(key.encode()).hexdigest()[:16]
        self._path = directory / f"alpha-vantage-{name}.json"
        self._daily_calls = daily_calls
        self._gap = gap

    def ask(self, now: datetime) -> Grant:
        """Ask for one call; where it is granted, it counts."""
        with self._locked(now) as content:
            granted = self._due(content, now) <= now
            if granted:
                content.calls.append(now)
                self._write(content)
            used = self._daily_calls if content.exhausted_until else len(content.calls)
            return Grant(granted, used, self._due(content, now))

    def exhausted(self, now: datetime) -> Grant:
        """Note that the provider itself says that the day's calls are gone."""
        with self._locked(now) as content:
            first = min(content.calls, default=now)
            content.exhausted_until = max(first + DAY, now + self._gap)
            self._write(content)
            return Grant(granted=False, used=self._daily_calls, next_at=content.exhausted_until)

    def _due(self, content: _Content, now: datetime) -> datetime:
        due = [now]
        if content.calls:
            due.append(content.calls[-1] + self._gap)
        if len(content.calls) >= self._daily_calls:
            due.append(content.calls[-self._daily_calls] + DAY)
        if content.exhausted_until:
            due.append(content.exhausted_until)
        return max(due)

    @contextmanager
    def _locked(self, now: datetime) -> Iterator[_Content]:
        with self._path.with_suffix(".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield _as_of(self._read(now), now)

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
