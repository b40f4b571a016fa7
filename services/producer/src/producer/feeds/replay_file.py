"""Reads recorded prices: CSV, JSON lines or Parquet, in bounded memory.

Columns ``time``, ``symbol``, ``price`` and, where there is one, ``volume``. A time is a date or a
date and time in ISO 8601, of UTC where it names no zone.
"""

import csv
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import msgspec
from pyarrow import ArrowInvalid, parquet

from contracts.event import MAX_PRICE, MAX_VOLUME, SYMBOL_PATTERN
from producer.errors import InputError

REQUIRED = ("time", "symbol", "price")
_SYMBOL = re.compile(SYMBOL_PATTERN)

type Values = Mapping[str, Any]


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


def open_rows(path: Path) -> Iterator[Row | BadRow]:
    """Read a file's rows; raises `InputError` where there is none, or no such column."""
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        kinds = ", ".join(_READERS)
        raise InputError(f"REPLAY_FILE: got {str(path)!r}, takes a file that ends in {kinds}")
    if not path.is_file():
        raise InputError(f"REPLAY_FILE: got {str(path)!r}, which is not there or no file")
    return _rows(reader(path))


def _rows(read: Iterator[tuple[int, Values | str]]) -> Iterator[Row | BadRow]:
    for line, values in read:
        try:
            yield BadRow(line, values) if isinstance(values, str) else _row(line, values)
        except (ValueError, KeyError, TypeError) as error:
            yield BadRow(line, str(error))


def _csv(path: Path) -> Iterator[tuple[int, Values | str]]:
    with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
        reader = csv.DictReader(file)
        _require(reader.fieldnames or (), path)
        for values in reader:
            yield reader.line_num, values


def _json_lines(path: Path) -> Iterator[tuple[int, Values | str]]:
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


def _parquet(path: Path) -> Iterator[tuple[int, Values | str]]:
    try:
        file = parquet.ParquetFile(path)
    except (ArrowInvalid, OSError) as error:
        raise InputError(f"REPLAY_FILE: {path} is no Parquet file: {error}") from None
    _require(file.schema_arrow.names, path)
    line = 0
    for batch in file.iter_batches(batch_size=4096):
        for values in batch.to_pylist():
            line += 1
            yield line, values


_READERS: dict[str, Callable[[Path], Iterator[tuple[int, Values | str]]]] = {
    ".csv": _csv,
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    ".parquet": _parquet,
}


def _require(columns: object, path: Path) -> None:
    missing = [name for name in REQUIRED if name not in tuple(columns)]  # type: ignore[arg-type]
    if missing:
        raise InputError(f"REPLAY_FILE: {path} has no column {', '.join(missing)}")


def _row(line: int, values: Values) -> Row:
    symbol = str(values["symbol"] or "").strip()
    if not _SYMBOL.match(symbol):
        raise ValueError(f"symbol is {symbol[:40]!r}")
    price = _number("price", values["price"])
    if price is None or not 0 < price <= MAX_PRICE:
        raise ValueError(f"price is {values['price']!r}")
    volume = _number("volume", values.get("volume"))
    if volume is not None and not 0 <= volume <= MAX_VOLUME:
        raise ValueError(f"volume is {values['volume']!r}")
    return Row(line, _time(values["time"]), symbol, price, volume)


def _number(name: str, value: object) -> float | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        raise ValueError(f"{name} is {value!r}")  # noqa: TRY004 - a bad row, whatever its type
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{name} is {value!r}")
    return number


def _time(value: object) -> datetime:
    if isinstance(value, str):
        value = datetime.fromisoformat(value.strip())
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=UTC)
        moment = aware.astimezone(UTC)
    elif isinstance(value, date):
        moment = datetime.combine(value, time(), UTC)
    else:
        raise ValueError(f"time is {value!r}")  # noqa: TRY004 - a bad row, whatever its type
    if moment.year < 1970:  # noqa: PLR2004 - the contract's first year
        raise ValueError(f"time is {value}, before 1970")
    return moment
