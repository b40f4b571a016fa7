"""Reads recorded prices: CSV, JSON lines or Parquet, in bounded memory.

Columns ``time``, ``symbol``, ``price`` and, where there is one, ``volume``. A time is a date or a
date and time in ISO 8601, of UTC where it names no zone.
"""

import csv
import hashlib
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from contracts.event import MAX_PRICE, MAX_VOLUME, SYMBOL_PATTERN
from producer.errors import InputError

REQUIRED = ("time", "symbol", "price")
VOLUME = "volume"

_SYMBOL = re.compile(SYMBOL_PATTERN)
_FIRST_YEAR = 1970  # the contract's
_SHOWN = 60

type Values = Mapping[str, Any]
type Lines = Iterator[tuple[int, Values | str]]
"""Each row with the line it stands in, or what is wrong with the line."""


@dataclass(frozen=True, slots=True)
class Row:
    """One recorded price; `line` is where it stands, counted from 1 with the heading."""

    line: int
    time: datetime
    symbol: str
    price: float
    volume: float | None


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be used, and why."""

    line: int
    why: str


class RecordedPrices:
    """A file of recorded prices; raises `InputError` at once where it is of no use.

    With `symbols`, their rows only.
    """

    def __init__(self, path: Path, symbols: tuple[str, ...]) -> None:
        self.path = path
        self.symbols = symbols
        reader = _READERS.get(path.suffix.lower())
        if reader is None:
            kinds = ", ".join(_READERS)
            raise InputError(f"REPLAY_FILE: got {str(path)!r}, takes a file that ends in {kinds}")
        if not path.is_file():
            raise InputError(f"REPLAY_FILE: got {str(path)!r}, takes a file that is there")
        self._reader = reader
        self._look()

    def rows(self) -> Iterator[Row | BadRow]:
        """Read from the start; raises `OSError` where the file cannot be read."""
        for line, values in self._reader(self.path):
            row = _row(line, values)
            if isinstance(row, BadRow) or not self.symbols or row.symbol in self.symbols:
                yield row

    def digest(self) -> str:
        """Give a hash of what the file holds."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def _look(self) -> None:
        first_bad = None
        try:
            for row in self.rows():
                if isinstance(row, Row):
                    return
                first_bad = first_bad or row
        except OSError as error:
            raise InputError(f"REPLAY_FILE: {self.path} cannot be read: {error}") from None
        what = f"; line {first_bad.line}: {first_bad.why}" if first_bad else ""
        raise InputError(f"REPLAY_FILE: {self.path} has no row that can be used{what}")


def _csv(path: Path) -> Lines:
    with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
        reader = csv.DictReader(file)
        require(reader.fieldnames or (), path)
        while True:
            values: Values | str
            try:
                values = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                values = f"no CSV: {error}"
            yield reader.line_num, values


def _json_lines(path: Path) -> Lines:
    with path.open("rb") as file:
        for line, text in enumerate(file, start=1):
            if not text.strip():
                continue
            try:
                values = msgspec.json.decode(text)
            except (msgspec.DecodeError, RecursionError) as error:
                yield line, f"no JSON: {error}"
                continue
            yield line, values if isinstance(values, dict) else "no JSON object"


def _parquet(path: Path) -> Lines:
    # 60 MB of memory that no other feed and no other format needs.
    from producer.feeds import replay_parquet  # noqa: PLC0415

    return replay_parquet.lines(path)


_READERS: dict[str, Callable[[Path], Lines]] = {
    ".csv": _csv,
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    ".parquet": _parquet,
}


def require(columns: Iterable[str], path: Path) -> None:
    """Raise `InputError` where a column is missing."""
    missing = [name for name in REQUIRED if name not in set(columns)]
    if missing:
        raise InputError(f"REPLAY_FILE: {path} has no column {', '.join(missing)}")


def _row(line: int, values: Values | str) -> Row | BadRow:
    if isinstance(values, str):
        return BadRow(line, values)
    try:
        return Row(
            line,
            _time(values.get("time")),
            _symbol(values.get("symbol")),
            _number("price", values.get("price"), MAX_PRICE) or _none("price"),
            _number(VOLUME, values.get(VOLUME), MAX_VOLUME),
        )
    except ValueError as error:
        return BadRow(line, str(error))


def _none(name: str) -> float:
    raise ValueError(f"{name} is missing or 0")


def _symbol(value: object) -> str:
    symbol = str(value or "").strip()
    if not _SYMBOL.match(symbol):
        raise ValueError(f"symbol is {symbol[:_SHOWN]!r}")
    return symbol


def _number(name: str, value: object, most: float) -> float | None:
    if value is None or value == "":
        return None
    try:
        number = float(value) if isinstance(value, str | int | float | Decimal) else math.nan
    except ValueError:
        number = math.nan
    if isinstance(value, bool) or not 0 <= number <= most:
        raise ValueError(f"{name} is {str(value)[:_SHOWN]!r}")
    return number


def _time(value: object) -> datetime:
    try:
        moment = datetime.fromisoformat(value.strip()) if isinstance(value, str) else value
        if isinstance(moment, datetime):
            aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            moment = aware.astimezone(UTC)
        elif isinstance(moment, date):
            moment = datetime.combine(moment, time(), UTC)
    except (ValueError, OverflowError):
        moment = None
    if not isinstance(moment, datetime) or moment.year < _FIRST_YEAR:
        raise ValueError(f"time is {str(value)[:_SHOWN]!r}")
    return moment
