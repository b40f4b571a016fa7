"""Reads times by a grammar, not by a lenient parser: what could mean two things is no time."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from contracts.times import EPOCH
from producer.feeds.replay.values import clocks, dates, slashed
from producer.feeds.replay.values.clocks import ClockForm, Sign
from producer.feeds.replay.values.column import Column, bad_value, one_by_one
from producer.feeds.replay.values.dates import TAKEN
from producer.feeds.replay.values.slashed import AMBIGUOUS, ORDERS, Order

_ZEROS = str.maketrans("123456789", "000000000")
_PLAIN = re.compile(r"0000-00-00(?:[T ]00:00(?::00(?:\.0{1,9})?)?(?:Z|[+-]00:00)?)?", re.ASCII)
"""Shapes (each digit a 0) whose texts `datetime.fromisoformat` reads as the grammar does."""
_NUMBER = re.compile(r"-?\d+(?:\.\d*)?", re.ASCII)
_OF_JAVA = re.compile(r"\d\.\d+E\d\d?", re.ASCII)
"""How Java and Spark write such a number, with all its digits; Excel has a plus, and cuts some."""
_UNITS = (
    ("seconds", 10**8, 10**10, 1_000_000),
    ("milliseconds", 10**11, 10**13, 1_000),
    ("microseconds", 10**14, 10**16, 1),
    ("nanoseconds", 10**17, 10**19, Decimal("0.001")),
)
"""What a number since 1970 is by its size: the least, what it is under, and its microseconds."""

_OTHER_CLOCKS = ((125 * 10**15, 142 * 10**15), (630 * 10**15, 650 * 10**15))
"""Numbers that Windows and .NET have for times from 2000 on, in parts of 100 nanoseconds."""
_OTHER_CLOCK = (
    "it could count nanoseconds from 1970, or from 1601 or the year 1 as Windows and .NET do; takes"
    " 2024-01-31T15:30Z"
)
_NO_SIZE = "no number since 1970 that can be told apart by its size"
_EXCEL_1970, _DAYS = 25_569, 36_525
_EXCEL = (
    "it could be a day of Excel's; takes 2024-01-31, as which Excel writes it where its cells are"
    " formatted so"
)
_BY_LENGTH = {
    10: ("seconds", 1_000_000), 13: ("milliseconds", 1_000), 16: ("microseconds", 1),
    19: ("nanoseconds", 1),
}  # fmt: skip
"""What a number since 1970 of so many digits is, and its microseconds; no date has as many."""
_TO_MICROSECONDS = 16
"""Digits of a number in nanoseconds down to its microseconds."""
_SLASHED_SHAPES = {"00/00/0000", "00-00-0000", "00.00.0000"}
_DATE = 10
_FIRST = EPOCH + timedelta(days=1)
"""Before it are times that are lost: 0 since 1970, in whichever zone."""
_LONGEST = 60


class TimeReader:
    """Reads times up to `latest`, in UTC where they name no zone.

    `order` says how the file writes dates such as 01/02/2024, `clock` how times of day such as 930;
    None: that is not known yet, and each of them is bad. What values show is gathered: `units` of
    numbers since 1970, the `orders` in which every date is possible, the signs of times of day in
    `clocks`, and in `open` whether there were any that need `order` or `clock`.
    """

    def __init__(
        self, latest: datetime, *, order: Order | None = None, clock: ClockForm | None = None
    ) -> None:
        self.units: set[str] = set()
        self.orders = set(ORDERS)
        self.clocks: set[Sign] = set()
        self.open = False
        self._latest = latest
        self._order = order
        self._clock = clock

    def read(self, values: Sequence[Any]) -> Column[datetime]:
        """Read a column: as a whole where its values are as most are, else one by one."""
        try:
            return Column(self._quick(values), {})
        except (TypeError, ValueError, OverflowError):
            return one_by_one(self.one, values)

    def one(self, value: Any) -> datetime:
        """Read one time; raises `ValueError`."""
        try:
            return self._possible(self._moment(value), value)
        except (ArithmeticError, TypeError) as error:
            raise bad_value("time", value, TAKEN) from error

    def _quick(self, values: Sequence[Any]) -> list[datetime]:
        kinds = set(map(type, values))
        if kinds == {str}:
            times = self._quick_texts(values)
        elif kinds == {int}:
            times = self._quick_texts(list(map(str, values)))
        elif kinds == {datetime}:
            times = list(values)
        else:
            raise TypeError
        zones = {time.tzinfo for time in times}
        if None in zones:
            times = [time if time.tzinfo else time.replace(tzinfo=UTC) for time in times]
        if zones - {None, UTC}:
            times = [time.astimezone(UTC) for time in times]
        if not (min(times) >= _FIRST and max(times) <= self._latest):
            raise ValueError
        return times

    def _quick_texts(self, values: Sequence[str]) -> list[datetime]:
        shape = values[0].translate(_ZEROS)
        shaped = "\n".join(values).translate(_ZEROS)
        alike = shaped == "\n".join([shape] * len(values))
        if alike and len(shape) in _BY_LENGTH and shape.strip("0") == "":
            return self._quick_numbers(values)
        if alike and shape[:_DATE] in _SLASHED_SHAPES:
            values, shape = self._turned(values), f"0000-00-00{shape[_DATE:]}"
        shapes = {shape} if alike else set(shaped.split("\n"))
        if not all(map(_is_plain, shapes)):
            raise ValueError
        return list(map(datetime.fromisoformat, values))

    def _quick_numbers(self, values: Sequence[str]) -> list[datetime]:
        """Read numbers of as many digits each."""
        if min(values).startswith("0"):
            raise ValueError
        unit, us = _BY_LENGTH[len(values[0])]
        self.units.add(unit)
        return [EPOCH + timedelta(0, 0, int(it[:_TO_MICROSECONDS]) * us) for it in values]

    def _turned(self, values: Sequence[str]) -> list[str]:
        """Write slashed dates of two digits each as ISO does."""
        if self._order not in {"DMY", "MDY"}:
            raise ValueError
        day, month = (0, 3) if self._order == "DMY" else (3, 0)
        return [f"{it[6:10]}-{it[month : month + 2]}-{it[day : day + 2]}{it[10:]}" for it in values]

    def _moment(self, value: Any) -> datetime:
        """Give the time that a value is of; naive where it names no zone."""
        match value:
            case bool() | None:
                raise bad_value("time", value)
            case str() | int():
                return self._text(str(value).strip())
            case float():
                return self._text(f"{Decimal(repr(value)):f}".removesuffix(".0"))
            case datetime():
                return value
            case date():
                return datetime(value.year, value.month, value.day, tzinfo=UTC)
        raise bad_value("time", value, TAKEN)

    def _text(self, text: str) -> datetime:
        if len(text) > _LONGEST:
            raise bad_value("time", text, TAKEN)
        if found := clocks.find(text):
            text = self._with_zeros(text, found)
        if found := slashed.find(text):
            return self._slashed(text, found)
        if moment := dates.plain(text):
            return moment
        if _NUMBER.fullmatch(text) or _OF_JAVA.fullmatch(text):
            return self._since_1970(Decimal(text))
        raise bad_value("time", text, TAKEN)

    def _with_zeros(self, text: str, found: re.Match[str]) -> str:
        self.clocks |= clocks.signs(found)
        if not clocks.is_whole(found):
            self.open = True
            if self._clock is None:
                if day := slashed.find(found["day"]):
                    self._leave_orders(day)
                raise bad_value("time", text, clocks.AMBIGUOUS)
        return clocks.with_zeros(found, self._clock)

    def _slashed(self, text: str, found: re.Match[str]) -> datetime:
        self._leave_orders(found)
        days, usual = slashed.days(found), slashed.usual(found)
        order = self._order or usual
        if order is None:
            raise bad_value("time", text, AMBIGUOUS)
        if order not in days:
            raise bad_value("time", text, "there is no such day")
        day = days[order]
        return dates.moment(found, day.year, day.month, day.day)

    def _leave_orders(self, found: re.Match[str]) -> None:
        """Note which orders a date leaves."""
        last = self._latest.date()
        days = slashed.days(found)
        if possible := {order for order, it in days.items() if _FIRST.date() <= it <= last}:
            self.orders &= possible
        self.open = self.open or slashed.usual(found) not in possible

    def _since_1970(self, number: Decimal | int) -> datetime:
        if number <= 0:
            return EPOCH + timedelta(microseconds=int(number))
        if any(least <= number < under for least, under in _OTHER_CLOCKS):
            raise bad_value("time", number, _OTHER_CLOCK)
        for unit, least, under, us in _UNITS:
            if least <= number < under:
                self.units.add(unit)
                return EPOCH + timedelta(microseconds=int(number * us))
        raise bad_value("time", number, _EXCEL if 0 <= number - _EXCEL_1970 < _DAYS else _NO_SIZE)

    def _possible(self, moment: datetime, value: Any) -> datetime:
        """Give a time in UTC, if it is one that a recorded price can have."""
        time = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        if time < _FIRST:
            lost = time >= EPOCH
            raise bad_value(
                "time", value, "stands for a time that is lost" if lost else "before 1970"
            )
        if time > self._latest:
            raise bad_value("time", value, "in the future")
        return time


@lru_cache(maxsize=1024)
def _is_plain(shape: str) -> bool:
    return _PLAIN.fullmatch(shape) is not None
