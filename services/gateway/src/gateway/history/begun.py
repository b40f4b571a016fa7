"""The minutes in which windows began that ended within a span of time."""

from datetime import datetime, timedelta

MINUTE = timedelta(minutes=1)
_AHEAD = timedelta(minutes=10)
"""Event times may be so far ahead of the clock; a window is then over before its end."""


def begun(since: datetime, now: datetime, length: timedelta) -> list[datetime]:
    """Give the minutes in which windows of a length began that ended between two times, in order.

    What began after them may be open yet.
    """
    first = (since - length).replace(second=0, microsecond=0)
    last = min(now, now - length + _AHEAD)
    return [first + number * MINUTE for number in range((last - first) // MINUTE + 1)]
