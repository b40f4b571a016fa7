"""When each row is due, and which time it carries."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import repeat

from producer.feeds.replay.values.row import Row


@dataclass(frozen=True, slots=True)
class Pace:
    """How to play: the factor (0: as fast as taken), whether times stay, whether to begin again."""

    speed: float
    original: bool
    repeat: bool

    def offset_s(self, first: Row, row: Row) -> float:
        """Give how many seconds after the first row one is due."""
        return (row.time - first.time).total_seconds() / self.speed if self.speed else 0.0

    def due(self, rows: Sequence[Row], first: Row, passed_s: float) -> int:
        """Give how many of the rows are due, the first at least."""
        if not self.speed:
            return len(rows)
        count = 1
        while count < len(rows) and self.offset_s(first, rows[count]) <= passed_s:
            count += 1
        return count

    def times(
        self, rows: Sequence[Row], first: Row, began: datetime, now: datetime
    ) -> Iterable[datetime]:
        """Give the times that rows carry which are published now."""
        if self.original:
            return (row.time for row in rows)
        if not self.speed:
            return repeat(now, len(rows))
        return (began + timedelta(seconds=self.offset_s(first, row)) for row in rows)
