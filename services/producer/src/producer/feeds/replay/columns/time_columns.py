"""Which columns tell the time where their names leave that open: by the first row's values, too."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from contracts.settings import SettingError
from producer.feeds.replay.columns.names import shown, usual
from producer.feeds.replay.values.column import day_of
from producer.feeds.replay.values.dates import plain
from producer.feeds.replay.values.zones import PATTERN as ZONE
from producer.feeds.replay.values.zones import is_bare
from producer.settings import Role

_DATES = ("date", "day", "tradedate", "dtyyyymmdd")
_CLOCKS = ("time", "timeofday", "minute")
_CLOCK = re.compile(
    rf"(?P<marked>\d\d?:\d\d(:\d\d([.,]\d+)?)?(\s?[AP]M)?({ZONE})?)|\d{{1,6}}(\.0)?|\d{{3,6}}[.,]\d+",
    re.ASCII | re.IGNORECASE,
)
_SINCE_1970 = ("timestamp", "unix", "unixtime", "unixtimestamp", "epoch")
_NUMBER_SINCE_1970 = re.compile(r"\d{10}(?:\d{3}){0,3}", re.ASCII)
_ZONELESS = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?", re.ASCII)
_PARTS = (
    "hour", "hours", "hr", "he", "hourending", "minute", "minuteofday", "secondofday", "msofday",
)  # fmt: skip
"""Names of columns that count within a day: from 0 or 1, of one zone or another."""
_MINUTES_OF_A_DAY = re.compile(r"\d{4}|\d{6}", re.ASCII)
"""What a column called minute holds if it is a time of day: else it may count within the hour."""
_WITH_MILLISECONDS = re.compile(r"\d{7,9}", re.ASCII)
_DIGITS_OF_A_DAY = 8
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[-/.](?=\d)", re.ASCII)
_BEHIND = re.compile(r"[TD\s,;]+(?!0?0:00(?::00|(?!:)))\d\d?:\d\d", re.ASCII)
"""What stands behind a day that has a time of day, other than its midnight."""
_UTC = re.compile(r"(?:^|[^a-z])(?:utc|gmt)(?:[^a-z]|$)", re.ASCII | re.IGNORECASE)
"""What says in a column's name that its times are UTC."""
_ENDS = re.compile(r"(?:^|[^a-z])(?:close|end|until)", re.ASCII | re.IGNORECASE)
"""What says in one that its times are those at which bars are over, hours after they began."""
_LOCAL = re.compile(
    r"[(\[]\s*(?:local|exchange|market|eastern|central|mountain|pacific|new york|ny|london|chicago"
    r"|tokyo|berlin|frankfurt|paris|hong kong|shanghai|singapore|sydney|india|mumbai|moscow)"
    r"(?:\s(?:standard|daylight))?(?:\stime)?\s*[)\]]|^\s*(?:local|exchange)[\s_]?time\s*$",
    re.ASCII | re.IGNORECASE,
)
"""What says in one that they are of some other place."""
_STEP, _MOST_APART, _DAY = timedelta(minutes=15), timedelta(hours=14), timedelta(days=1)
"""Zones are so far from UTC, and by whole steps."""
_INDEX = ("", "unnamed:0", "indexlevel0", "index")
"""How pandas writes an index that has no name."""


def day_and_clock(
    names: Sequence[str], normal: Sequence[str], row: Sequence[Any], time: int | None
) -> dict[Role, int]:
    """Find a date and a time of day beside each other; `time` is the column taken by its name.

    Where no name says which is the time of day, a value with a colon does. Raises `SettingError`
    where several do, or only hours or minutes stand there: all of a day would be its midnight.
    """
    day, clock = usual(_DATES, names, normal), usual(_CLOCKS, names, normal)
    if day is None:
        return {}
    clocks = {n for n, it in enumerate(row) if _CLOCK.fullmatch(str(it).strip())}
    if clock in clocks and time in {day, clock} and _is_clock(normal[clock], row[clock]):
        return {"date": day, "time": clock}
    if clock is not None and clock == time and _WITH_MILLISECONDS.fullmatch(str(row[clock])):
        raise SettingError(
            f"REPLAY_FILE: {names[clock]!r} beside {names[day]!r} is {str(row[clock])!r} in the"
            " first row; takes a time of day such as 09:30:00.123"
        )
    marked = with_colon(row)
    parts = [place for place, name in enumerate(normal) if name in _PARTS]
    if not (marked or parts) or day >= len(row) or not is_day(row[day]):
        return {}
    if time in marked:
        return {"date": day, "time": time}
    if time != day:
        return {}
    if len(marked) != 1:
        raise SettingError(
            f"REPLAY_FILE: {shown(names[it] for it in marked or parts)} tell times of day beside"
            f" {names[day]!r}; takes one such as 09:30 by REPLAY_COLUMNS=date=NAME,time=NAME, or"
            " the day alone by REPLAY_COLUMNS=time=NAME"
        )
    return {"date": day, "time": marked[0]}


def check_day(names: Sequence[str], row: Sequence[Any], time: int) -> None:
    """Raise `SettingError` where the time is a day, and another column has its time of day.

    As in Zerodha's tradebooks, whose `order_execution_time` is beside a `trade_date`.
    """
    first = [_BETWEEN_DIGITS.sub("", str(it).strip()) for it in row]
    if not (time < len(row) and is_day(row[time])):
        return
    day = day_of(first[time])
    others = [n for n, it in enumerate(first) if it.startswith(day) and _BEHIND.match(it, len(day))]
    if others:
        raise SettingError(
            f"REPLAY_FILE: {names[time]!r} is a day, and {shown(names[it] for it in others)} has"
            " its time of day; takes one of them by REPLAY_COLUMNS=time=NAME"
        )


def check_zone(names: Sequence[str], row: Sequence[Any], time: int, date: int | None) -> None:
    """Raise `SettingError` where a time without a zone is not UTC.

    Its column's name says so, or another has the same time in UTC, hours apart, as where one of New
    York's stands beside a ``timestamp_utc``.
    """
    first = dict(enumerate(row[: len(names)]))
    text = str(first.get(time, "")).strip()
    text = text if date is None else f"{day_of(first.get(date, ''))} {text}"
    here = _moment(text) if is_bare(text) else None
    if here is None:
        return
    if _LOCAL.search(names[time]):
        raise SettingError(
            f"REPLAY_FILE: {names[time]!r} says that its times are local, not of which zone; takes"
            " a heading such as 'Time (America/New_York)', or times that are UTC by"
            " REPLAY_COLUMNS=time=NAME"
        )
    others = () if _UTC.search(names[time]) else first.items()
    for place, value in others:
        text = str(value).strip()
        if _CLOCK.fullmatch(text):
            text = f"{here:%Y-%m-%d} {text}"
        is_other = place not in {time, date} and not _ENDS.search(names[place])
        there = _moment(text) if is_other and ":" in text else None
        if there and (there.tzinfo or _UTC.search(names[place])):
            apart = abs(_in_utc(there) - _in_utc(here))
            if timedelta() < min(apart, abs(_DAY - apart)) <= _MOST_APART and not apart % _STEP:
                raise SettingError(
                    f"REPLAY_FILE: {names[time]!r} names no zone, and by {names[place]!r} it is not"
                    " UTC; takes one of them by REPLAY_COLUMNS=time=NAME"
                )


def since_1970(normal: Sequence[str], row: Sequence[Any], time: int) -> int:
    """Find a number since 1970 beside a time that names no zone; where none is, give `time`."""
    first = dict(enumerate(map(str, row)))
    found = (normal.index(it) for it in _SINCE_1970 if normal.count(it) == 1)
    numbers = [place for place in found if _NUMBER_SINCE_1970.fullmatch(first.get(place, ""))]
    return numbers[0] if numbers and _ZONELESS.fullmatch(first.get(time, "")) else time


def index(normal: Sequence[str], row: Sequence[Any]) -> dict[Role, int]:
    """Find pandas' index that has no name, if it holds times."""
    place = next((n for n, name in enumerate(normal) if name in _INDEX), len(row))
    return {"time": place} if place < len(row) and is_time(row[place]) else {}


def with_colon(row: Sequence[Any]) -> list[int]:
    """Find the places of times of day that no number could be, such as 09:30."""
    found = ((n, _CLOCK.fullmatch(str(it).strip())) for n, it in enumerate(row))
    return [n for n, it in found if it and it["marked"]]


def _is_clock(name: str, value: Any) -> bool:
    text = str(value).strip()
    return name != "minute" or ":" in text or bool(_MINUTES_OF_A_DAY.fullmatch(text))


def is_day(value: Any) -> bool:
    """Tell whether a value is a day without a time of day."""
    text = day_of(value)
    return ":" not in text and (len(text) == _DIGITS_OF_A_DAY or not text.isdecimal())


def is_time(value: Any) -> bool:
    """Tell whether a value is a time by its form alone, not a number."""
    return isinstance(value, datetime) or _moment(str(value).strip()) is not None


def _in_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _moment(text: str) -> datetime | None:
    try:
        return plain(text)
    except ValueError:
        return None
