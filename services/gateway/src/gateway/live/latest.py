"""The newest trade and open windows of each symbol and source, for readers of any speed."""

from bisect import bisect_right
from collections.abc import Callable
from itertools import islice
from operator import attrgetter
from typing import NamedTuple

from gateway.live.market import MOST_SERIES

_MOST = 3 * MOST_SERIES


class _Message(NamedTuple):
    place: int
    kind: str
    symbol: str
    message: bytes


class Latest:
    """Messages of which a newer one replaces the one before, of its kind, symbol and source.

    Each has a place, a number that says in which order they came: a reader that was slow takes what
    is newest, and what came between is gone. `place` is that of the newest.
    """

    def __init__(self) -> None:
        self.place = 0
        self._messages: dict[tuple[str, str, str], _Message] = {}  # by their places
        self._in_order: list[_Message] | None = None  # the same, while they stay so

    def put(self, kind: str, symbol: str, source: str, message: bytes) -> None:
        """Keep a message; where there are too many, the one that was replaced least lately goes."""
        self.drop(kind, symbol, source)  # it comes last: the oldest stand first
        self.place += 1
        self._messages[kind, symbol, source] = _Message(self.place, kind, symbol, message)
        if len(self._messages) > _MOST:
            del self._messages[next(iter(self._messages))]

    def drop(self, kind: str, symbol: str, source: str) -> None:
        """Let a message go, if there is one."""
        self._in_order = None
        self._messages.pop((kind, symbol, source), None)

    def keep_only(self, wants: Callable[[str, str], bool]) -> None:
        """Let all messages go but those whose kind and symbol are wanted."""
        self._in_order = None
        kept = {key: it for key, it in self._messages.items() if wants(it.kind, it.symbol)}
        self._messages = kept

    def since(
        self, place: int, wants: Callable[[str, str], bool], most: int
    ) -> tuple[list[bytes], int]:
        """Give messages behind a place, the oldest first, and the place of a reader that has them.

        So many at most, of those whose kind and symbol are wanted.
        """
        if self._in_order is None:
            self._in_order = list(self._messages.values())
        found: list[bytes] = []
        to = place
        begin = bisect_right(self._in_order, place, key=attrgetter("place"))
        for it in islice(self._in_order, begin, None):
            if wants(it.kind, it.symbol):
                if len(found) == most:
                    return found, to
                found.append(it.message)
                to = it.place
        return found, self.place
