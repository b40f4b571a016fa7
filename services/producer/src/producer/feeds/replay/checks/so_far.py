"""Detects cumulative daily volumes: they only grow until the next day."""

from collections.abc import Iterable

from producer.feeds.replay.values.row import Row

_MOST = 20_000
_LEAST = 30
_BY_CHANCE = 0.01
_FEW_STEPS = 5


class SoFar:
    """Compares the volume of each row with that of its symbol's row before, on the same day.

    What trades or bars count goes up and down; of what polled quotes have, each row has all that
    was traded since the day began. What grows by a few equal steps is made up, and no market's day.
    """

    def __init__(self) -> None:
        self._last: dict[str, Row] = {}
        self._up = 0
        self._down = 0
        self._steps: set[float] = set()

    def note(self, rows: Iterable[Row]) -> None:
        """Note rows, in the file's order."""
        for row in rows:
            volume, last = row.volume, self._last.get(row.symbol)
            if volume is None or (last is None and len(self._last) == _MOST):
                continue
            self._last[row.symbol] = row
            before = last and last.volume
            if last and before and before != volume and last.time.date() == row.time.date():
                self._up += volume > before
                self._down += volume < before
                if len(self._steps) <= _FEW_STEPS:
                    self._steps.add(float(f"{volume - before:.6g}"))

    @property
    def found(self) -> bool:
        """Tell whether the volumes only grow; or only fall, as where the newest row is first."""
        fewer, more = sorted((self._up, self._down))
        is_one_way = more >= _LEAST and fewer <= more * _BY_CHANCE
        return is_one_way and len(self._steps) > _FEW_STEPS
