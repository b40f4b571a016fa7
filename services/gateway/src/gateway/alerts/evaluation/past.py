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
    """Ends and figures."""

    points: list[tuple[int, float]] = []


class Past:
    """The ends (microseconds since 1970) and figures of windows that do not overlap, in turn."""

    __slots__ = ("_row",)

    def __init__(self) -> None:
        self._row = array("d")

    def ratio(self, figure: float, start_us: int, end_us: int, past_us: int) -> float | None:
        """Give how many times the mean of its past a window's figure is, and take it in.

        The past are the windows that ended before this one began, at most `past_us` before. None
        while there are too few of them, or where their mean is 0.
        """
        row = self._row
        before = [value for end, value in batched(row, 2) if start_us - past_us < end <= start_us]
        if not row or (start_us >= row[-2] and end_us - row[-2] >= past_us // MOST):
            horizon = end_us - past_us - (end_us - start_us)
            while row and row[0] <= horizon:
                del row[:2]
            row.extend((end_us, figure))
        mean = sum(before) / len(before) if len(before) >= FEWEST else 0.0
        return figure / mean if mean else None

    def to_kept(self) -> "KeptPast":
        """Give what is to be kept."""
        return KeptPast([(int(end), value) for end, value in batched(self._row, 2)])

    @classmethod
    def from_kept(cls, kept: Any) -> Self:
        """Read what was kept; raises `msgspec.ValidationError`."""
        found = cls()
        for point in msgspec.convert(kept, KeptPast).points:
            found._row.extend(point)
        return found
