"""Brings Parquet's values into Python's, one by one where the odd one cannot be."""

from datetime import UTC, datetime, time
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from contracts.times import from_us

_END_S = 253_402_300_800
"""Seconds from 1970 to the end of the year 9999, the last that Python's times have."""
_PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}


def values(column: pa.Array) -> list[Any]:
    """Give a column's values; in place of one that Python cannot hold, a text that says so."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_timestamp(column.type):
        return _times(column)
    if pa.types.is_float32(column.type):
        column = _shortest(column)
    try:
        taken: list[Any] = column.to_pylist()
    except (pa.ArrowException, ValueError, OverflowError):
        taken = [_one(it) for it in column]
    if pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type):
        taken = [it if it is None else it.decode(errors="replace") for it in taken]
    return taken


def shown(column: pa.Array) -> Any:
    """Give a column's first value; a time of day that has a zone has UTC, a day as it is none."""
    value, *_ = values(column)
    has_zone = pa.types.is_timestamp(column.type) and column.type.tz is not None
    if has_zone and isinstance(value, datetime) and value.time() != time():
        return value.replace(tzinfo=UTC)
    return value


def _shortest(column: pa.Array) -> pa.Array:
    """Give the numbers that were meant: 185.64 is 185.63999938964844 in 32 bits."""
    return column.cast(pa.string()).cast(pa.float64())


def naive_as_texts(column: pa.Array) -> list[Any]:
    """Give times without a zone as texts, to which one can be given; others as they are."""
    taken = values(column)
    if not pa.types.is_timestamp(column.type) or column.type.tz is not None:
        return taken
    return [it.isoformat(" ") if isinstance(it, datetime) else it for it in taken]


def _times(column: pa.Array) -> list[Any]:
    """Give times in UTC, which goes without saying; nanoseconds, which Python lacks, are cut."""
    numbers, unit = column.cast(pa.int64()), column.type.unit
    ends = pc.min_max(numbers).as_py()
    per = _PER_SECOND[unit]
    if ends["min"] is None or (ends["min"] >= 0 and ends["max"] < _END_S * per):
        taken: list[Any] = column.cast(pa.timestamp("us"), safe=False).to_pylist()
        return taken
    return [it if it is None else _time(it, unit) for it in numbers.to_pylist()]


def _time(number: int, unit: str) -> datetime | str:
    per = _PER_SECOND[unit]
    if not 0 <= number < _END_S * per:
        return f"{number} {unit} since 1970"
    return from_us(number * 1_000_000 // per)


def _one(value: pa.Scalar) -> Any:
    try:
        return value.as_py()
    except (pa.ArrowException, ValueError, OverflowError) as error:
        return f"{type(value).__name__}: {error}"
