"""One day of the dataset: which of its files have been read, and what was in them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

import pyarrow as pa

from contracts.reader import DatasetError, Fingerprint, Source
from dashboard.store.keys import Keys
from dashboard.store.tiers import Tiers
from dashboard.store.windows import SHOWN, from_windows

_MANY_FILES = 200
_MANY_ROWS = 50_000  # at once, or memory that is never given back grows


class Bounds(NamedTuple):
    """Since when windows, bars of a minute and bars at all are held (microseconds since 1970)."""

    windows: int = 0
    minutes: int = 0
    all: int = 0


@dataclass
class Reading:
    """Which files of a day are still to be read (`todo`, the oldest first), and what was in others.

    `rest` is what is left of the one that is being read. `broken` are those that cannot be read,
    and why. `count` and `size` are of those that were read, `newest_ns` also of one that is being.
    """

    todo: list[tuple[str, Fingerprint]] = field(default_factory=list)
    files: dict[str, Fingerprint] = field(default_factory=dict)
    rest: Iterator[pa.Table] | None = None
    broken: dict[str, tuple[Fingerprint, str]] = field(default_factory=dict)
    tiers: Tiers = field(default_factory=Tiers)
    count: int = 0
    size: int = 0
    newest_ns: int = 0

    @property
    def known(self) -> dict[str, Fingerprint]:
        """All files, as they were listed."""
        broken = {name: known for name, (known, _) in self.broken.items()}
        return {**self.files, **broken, **dict(self.todo)}

    def compare(self, found: dict[str, Fingerprint]) -> bool:
        """Note what is new among the files found; False where one that was read is another."""
        for name in [name for name, (known, _) in self.broken.items() if found.get(name) != known]:
            del self.broken[name]
        if any(found.get(name) != known for name, known in self.files.items()):
            return False
        new = found.keys() - self.files.keys() - self.broken.keys()
        self.todo = _oldest_first({name: found[name] for name in new})
        return True

    def done(self, name: str) -> None:
        """Note that there is nothing left to be read of a file."""
        if self.todo[-1][0] == name:
            self.todo.pop()
        else:  # newer ones have come while it was read
            self.todo = [it for it in self.todo if it[0] != name]


class Day:
    """A day of the dataset, as far as it has been read.

    Where a file that was read is gone or another, all are read again; what was read before is
    `shown` until that is done, and with it what is newer.
    """

    def __init__(self, source: Source, date: date, keys: Keys) -> None:
        self._source = source
        self._date = date
        self._keys = keys
        self.shown = Reading()
        self._again: Reading | None = None
        self._newer_than = 0
        self._missed: set[tuple[str, Fingerprint]] = set()
        self.settled = False
        self._digest: int | None = None
        self._listed = False
        self._token = -1
        self._checked_at = 0.0

    @property
    def pending(self) -> bool:
        """Whether there are files still to be read."""
        return not self._listed or bool(self.shown.todo) or self._again is not None

    @property
    def held(self) -> list[Tiers]:
        """What is held, with what is read again beside it."""
        return [it.tiers for it in self._readings]

    @property
    def _readings(self) -> list[Reading]:
        return [self.shown, *([self._again] if self._again else [])]

    def refresh(self, now_s: float) -> None:
        """Find what is new.

        Only names are compared, but now and then (`Source.check_after_s`) each file's time and
        size. Raises `FileNotFoundError` where the folder is gone, and `DatasetError`.
        """
        token, settled = self._source.changed(self._date)
        check = now_s - self._checked_at > self._source.check_after_s
        if self._listed and token == self._token and not check:
            return
        reading = self._readings[-1]
        known = {} if check or self._digest is not None else reading.known
        found = self._source.list(self._date, known)
        if check:
            self._checked_at = now_s
        self._token = token if settled else -1  # a change may have come that it does not show
        self._listed = True
        if check and self._digest is None:
            for name, _ in self._missed:  # it may be back as it was
                reading.broken.pop(name, None)
        if self._digest is None:
            is_same = reading.compare(found)
        else:
            is_same = _digest_of(found) == self._digest
        if not is_same:
            self._again = Reading(todo=_oldest_first(found))
            newest = (int(it.end[-1]) for it in self.shown.tiers.parts)
            self._newer_than = max(newest, default=0)
            self.settled, self._digest = False, None

    def read(self, bounds: Bounds, enough: Callable[[], bool]) -> None:
        """Read files, the newest first, until it is enough, or many rows; some at least.

        Raises `DatasetError`; what was read before that counts.
        """
        reading = self._readings[-1]
        tables: list[pa.Table] = []
        try:
            for rows in self._windows(reading):
                tables.append(rows)
                if enough() or sum(it.num_rows for it in tables) > _MANY_ROWS:
                    break
        finally:
            if tables:
                new = from_windows(pa.concat_tables(tables), self._keys)
                reading.tiers = reading.tiers.grown(new, bounds.windows, bounds.all)
                if reading is not self.shown:
                    new = new.between(self._newer_than, None)
                    self.shown.tiers = self.shown.tiers.grown(new, bounds.windows, bounds.all)
                    self.shown.newest_ns = max(self.shown.newest_ns, reading.newest_ns)
        if not reading.todo:
            self.shown, self._again = reading, None

    def _windows(self, reading: Reading) -> Iterator[pa.Table]:
        """Give what is left of the file that is being read, and then of the others."""
        while reading.todo:
            reading.rest = reading.rest or self._parts(reading, *reading.todo[-1])
            # Not `yield from`, which would close it where this is left.
            for rows in reading.rest:  # noqa: UP028
                yield rows
            reading.rest = None

    def _parts(self, reading: Reading, name: str, fingerprint: Fingerprint) -> Iterator[pa.Table]:
        """Give the windows of a file, some at a time; with the last ones it counts as read."""
        last: pa.Table | None = None
        try:
            for rows in self._source.parts(self._date, name, SHOWN):
                reading.newest_ns = max(reading.newest_ns, fingerprint.changed_ns)
                if last:
                    yield last
                last = rows
        except FileNotFoundError:
            if (name, fingerprint) in self._missed:
                reading.broken[name] = (fingerprint, "it is missing")
            self._missed.add((name, fingerprint))
            self._token = -1
        except DatasetError:  # of a store; the others first: the last is the next one
            reading.todo.sort(key=lambda it: it[0] != name)
            raise
        except (OSError, pa.ArrowException) as error:
            if isinstance(error, OSError) and error.errno:  # of the system: it may pass
                self._missed.add((name, fingerprint))
            reading.broken[name] = (fingerprint, str(error).strip().partition("\n")[0])
        else:
            reading.files[name] = fingerprint
            reading.count += 1
            reading.size += fingerprint.size
        reading.done(name)
        if last:
            yield last

    def bound(self, bounds: Bounds) -> None:
        """Let go of what is older than may be held."""
        for it in self._readings:
            it.tiers = it.tiers.bounded(*bounds)

    def settle(self) -> None:
        """Prepare a day that is over and read: its bars for long ranges, and less of its names.

        Of many files one number is kept that tells whether they are the same.
        """
        self.settled = True
        _ = self.shown.tiers.whole
        if len(self.shown.files) > _MANY_FILES and not self.shown.broken:
            self._digest = _digest_of(self.shown.known)
            self.shown.files = {}


def _oldest_first(files: dict[str, Fingerprint]) -> list[tuple[str, Fingerprint]]:
    return sorted(files.items(), key=lambda it: (it[1], it[0]))


def _digest_of(files: dict[str, Fingerprint]) -> int:
    return hash(frozenset(files.items()))
