"""The last hour's final windows and alerts, for readers that come back."""

from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from gateway.live.blocks import Blocks, Place

KEPT_MS = 3_600_000
MOST_BYTES = 32 * 1024 * 1024
_DISORDER_MS = 5_000
"""Several partitions are read beside each other: by so much their records may be out of order."""


class Entry(NamedTuple):
    """A message that is kept: its id, and when the broker took it in (milliseconds since 1970)."""

    id: str
    at_ms: int
    kind: str
    symbol: str | None
    place: Place


class Recent:
    """Messages in the order in which they came, numbered from 0 on; `first` is the oldest kept.

    Bounded by an hour and by bytes: the oldest make room. What has an id that is there already is
    left out.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.first = 0
        self._entries: deque[Entry] = deque()
        self._numbers: dict[str, int] = {}
        self._given_from = 0
        self._blocks = Blocks()
        self._bytes = 0
        self._most_bytes = most_bytes

    @property
    def next(self) -> int:
        """The number of the entry to come."""
        return self.first + len(self._entries)

    def first_window_ms(self) -> int | None:
        """Tell when the oldest window was taken in; None where there is none."""
        return next((entry.at_ms for entry in self._entries if entry.kind == "window"), None)

    def add(self, id_: str, at_ms: int, kind: str, symbol: str | None, message: bytes) -> None:
        """Keep one more."""
        if id_ in self._numbers:
            return
        self._numbers[id_] = self.next
        self._entries.append(Entry(id_, at_ms, kind, symbol, self._blocks.keep(message)))
        self._bytes += len(message)
        oldest_ms = at_ms - KEPT_MS
        while self._bytes > self._most_bytes or self._entries[0].at_ms < oldest_ms:
            oldest = self._entries.popleft()
            self._bytes -= oldest.place.end - oldest.place.begin
            del self._numbers[oldest.id]
            self.first += 1

    def put_in_order(self) -> None:
        """Sort what came so far by when it was taken in: before anybody is given its numbers.

        Readers that had some of it had it before a restart, in another order.
        """
        self._entries = deque(sorted(self._entries, key=lambda entry: entry.at_ms))
        self._numbers = {it.id: number for number, it in enumerate(self._entries, self.first)}
        self._given_from = self.next

    def since(self, number: int) -> Iterator[Entry]:
        """Give those from a number on."""
        begin = max(0, number - self.first)
        count = len(self._entries) - begin
        if count > begin:
            return islice(self._entries, begin, None)
        # A deque is walked from its nearer end.
        newest_first = list(islice(reversed(self._entries), max(0, count)))
        return reversed(newest_first)

    def after(self, id_: str) -> int:
        """Give the number of the first that a reader lacks whose last was `id_`.

        Where that was given out in another order (before a restart), others than its own partition
        may have come between: those taken in since a little before it are given, some of which it
        may have had; so are all where it is not among them. Raises `ValueError` for what is no id.
        """
        at_ms = time_of(id_)
        last = self._numbers.get(id_, -1)
        if last >= self._given_from:
            return last + 1
        for number, entry in enumerate(self._entries, self.first):
            had = number <= last and _partition_of(entry.id) == _partition_of(id_)
            if entry.at_ms >= at_ms - _DISORDER_MS and not had:
                return number
        return self.next


def _partition_of(id_: str) -> str:
    return id_.split("-", 2)[1]


def time_of(id_: str) -> int:
    """Read when the broker took in what has this id; raises `ValueError` where it is none."""
    at_ms, dash, rest = id_.partition("-")
    if not (at_ms.isascii() and at_ms.isdigit() and dash and rest) or len(at_ms) > 15:  # noqa: PLR2004
        raise ValueError("takes an id of the stream, such as 1767366000000-w0-17")
    return int(at_ms)
