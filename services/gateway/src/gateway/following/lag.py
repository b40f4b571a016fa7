"""How far the reading of a topic is."""

from collections import deque
from collections.abc import Mapping
from datetime import datetime

from gateway.following.topic_reader import Records

_BEHIND_S = 10.0
_NEARLY_S = 2.0
_LOOKS = 5
"""So many looks, some ten seconds, must bring it nearer, or it is not catching up."""


class Lag:
    """How far it is: `positions` are the next offsets to read, `ends` those to come.

    `records` counts what is unread, `seconds` how long ago the last record that was read was taken
    in, 0 where none is unread; `error` says why the broker does not answer; `read_count` and
    `skipped` count since the start.
    """

    def __init__(self) -> None:
        self.positions: dict[int, int] = {}
        self.ends: dict[int, int] = {}
        self.seconds = 0.0
        self.error: str | None = "not asked yet"
        self.read_count = 0
        self.skipped = 0
        self._taken_in_ms: dict[int, int] = {}
        self._history: deque[float] = deque(maxlen=_LOOKS)

    @property
    def answers(self) -> bool:
        """Whether the broker answered when it was asked last."""
        return self.error is None

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
        """Whether the broker answers, and what it had at the last look is read, or nearly so."""
        return self.answers and (not self.records or 0 < self.seconds < _NEARLY_S)

    @property
    def is_hopeless(self) -> bool:
        """Whether it is far behind, and comes no nearer."""
        looks = self._history
        return len(looks) == _LOOKS and min(looks) > _BEHIND_S and looks[-1] >= looks[0]

    def begin(self, positions: Mapping[int, int], ends: Mapping[int, int], now: datetime) -> None:
        """Read on from other positions."""
        self.positions = dict(positions)
        self._taken_in_ms.clear()
        self._history.clear()
        self.look(ends, now)

    def add(self, positions: Mapping[int, int]) -> None:
        """Take in partitions that are new."""
        self.positions = dict(positions)

    def read(self, records: Records) -> None:
        """Take down what was read."""
        for partition, some in records.items():
            self.positions[partition] = some[-1].offset + 1
            self._taken_in_ms[partition] = some[-1].timestamp
            self.read_count += len(some)

    def look(self, ends: Mapping[int, int], now: datetime) -> None:
        """Compare with the ends."""
        self.ends = dict(ends)
        now_s = now.timestamp()
        behind = [
            now_s - self._taken_in_ms[it] / 1000
            for it, end in ends.items()
            if end > self.positions[it] and it in self._taken_in_ms
        ]
        self.seconds = max(0.0, *behind, 0.0)
        self._history.append(self.seconds)
