"""A figure of a window against the mean of the windows before it, in bounded memory."""

import msgspec

MOST = 120
"""How many windows of the past are kept, spread over its length."""
FEWEST = 5
"""Windows that a past needs before anything is compared with it."""


class Past(msgspec.Struct):
    """The ends (microseconds since 1970) and figures of windows that do not overlap."""

    points: list[tuple[int, float]] = []

    def ratio(self, figure: float, start_us: int, end_us: int, past_us: int) -> float | None:
        """Give how many times the mean of its past a window's figure is, and take it in.

        The past are the windows that ended before this one began, at most `past_us` before. None
        while there are too few of them, or where their mean is 0.
        """
        before = [value for end, value in self.points if start_us - past_us < end <= start_us]
        last = self.points[-1][0] if self.points else None
        if last is None or (start_us >= last and end_us - last >= past_us // MOST):
            horizon = end_us - past_us - (end_us - start_us)
            self.points = [it for it in self.points if it[0] > horizon]
            self.points.append((end_us, figure))
        mean = sum(before) / len(before) if len(before) >= FEWEST else 0.0
        return figure / mean if mean else None
