"""Messages of one kind, in their order, for an hour and within a bound."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from gateway.live.blocks import Blocks, Place

KEPT_MS = 3_600_000


class Entry(NamedTuple):
    """A message that is kept: its id, and when it was received (milliseconds since 1970).

    `order` says in which order messages of all kinds came.
    """

    id: str
    order: int
    at_ms: int
    kind: str
    symbol: str | None
    place: Place


class Retained:
    """Messages of a kind, numbered from 0 on; `first` is the oldest kept: the oldest make room."""

    def __init__(self, kind: str, most_bytes: int) -> None:
        self._kind = kind
        self.first = 0
        # By number. The many small blocks of a deque would lie in the heap, as messages would.
        self._entries: dict[int, Entry] = {}
        self._numbers: dict[str, int] = {}
        self._blocks = Blocks()
        self._bytes = 0
        self._most_bytes = most_bytes

    def __iter__(self) -> Iterator[Entry]:
        """Give all, the oldest first."""
        return self.since(self.first)

    def __contains__(self, id_: str) -> bool:
        """Tell whether one has this id."""
        return id_ in self._numbers

    @property
    def next(self) -> int:
        """The number of the entry to come."""
        return self.first + len(self._entries)

    @property
    def last(self) -> Entry | None:
        """The newest; None where none is kept."""
        return self._entries.get(self.next - 1)

    def add(self, id_: str, order: int, at_ms: int, symbol: str | None, message: bytes) -> None:
        """Keep one more."""
        number, place = self.next, self._blocks.keep(message)
        self._numbers[id_] = number
        self._entries[number] = Entry(id_, order, at_ms, self._kind, symbol, place)
        self._bytes += len(message)
        oldest_ms = at_ms - KEPT_MS
        while self._bytes > self._most_bytes or self._entries[self.first].at_ms < oldest_ms:
            oldest = self._entries.pop(self.first)
            self._bytes -= oldest.place.end - oldest.place.begin
            del self._numbers[oldest.id]
            self.first += 1

    def put_in(self, entries: Iterable[Entry]) -> None:
        """Take the same entries in another order."""
        self._entries = dict(enumerate(entries, self.first))
        self._numbers = {it.id: number for number, it in self._entries.items()}

    def find(self, id_: str) -> Entry | None:
        """Give the one that has this id."""
        number = self._numbers.get(id_)
        return None if number is None else self._entries[number]

    def behind(self, order: int) -> int:
        """Give the number of the first that came after one of any kind."""
        numbers = range(self.next)
        return bisect_right(numbers, order, self.first, key=lambda it: self._entries[it].order)

    def at_ms(self, number: int) -> int:
        """Tell when one was received, or the oldest where it is no longer kept; 0 without any."""
        return self._entries[max(self.first, number)].at_ms if self._entries else 0

    def since_time(self, at_ms: int, order: int) -> Iterator[Entry]:
        """Give those since a time; before `order` they are in the order of their times."""
        numbers = range(self.behind(order - 1))
        return self.since(bisect_left(numbers, at_ms, self.first, key=self.at_ms))

    def since(self, number: int) -> Iterator[Entry]:
        """Give those from a number on."""
        return (self._entries[it] for it in range(max(self.first, number), self.next))
