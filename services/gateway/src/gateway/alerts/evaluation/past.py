"""A figure of a window against the mean of the windows before it, in bounded memory."""

from array import array
from itertools import batched
from typing import Any, Self

import msgspec

MOST = 120
"""How many windows of the past are kept, spread over its length."""
FEWEST = 5
"""Windows that a past needs before anything is compared with it."""


def has_room(past_us: int, length_us: int) -> bool:
    """Tell whether enough windows of a length fit into a past, which excludes its beginning."""
    return past_us > (FEWEST - 1) * length_us


class KeptPast(msgspec.Struct):
    """Ends and figures, and how long the windows are; 0 where it was kept without."""

    points: list[tuple[int, float]] = []
    length_us: int = 0


class Past:
    """The ends (microseconds since 1970) and figures of windows that do not overlap, in turn.

    They are of one length: a longer window has more volume.
    """

    __slots__ = ("_length_us", "_row")

    def __init__(self) -> None:
        self._length_us = 0
        self._row = array("d")

    def ratio(self, figure: float, start_us: int, end_us: int, past_us: int) -> float | None:
        """Give how many times the mean of its past a window's figure is, and take it in.

        The past are the windows that ended before this one began, at most `past_us` before. None
        while there are too few of them, or where their mean is 0.
        """
        row, length_us = self._row, end_us - start_us
        if length_us != self._length_us:
            if self._length_us:
                del row[:]
            self._length_us = length_us
        before = [value for end, value in batched(row, 2) if start_us - past_us < end <= start_us]
        if not row or (start_us >= row[-2] and end_us - row[-2] >= past_us // MOST):
            horizon = end_us - past_us - length_us
            while row and row[0] <= horizon:
                del row[:2]
            row.extend((end_us, figure))
        mean = sum(before) / len(before) if len(before) >= FEWEST else 0.0
        return figure / mean if mean else None

    def to_kept(self) -> "KeptPast":
        """Give what is to be kept."""
        points = [(int(end), value) for end, value in batched(self._row, 2)]
        return KeptPast(points, self._length_us)

    @classmethod
    def from_kept(cls, kept: Any) -> Self:
        """Read what was kept; raises `msgspec.ValidationError`."""
        found, read = cls(), msgspec.convert(kept, KeptPast)
        found._length_us = read.length_us
        for point in read.points:
            found._row.extend(point)
        return found
