"""How far the reading of a topic is."""

from collections import deque
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from gateway.following.topic_reader import Records

_BEHIND_S = 10.0
_LOOKS = 5
"""So many looks, some ten seconds, must bring it nearer, or it is not catching up."""


class _Look(NamedTuple):
    """What a look has found: the ends, and how old the last record was that was read."""

    ends: dict[int, int]
    seconds: float


class Waiting(NamedTuple):
    """What is waited for, as people call it, and for how long."""

    what: str
    seconds: float


class Lag:
    """How far it is: `positions` are the next offsets to read, `ends` those to come.

    `records` counts what is unread, `seconds` how long ago the last record that was read was taken
    in, 0 where none is unread; `waits_for` says what is waited for while the broker does not
    answer; `read_count` and `skipped` count since the start.
    """

    def __init__(self) -> None:
        self.positions: dict[int, int] = {}
        self.ends: dict[int, int] = {}
        self.seconds = 0.0
        self.waits_for: str | None = "the broker"
        self.read_count = 0
        self.skipped = 0
        self._broker_ms: dict[int, int] = {}
        self._looks: deque[_Look] = deque(maxlen=_LOOKS)

    @property
    def answers(self) -> bool:
        """Whether the broker answered when it was asked last."""
        return self.waits_for is None

    @property
    def records(self) -> int:
        """How many records are not read yet, as of the last look."""
        return sum(max(0, end - self.positions[it]) for it, end in self.ends.items())

    @property
    def is_at_end(self) -> bool:
        """Whether all is read that was there at the last look."""
        return bool(self.positions) and self.records == 0

    @property
    def is_near_end(self) -> bool:
        """Whether the broker answers, and what it had at the last look or the one before is read.

        By offsets: the broker's clock, which its records carry, need not be this one.
        """
        return self.answers and any(self._has_read(it.ends) for it in list(self._looks)[-2:])

    @property
    def is_hopeless(self) -> bool:
        """Whether it is far behind, and comes no nearer.

        What was there at the first of the looks must be unread still: where the broker's clock is
        another, all records seem old.
        """
        looks = self._looks
        if len(looks) < _LOOKS or self._has_read(looks[0].ends):
            return False
        ages_s = [it.seconds for it in looks]
        return min(ages_s) > _BEHIND_S and ages_s[-1] >= ages_s[0]

    def begin(self, positions: Mapping[int, int], ends: Mapping[int, int], now: datetime) -> None:
        """Read on from other positions."""
        self.positions = dict(positions)
        self._broker_ms.clear()
        self._looks.clear()
        self.look(ends, now)

    def add(self, positions: Mapping[int, int]) -> None:
        """Take in partitions that are new."""
        self.positions = dict(positions)

    def read(self, records: Records, positions: Mapping[int, int]) -> None:
        """Take down what was read, and how far that is."""
        self.positions = dict(positions)
        for partition, some in records.items():
            self._broker_ms[partition] = some[-1].timestamp
            self.read_count += len(some)

    def look(self, ends: Mapping[int, int], now: datetime) -> None:
        """Compare with the ends."""
        self.ends = dict(ends)
        now_s = now.timestamp()
        behind = [
            now_s - self._broker_ms[it] / 1000
            for it, end in ends.items()
            if end > self.positions[it] and it in self._broker_ms
        ]
        self.seconds = max(0.0, *behind, 0.0)
        self._looks.append(_Look(self.ends, self.seconds))

    def _has_read(self, ends: Mapping[int, int]) -> bool:
        return bool(self.positions) and all(self.positions[it] >= end for it, end in ends.items())
