"""One day of the dataset: which of its files have been read, and what was in them."""

from collections.abc import Callable
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
class Day:
    """What has been read of a day; `settle` lets go of the names of many files.

    Where a file that was read is gone or another, all are read again into `again`; what was read
    before is shown until that is done.
    """

    source: Source
    date: date
    keys: Keys
    files: dict[str, Fingerprint] = field(default_factory=dict)
    broken: dict[str, tuple[Fingerprint, str]] = field(default_factory=dict)
    todo: list[tuple[str, Fingerprint]] = field(default_factory=list)
    tiers: Tiers = field(default_factory=Tiers)
    again: "Day | None" = None
    listed: bool = False
    count: int = 0
    size: int = 0
    newest_ns: int = 0
    settled: bool = False
    _digest: int | None = None
    _token: int = -1
    _checked_at: float = 0.0

    @property
    def pending(self) -> bool:
        """Whether there are files still to be read."""
        return not self.listed or bool(self.todo) or self.again is not None

    @property
    def held(self) -> list[Tiers]:
        """What is held, with what is read again beside it."""
        return [self.tiers, *(self.again.held if self.again else ())]

    def refresh(self, now_s: float) -> None:
        """Find what is new.

        Only names are compared, but now and then (`Source.check_after_s`) each file's time and
        size. Raises `FileNotFoundError` where the folder is gone, and `DatasetError`.
        """
        token, settled = self.source.changed(self.date)
        check = now_s - self._checked_at > self.source.check_after_s
        if self.listed and token == self._token and not check:
            return
        known = {} if check or self._digest is not None else self._known()
        found = self.source.list(self.date, known)
        if check:
            self._checked_at = now_s
        self._token = token if settled else -1  # what it does not show is listed once more
        self.listed = True
        self.compare(found)

    def _known(self) -> dict[str, Fingerprint]:
        broken = {name: known for name, (known, _) in self.broken.items()}
        return {**self.files, **broken, **dict(self.todo)}

    def compare(self, found: dict[str, Fingerprint]) -> None:
        """Note what is new among the files found."""
        if self.again is not None:
            self.again.compare(found)
            return
        if self._digest is not None:
            if _digest_of(found) != self._digest:
                self._read_again(found)
            return
        for name in [name for name, (known, _) in self.broken.items() if found.get(name) != known]:
            del self.broken[name]
        if any(found.get(name) != known for name, known in self.files.items()):
            self._read_again(found)
            return
        new = found.keys() - self.files.keys() - self.broken.keys()
        self.todo = _oldest_first({name: found[name] for name in new})

    def _read_again(self, found: dict[str, Fingerprint]) -> None:
        self.again = Day(self.source, self.date, self.keys, listed=True, todo=_oldest_first(found))
        self.again.__dict__ |= {"_token": self._token, "_checked_at": self._checked_at}

    def read(self, bounds: Bounds, enough: Callable[[], bool]) -> None:
        """Read files, the newest first, until it is enough, one at least.

        Raises `DatasetError`; what was read before that counts.
        """
        if self.again is not None:
            self.again.read(bounds, enough)
            if not self.again.todo:
                self.__dict__.update(self.again.__dict__)
            return
        tables: list[pa.Table] = []
        while self.todo:
            try:
                self._read_file(*self.todo[-1], tables)
            except DatasetError:
                self._take(tables, bounds)
                raise
            self.todo.pop()
            if enough() or sum(it.num_rows for it in tables) > _MANY_ROWS:
                break
        self._take(tables, bounds)

    def bound(self, bounds: Bounds) -> None:
        """Let go of what is older than may be held."""
        self.tiers = self.tiers.bounded(*bounds)
        if self.again is not None:
            self.again.bound(bounds)

    def _take(self, tables: list[pa.Table], bounds: Bounds) -> None:
        if tables:
            new = from_windows(pa.concat_tables(tables), self.keys)
            self.tiers = self.tiers.grown(new, bounds.windows, bounds.all)

    def _read_file(self, name: str, fingerprint: Fingerprint, tables: list[pa.Table]) -> None:
        try:
            rows = self.source.read(self.date, name, SHOWN)
        except FileNotFoundError:
            self._token = -1
            return
        except (OSError, pa.ArrowException) as error:
            self.broken[name] = (fingerprint, str(error).strip().partition("\n")[0])
            return
        self.files[name] = fingerprint
        self.count += 1
        self.size += fingerprint.size
        self.newest_ns = max(self.newest_ns, fingerprint.changed_ns)
        if rows.num_rows:
            tables.append(rows)

    def settle(self) -> None:
        """Prepare a day that is over and read: its bars for long ranges, and less of its names.

        Of many files one number is kept that tells whether they are the same.
        """
        self.settled = True
        _ = self.tiers.whole
        if len(self.files) > _MANY_FILES:
            self._digest = _digest_of(self._known())
            self.files = {}


def _oldest_first(files: dict[str, Fingerprint]) -> list[tuple[str, Fingerprint]]:
    return sorted(files.items(), key=lambda it: (it[1], it[0]))


def _digest_of(files: dict[str, Fingerprint]) -> int:
    return hash(frozenset(files.items()))
