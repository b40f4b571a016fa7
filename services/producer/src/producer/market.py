"""Market hours, so that a closed market is told from a broken feed."""

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Protocol

import structlog

if TYPE_CHECKING:
    from exchange_calendars import ExchangeCalendar

_log = structlog.get_logger()


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

    The first question of each year takes a second or two. Where the hours of a year are not known,
    trades are to be expected at any time.
    """

    def __init__(self, code: str) -> None:
        self._code = code
        self._calendar: ExchangeCalendar | None = None
        self._year: int | None = None

    def is_open(self, now: datetime) -> bool:
        """Tell whether its regular session is on at an aware time."""
        minute = now.astimezone(UTC).replace(second=0, microsecond=0)
        if minute.year != self._year:
            self._year, self._calendar = minute.year, self._hours_of(minute.year)
        hours = self._calendar
        if hours is None:
            return True
        is_within = hours.first_minute <= minute <= hours.last_minute
        return is_within and bool(hours.is_open_on_minute(minute))

    def _hours_of(self, year: int) -> "ExchangeCalendar | None":
        # Brings pandas, and 100 MB: nothing for feeds that need no hours.
        from exchange_calendars import get_calendar  # noqa: PLC0415

        try:
            return get_calendar(self._code, start=date(year, 1, 1), end=date(year, 12, 31))
        except (ValueError, NotImplementedError) as error:  # it knows some holidays a year ahead
            _log.warning(
                "the exchange's hours are not known: a closed market is shown as silent",
                exchange=self._code,
                year=year,
                why=str(error),
            )
            return None
