"""The dataset: Parquet below `contracts.volume.AGGREGATES`, a row per symbol, source and window.

It can gain a column: one that may be null, at the end, so that those before it keep their places. A
file from before then lacks it, and a reader takes it as null (`contracts.arrow.conform`).
"""

from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple

PARTITION_COLUMN = "window_date"
"""Hive partition ``window_date=YYYY-MM-DD``: the UTC date of `window_start`."""

KEY = ("symbol", "source", "window_start", "window_end")
"""The row's unique key; readers drop duplicates by it."""

FINAL_UNTIL = "_final_until.json"
"""In a dataset of plain files: how far windows are final, written with each batch."""

_LOOK_BACK = timedelta(days=1)


def folder_name(day: date) -> str:
    """Name the folder of a day."""
    return f"{PARTITION_COLUMN}={day}"


def day_of(folder: str) -> date | None:
    """Tell the day of a folder by its name; None where it is of none."""
    try:
        day = date.fromisoformat(folder.partition("=")[2])
    except ValueError:
        return None
    return day if folder == folder_name(day) else None  # a date may be written in other ways


def is_data_file(name: str) -> bool:
    """Tell by its name whether a file in a day's folder is for readers; such a file is whole."""
    return not name.startswith(("_", "."))


def first_day(after: datetime, length: timedelta) -> date:
    """Give the first day with windows of a length that end after a time (UTC).

    Each lies in the day that it begins in. A day at least is looked back, as windows may have been
    longer than they are now.
    """
    return (after - max(length, _LOOK_BACK)).date()


class Column(NamedTuple):
    """A column: its name, its type, what it means, and whether it may be null."""

    name: str
    type: Literal["string", "timestamp", "double", "int64"]
    meaning: str
    nullable: bool = False


COLUMNS = (
    Column("symbol", "string", "the symbol, as the feed names it"),
    Column("source", "string", "where the prices are from; two sources never meet in a row"),
    Column("window_start", "timestamp", "UTC, microseconds; the window includes it"),
    Column("window_end", "timestamp", "UTC, microseconds; the window excludes it"),
    Column("avg_price", "double", "mean of the prices"),
    Column("max_price", "double", "highest price"),
    Column("min_price", "double", "lowest price"),
    Column("open_price", "double", "first price by event time; among equal times any"),
    Column("close_price", "double", "last price by event time; among equal times any"),
    Column(
        "stddev_price", "double", "sample standard deviation; null for one event", nullable=True
    ),
    Column(
        "volume",
        "double",
        "sum; for Alpha Vantage, which sends the day's so far, the maximum; null if none had one",
        nullable=True,
    ),
    Column("event_count", "int64", "quotes in the window"),
    Column("max_deviation_pct", "double", "100 * (max - avg) / avg, not below 0"),
    Column(
        "vwap",
        "double",
        "volume-weighted mean of the prices: sum of price * volume / sum of volume over the quotes "
        "that have a volume over 0; null if none has, and for Alpha Vantage",
        nullable=True,
    ),
)
