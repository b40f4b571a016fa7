"""Reads prices and volumes: decimal points or commas, thousands, currency signs, 49.9M."""

import math
import re
import string
from collections.abc import Sequence
from typing import Any, Literal

from contracts.event import MAX_PRICE, MAX_VOLUME
from producer.feeds.replay.values.column import Column, bad_value, one_by_one

type Mark = Literal[".", ","]

_NOTHING = {
    "", "-", "--", "\u2013", "\u2014", "n/a", "n/d", "na", "#n/a", "nan", "null", "none", "nil",
    "\\n", ".",
}  # fmt: skip
"""What stands for no volume, in small letters."""
_LOST = {-1, "-1", "-1.0"}
"""What IBKR has for the volume of bars of what has none."""
_PLAIN = str.maketrans("", "", "0123456789.eE+-")
"""Takes away what a number is made of that `float` reads as everybody does."""
_CURRENCIES = "$€£¥₹₩₽₺₴₫₪฿"
_SIGNS = f"{_CURRENCIES}{string.whitespace}\xa0\u202f"
_IN_MONEY = re.compile(f"[{_CURRENCIES}]")
"""What shows that a volume is no count."""
_POWERS = {"": "", "K": "e3", "M": "e6", "B": "e9"}
_MULTIPLE = re.compile(r"(?P<number>.*\d\.?,?)\s?(?P<power>[KMB]?)", re.ASCII | re.IGNORECASE)
_DIGITS = re.compile(r"[+-]?\d+(?:[eE][+-]?\d+)?", re.ASCII)
_THOUSANDS: dict[Mark, str] = {
    ".": r"[1-9]\d{0,2}(?:,\d{3})+|[1-9]\d?(?:,\d\d)+,\d{3}",
    ",": r"[1-9]\d{0,2}(?:\.\d{3})+",
}
"""Digits set apart by the mark that is not the decimals': by threes, or as in India 1,23,456."""
_WITH_MARK: dict[Mark, re.Pattern[str]] = {
    mark: re.compile(
        rf"[+-]?(?=[{mark}]?\d)(?:\d+|{thousands})?(?:[{mark}]\d*)?(?:[eE][+-]?\d+)?", re.ASCII
    )
    for mark, thousands in _THOUSANDS.items()
}
"""A number whose decimals stand behind the mark, its thousands apart by the other one."""
_EITHER_WAY = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}(?:[eE][+-]?\d+)?", re.ASCII)
_BELOW_0 = re.compile(r"\(.*\d.*\)", re.ASCII)
"""How accounts write a number below 0."""
_APART = re.compile(r"\d[\s'\u2019]\d")
_BY_THREES = re.compile(
    r"[+-]?[1-9]\d{0,2}(?P<gap>[\s'\u2019])\d{3}(?:(?P=gap)\d{3})*(?P<decimals>[.,]\d+)?\s?[KMB]?"
)
"""Digits set apart by threes as in France or Switzerland: 1 184,40, 1'184.40."""
_LONGEST = 60


def is_nothing(text: str) -> bool:
    """Tell whether a text says that there is no value: ``-``, ``N/A``, nothing at all."""
    return text.strip().casefold() in _NOTHING


def _without_gaps(text: str) -> str:
    """Take away what sets thousands apart; ``110'165`` may be a bond's 110 and 16.5/32."""
    found = _BY_THREES.fullmatch(text)
    is_clear = found and (found["gap"].isspace() or found["decimals"])
    return text.replace(found["gap"], "") if found and is_clear else text


def _is_lost(volume: Any) -> bool:
    return isinstance(volume, float | int | str) and volume in _LOST


class AmountReader:
    """Reads prices and volumes whose decimals stand behind `mark`.

    With None it is not known yet whether ``1,234`` has decimals or thousands: such a number is bad,
    and `open` tells that there was one. `seen` gathers the marks of decimals that numbers show
    beyond doubt. With `no_volumes` every volume is None.
    """

    def __init__(self, mark: Mark | None = ".", *, no_volumes: bool = False) -> None:
        self.seen: set[Mark] = set()
        self.open = False
        self._mark = mark
        self._no_volumes = no_volumes

    def prices(self, values: Sequence[Any]) -> Column[float]:
        """Read a column of prices, each over 0."""
        try:
            return Column(self._quick(values, math.ulp(0.0), MAX_PRICE), {})
        except (TypeError, ValueError, OverflowError):
            return one_by_one(self._price, values)

    def volumes(self, values: Sequence[Any], *, of_bars: bool = False) -> Column[float | None]:
        """Read a column of volumes; None where one says that there is none, as by -1 of a bar."""
        if self._no_volumes:
            return Column([None] * len(values), {})
        if of_bars:
            values = [None if _is_lost(it) else it for it in values]
        there = [value for value in values if value is not None and value != ""]
        if not there:
            return Column([None] * len(values), {})
        try:
            numbers = self._quick(there, 0.0, MAX_VOLUME)
            if len(there) == len(values):
                return Column(numbers, {})
            given = iter(numbers)
            empty = (value is None or value == "" for value in values)
            return Column([None if it else next(given) for it in empty], {})
        except (TypeError, ValueError, OverflowError):
            return one_by_one(self._volume, values)

    def _quick(self, values: Sequence[Any], least: float, most: float) -> list[float]:
        kinds = set(map(type, values))
        if kinds == {str}:
            values = self._with_points(values)
        elif not kinds <= {float, int}:
            raise TypeError
        numbers = list(map(float, values))
        if not (least <= min(numbers) and max(numbers) <= most and not math.isnan(sum(numbers))):
            raise ValueError
        return numbers

    def _with_points(self, values: Sequence[str]) -> Sequence[str]:
        """Give texts that `float` reads as the grammar does."""
        text = "\n".join(values)
        if text.count("\n") >= len(values):
            raise ValueError
        if self._mark == ",":
            if "." in text:
                raise ValueError
            text = text.replace(",", ".")
            values = text.split("\n")
        elif self._mark is None:
            raise ValueError
        if text.translate(_PLAIN).strip("\n"):
            raise ValueError
        return values

    def _price(self, value: Any) -> float:
        price = self._number("price", value, "")
        if not 0 < price <= MAX_PRICE:
            raise bad_value("price", value, "takes one over 0" if price <= 0 else "")
        return price

    def _volume(self, value: Any) -> float | None:
        if value is None or is_nothing(str(value)) or _IN_MONEY.search(str(value)):
            return None
        volume = self._number("volume", value, "KMB")
        if not 0 <= volume <= MAX_VOLUME:
            raise bad_value("volume", value, "takes none below 0" if volume < 0 else "")
        return volume

    def _number(self, what: str, value: Any, powers: str) -> float:
        if isinstance(value, str):
            return self._text(what, value, powers)
        if isinstance(value, bool) or not hasattr(value, "__float__"):
            raise bad_value(what, value)
        try:
            return float(value)
        except (ArithmeticError, TypeError, ValueError) as error:
            raise bad_value(what, value) from error

    def _text(self, what: str, value: str, powers: str) -> float:
        text = _without_gaps(value.strip(_SIGNS)[:_LONGEST])
        found = _MULTIPLE.fullmatch(text)
        power = found["power"].upper() if found else ""
        if _APART.search(text):
            raise bad_value(what, value, "takes 1184.40, or 1,184.40 in quotes")
        if not found or power not in {"", *powers}:
            below_0 = _BELOW_0.fullmatch(value.strip())
            raise bad_value(what, value, "brackets say that it is below 0" if below_0 else "")
        number = found["number"]
        if not _DIGITS.fullmatch(number):
            decimals_by_comma = self._mark_of(what, number) == ","
            number = number.replace("." if decimals_by_comma else ",", "").replace(",", ".")
        return float(number + _POWERS[power])

    def _mark_of(self, what: str, number: str) -> Mark:
        """Tell which mark a number's decimals stand behind; raises `ValueError`."""
        if self._mark is None and _EITHER_WAY.fullmatch(number):
            self.open = True
            raise bad_value(what, number, "its mark could set thousands apart or decimals")
        marks = [mark for mark, form in _WITH_MARK.items() if form.fullmatch(number)]
        if len(marks) == 1:
            self.seen.add(marks[0])
        mark = self._mark or next(iter(marks), None)
        if mark not in marks or mark is None:
            raise bad_value(what, number)
        return mark
