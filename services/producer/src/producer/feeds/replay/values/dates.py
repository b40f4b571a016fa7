"""The grammar of dates and times: each form once, and none that could mean two things."""

import re
from calendar import month_abbr, month_name
from datetime import date, datetime, timedelta
from functools import lru_cache

from producer.feeds.replay.values import zones
from producer.feeds.replay.values.column import bad_value

HALF_DAY = 12
TAKEN = (
    "takes ISO 8601 such as 2024-01-31T15:30:00Z or 20240131T153000Z, 31.01.2024, Jan 31, 2024,"
    " or seconds, milli-, micro- or nanoseconds since 1970"
)
_TWO_READINGS = "it could be milliseconds since 1970 or a date and time; takes 2024-01-31T15:30Z"

_ZONE = rf"(?:(?P<zone>{zones.PATTERN})(?:\[[A-Z0-9_/+-]+\])?)?"
_SECOND = r"(?P<second{n}>\d\d)(?:[.,](?P<fraction{n}>\d+))?"
_EXTENDED = rf"(?P<hour1>\d\d?):(?P<minute1>\d\d)(?::{_SECOND.format(n=1)})?(?:\s?(?P<half>[AP])M)?"
_BASIC = rf"(?P<hour2>\d\d)(?P<minute2>\d\d)(?:{_SECOND.format(n=2)})?"
_CLOCK = rf"(?:(?:[TD]|,?\s+|;)(?:{_EXTENDED}|{_BASIC})|T(?P<hour3>\d\d))"
REST = rf"(?:{_CLOCK}{_ZONE}|(?P<date_zone>Z|[+-]\d\d:[0-5]\d))?"
"""What may stand behind a date: a time of day, a zone."""
_HOUR = r"(?P<hour1>\d\d)(?P<minute1>\d\d)"
_YEAR = r"(?P<year>\d{4})"
_NAME = r"(?P<name>[A-Z]{3,9})\.?"
_WEEKDAY = r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6},?\s)?"


def form(pattern: str) -> re.Pattern[str]:
    """Compile a form of dates: ASCII only, in letters of either case."""
    return re.compile(pattern, re.ASCII | re.IGNORECASE)


_FORMS = (
    form(rf"{_YEAR}(?P<mark>[-/.])(?P<month>\d\d?)(?P=mark)(?P<day>\d\d?){REST}"),
    form(rf"{_YEAR}(?P<month>\d\d)(?P<day>\d\d)(?:{_CLOCK}{_ZONE}|(?P<date_zone>Z))?"),
    form(rf"{_YEAR}(?P<month>\d\d)(?P<day>\d\d){_HOUR}{_SECOND.format(n=1)}{_ZONE}"),
    form(rf"{_YEAR}(?P<month>\d\d)(?P<day>\d\d){_HOUR}(?P<zone>Z|[+-]\d\d:?[0-5]\d)"),
    form(rf"{_YEAR}(?P<month>\d\d)(?P<day>\d\d) {_HOUR}(?P<second1>\d\d)(?P<fraction1>\d{{3}})"),
    form(rf"{_WEEKDAY}{_NAME}[ -](?P<day>\d\d?)(?:,? |-){_YEAR}{REST}"),
    form(rf"{_WEEKDAY}(?P<day>\d\d?)[ -]{_NAME}(?:,? |-){_YEAR}{REST}"),
    form(rf"{_YEAR}-?W(?P<week>\d\d)-?(?P<weekday>\d){REST}"),
    form(rf"{_YEAR}-(?P<yearday>\d\d\d){REST}"),
)  # fmt: skip
_MINUTES_RUN_TOGETHER = form(r"\d{12}")
MONTHS = {
    name.casefold(): number
    for names in (month_abbr, month_name)
    for number, name in enumerate(names)
    if name
} | {"sept": 9}
"""The months by their English names, whole and short, in small letters."""


@lru_cache(maxsize=4096)
def plain(text: str) -> datetime | None:
    """Read a date or date and time whose form alone says what it means; None for other texts.

    Naive where it names no zone. Raises `ValueError` where there is no such day or time.
    """
    for form in _FORMS:
        if found := form.fullmatch(text):
            return _moment(found)
    if _MINUTES_RUN_TOGETHER.fullmatch(text) and _is_date(text):
        raise bad_value("time", text, _TWO_READINGS)
    return None


def moment(found: re.Match[str], year: int, month: int, day: int) -> datetime:
    """Give the time of a date and of what stands behind it; raises `ValueError`."""
    parts = found.groupdict()
    hour = _part(parts, "hour")
    us = int((_either(parts, "fraction") or "0")[:6].ljust(6, "0"))
    try:
        if half := parts.get("half"):
            hour = _of_the_day(hour, half)
        minute, second = _part(parts, "minute"), _part(parts, "second")
        ends_the_day = (hour, minute, second, us) == (24, 0, 0, 0)
        zone = (parts.get("zone") or parts.get("date_zone") or "").strip()
        hour = 0 if ends_the_day else hour
        begun = datetime(year, month, day, hour, minute, second, us)  # noqa: DTZ001 - see below
        begun += timedelta(days=ends_the_day)
        return zones.placed(begun, zone) if zone else begun
    except (ValueError, OverflowError) as error:
        raise bad_value("time", found[0], str(error)) from error


def _moment(found: re.Match[str]) -> datetime:
    try:
        day = _day(found.groupdict())
    except (ValueError, OverflowError) as error:
        raise bad_value("time", found[0], str(error)) from error
    return moment(found, day.year, day.month, day.day)


def _day(parts: dict[str, str]) -> date:
    year = int(parts["year"])
    if "week" in parts:
        return date.fromisocalendar(year, int(parts["week"]), int(parts["weekday"]))
    if "yearday" in parts:
        day = date(year, 1, 1) + timedelta(days=int(parts["yearday"]) - 1)
        if day.year != year:
            raise ValueError("the year has no such day")
        return day
    month = MONTHS.get(parts["name"].casefold(), 0) if "name" in parts else int(parts["month"])
    return date(year, month, int(parts["day"]))


def _part(parts: dict[str, str | None], name: str) -> int:
    return int(_either(parts, name) or 0)


def _either(parts: dict[str, str | None], name: str) -> str | None:
    return next((parts[it] for n in "123" if parts.get(it := f"{name}{n}")), None)


def _of_the_day(hour: int, half: str) -> int:
    """Give the hour of a day from that of its half, A or P."""
    if not 1 <= hour <= HALF_DAY:
        raise ValueError("no hour of half a day")
    return hour % HALF_DAY + (HALF_DAY if half in "Pp" else 0)


def _is_date(digits: str) -> bool:
    try:
        datetime.strptime(digits, "%Y%m%d%H%M")  # noqa: DTZ007 - asked for its calendar only
    except ValueError:
        return False
    return True
