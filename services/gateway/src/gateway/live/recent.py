"""The last hour's final windows and alerts, for readers that come back."""

from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

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
    message: bytes


class Recent:
    """Messages in the order in which they came, numbered from 0 on; `first` is the oldest kept.

    Bounded by an hour and by bytes: the oldest make room.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.first = 0
        self._entries: deque[Entry] = deque()
        self._bytes = 0
        self._most_bytes = most_bytes

    @property
    def next(self) -> int:
        """The number of the entry to come."""
        return self.first + len(self._entries)

    def first_window_ms(self) -> int | None:
        """Tell when the oldest window was taken in; None where there is none."""
        return next((entry.at_ms for entry in self._entries if entry.kind == "window"), None)

    def add(self, entry: Entry) -> None:
        """Keep one more."""
        self._entries.append(entry)
        self._bytes += len(entry.message)
        oldest_ms = entry.at_ms - KEPT_MS
        while self._bytes > self._most_bytes or self._entries[0].at_ms < oldest_ms:
            self._bytes -= len(self._entries.popleft().message)
            self.first += 1

    def put_in_order(self) -> None:
        """Sort what came so far by when it was taken in: before anybody is given its numbers."""
        self._entries = deque(sorted(self._entries, key=lambda entry: entry.at_ms))

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

        Where that is not among them (it is too old, or from before a restart), those taken in since
        a little before it: some of them it may have had. Raises `ValueError` for what is no id.
        """
        at_ms = time_of(id_)
        name = id_.partition("-")[1:]
        for back, entry in enumerate(reversed(self._entries)):
            if entry.id.partition("-")[1:] == name:
                return self.next - back
        for number, entry in enumerate(self._entries):
            if entry.at_ms >= at_ms - _DISORDER_MS:
                return self.first + number
        return self.next


def time_of(id_: str) -> int:
    """Read when the broker took in what has this id; raises `ValueError` where it is none."""
    at_ms, dash, rest = id_.partition("-")
    if not (at_ms.isascii() and at_ms.isdigit() and dash and rest) or len(at_ms) > 15:  # noqa: PLR2004
        raise ValueError("takes an id of the stream, such as 1767366000000-w0-17")
    return int(at_ms)
