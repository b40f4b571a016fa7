"""The windows that must result from a topic's events: an independent calculation.

`events` reads the records; `calculate` says which rows must exist, `differences` where rows that do
exist differ from them. No code of the pipeline is in it. Times are whole microseconds since 1970.
"""

import math
import statistics
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, NamedTuple

from events import EPOCH, US, Event, Record, read_event


class Key(NamedTuple):
    """What names a row of the dataset."""

    symbol: str
    source: str
    start_us: int
    end_us: int

    def __str__(self) -> str:
        """Write it as a person reads it."""
        start, end = (EPOCH + us * US for us in (self.start_us, self.end_us))
        return f"{self.symbol} {self.source} {start:%F %T} to {end:%F %T}"


@dataclass
class Calculation:
    """What must be in the dataset once the records have gone through the job.

    `rows` holds the quotes of each window that is final, which is one whose end the watermark has
    reached. A window is doubtful where a quote of it came after its partition's watermark had
    passed the window's end: whether the job counts that quote depends on how its batches fell.
    """

    watermark_us: int = 0
    rows: dict[Key, list[Event]] = field(default_factory=dict)
    doubtful: set[Key] = field(default_factory=set)


def starts_us(time_us: int, length_us: int, slide_us: int) -> range:
    """List the starts of the windows that hold a time: multiples of the slide since 1970."""
    newest = time_us - time_us % slide_us
    return range(newest, time_us - length_us, -slide_us)


def calculate(
    records: Iterable[Record],
    length: timedelta,
    slide: timedelta,
    delay: timedelta = timedelta(0),
    partitions: Iterable[int] = (),
) -> Calculation:
    """Calculate the final windows of the records of partitions, given in the order of each.

    Each partition has a watermark, and the smallest is that of all; one of `partitions` that has no
    event yet holds all windows back.
    """
    found = Calculation()
    length_us, slide_us = length // US, slide // US
    newest_us = dict.fromkeys(partitions, 0)
    for record in records:
        event = read_event(record)
        if event is None:
            continue
        reached_us = newest_us.get(record.partition, 0)
        for start_us in starts_us(event.time_us, length_us, slide_us) if event.symbol else ():
            key = Key(event.symbol, event.source, start_us, start_us + length_us)
            found.rows.setdefault(key, []).append(event)
            if 0 < key.end_us <= reached_us - delay // US:
                found.doubtful.add(key)
        newest_us[record.partition] = max(reached_us, event.time_us)
    slowest_us = min(newest_us.values(), default=0)
    found.watermark_us = max(0, slowest_us - delay // US) // 1000 * 1000
    found.rows = {
        key: events for key, events in found.rows.items() if key.end_us <= found.watermark_us
    }
    return found


def _vwap(events: list[Event]) -> float | None:
    traded = [it for it in events if it.volume and it.source != "alpha-vantage"]
    if not traded:
        return None
    turnover = math.fsum(event.price * event.volume for event in traded)
    return turnover / math.fsum(event.volume for event in traded)


def aggregate(events: list[Event]) -> dict[str, Any]:
    """Aggregate one window's quotes; `open_price` and `close_price` are sets of what may be."""
    prices = [event.price for event in events]
    volumes = [event.volume for event in events if event.volume is not None]
    average = math.fsum(prices) / len(prices)
    first_us, last_us = (pick(event.time_us for event in events) for pick in (min, max))
    total = max if events[0].source == "alpha-vantage" else math.fsum
    return {
        "avg_price": average,
        "max_price": max(prices),
        "min_price": min(prices),
        "open_price": {event.price for event in events if event.time_us == first_us},
        "close_price": {event.price for event in events if event.time_us == last_us},
        "stddev_price": statistics.stdev(prices) if len(prices) > 1 else None,
        "volume": total(volumes) if volumes else None,
        "event_count": len(events),
        "max_deviation_pct": max(0.0, 100 * (max(prices) - average) / average),
        "vwap": _vwap(events),
    }


def _lost(found: float, expected: float, average: float) -> float:
    """Tell how far two spreads may lie apart, in parts of the average price.

    Their squares are differences of numbers of the size of its square, and hold as much as a double
    does of those: a spread that is itself rounding may be off by as much as it is.
    """
    both = (found + expected) / average
    rounding = 8 * sys.float_info.epsilon / both if both else 0.0
    return max(1e-9, min(2e-8, rounding))


def _agrees(column: str, expected: Any, found: Any, average: float) -> bool:
    if isinstance(expected, set):
        return found in expected
    if expected is None or found is None:
        return expected is found
    if column == "stddev_price":
        lost = average * _lost(found, expected, average)
        return math.isclose(found, expected, rel_tol=1e-6, abs_tol=lost)
    if column == "max_deviation_pct":
        return math.isclose(found, expected, rel_tol=1e-9, abs_tol=1e-7)
    if column in {"avg_price", "volume", "vwap"}:
        return math.isclose(found, expected, rel_tol=1e-9)
    return bool(found == expected)


def row_differences(key: Key, events: list[Event], row: Mapping[str, Any]) -> list[str]:
    """Say how a row differs from what the quotes of its window give, a line for each column."""
    expected = aggregate(events)
    return [
        f"different: {key}: {column} is {row[column]!r}, must be {value!r}"
        for column, value in expected.items()
        if not _agrees(column, value, row[column], expected["avg_price"])
    ]


def key_of(row: Mapping[str, Any]) -> Key:
    """Name a row that was read from the dataset."""
    return Key(row["symbol"], row["source"], row["window_start"], row["window_end"])


def assert_none(lines: list[str]) -> None:
    """Assert that a comparison found no differences; a failure has the first of them."""
    assert not lines, "\n".join([f"{len(lines)} differences", *lines[:20]])


def differences(calculation: Calculation, rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Say how the rows differ from the calculation, a line each; rows past its watermark may be.

    A row's `window_start` and `window_end` are microseconds since 1970. Doubtful windows are left
    out.
    """
    found: dict[Key, list[Mapping[str, Any]]] = {}
    for row in rows:
        found.setdefault(key_of(row), []).append(row)
    lines = [
        f"missing: {key}: {len(events)} quotes"
        for key, events in calculation.rows.items()
        if key not in found and key not in calculation.doubtful
    ]
    for key, same in found.items():
        if len(same) > 1:
            lines.append(f"doubled: {key}: {len(same)} rows")
        if key in calculation.doubtful or key.end_us > calculation.watermark_us:
            continue
        if key in calculation.rows:
            lines += row_differences(key, calculation.rows[key], same[0])
        else:
            lines.append(f"unexpected: {key}: {dict(same[0])}")
    return lines
