"""Market hours, so that a closed market is told from a broken feed."""

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from exchange_calendars import ExchangeCalendar

_STRETCH = timedelta(days=30)


def is_known(code: str) -> bool:
    """Tell whether there are hours of an exchange (its ISO 10383 code)."""
    from exchange_calendars import get_calendar_names  # noqa: PLC0415 - as below

    return code in get_calendar_names(include_aliases=False)


class Market(Protocol):
    """Tells whether trades are to be expected."""

    def is_open(self, now: datetime) -> bool:
        """Tell it for an aware time."""


class Exchange:
    """An exchange by its ISO 10383 code, with its holidays and early closes.

    The first question of each month takes a second or two.
    """

    def __init__(self, code: str) -> None:
        self._code = code
        self._calendar: ExchangeCalendar = None
        self._until = date.min

    def is_open(self, now: datetime) -> bool:
        """Tell whether its regular session is on at an aware time."""
        minute = now.astimezone(UTC).replace(second=0, microsecond=0)
        today = minute.date()
        if today >= self._until:
            # Brings pandas, and 100 MB: nothing for feeds that need no hours.
            from exchange_calendars import get_calendar  # noqa: PLC0415

            self._until, end = today + _STRETCH, today + 2 * _STRETCH
            self._calendar = get_calendar(self._code, start=today - _STRETCH, end=end)
        return bool(self._calendar.is_open_on_minute(minute))
