"""Compare the windows that a system wrote with the expected ones.

Usage: ``check.py EXPECTED FOLDER [COLUMN...]``: FOLDER holds Parquet files, or JSON lines under any
name. Averages may differ by 1e-9 of their size, deviations by 1e-6. Prints a line of JSON; exit
code 1 where a window is missing, doubled, of nothing, or different.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

KEY = ["symbol", "window_start"]
COLUMNS = [
    "avg_price", "max_price", "min_price", "open_price", "close_price", "stddev_price", "volume",
    "event_count", "vwap",
]  # fmt: skip
_TOLERANCE = {"avg_price": 1e-9, "volume": 1e-9, "vwap": 1e-9, "stddev_price": 1e-6}


def read(folder: Path) -> pd.DataFrame:
    """Read all that is below a folder; `window_start` becomes microseconds since 1970."""
    return in_microseconds(pd.concat(map(read_file, files(folder)), ignore_index=True))


def files(folder: Path) -> Iterator[Path]:
    """Give the files below a folder that are finished and not empty."""
    for path in folder.rglob("*"):
        finished = not path.name.startswith((".", "_")) and path.suffix != ".tmp"
        if finished and path.is_file() and path.stat().st_size:
            yield path


def read_file(path: Path) -> pd.DataFrame:
    """Read a file of Parquet, or of JSON lines."""
    return pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_json(path, lines=True)


def in_microseconds(found: pd.DataFrame) -> pd.DataFrame:
    """Give `window_start` in microseconds since 1970, whatever it is now."""
    if found["window_start"].dtype != "int64":
        start = pd.to_datetime(found["window_start"], utc=True)
        found["window_start"] = start.astype("datetime64[us, UTC]").astype("int64")
    return found


def differences(expected: pd.DataFrame, found: pd.DataFrame, columns: list[str]) -> list[str]:
    """Say what differs."""
    lines = []
    if doubled := int(found.duplicated(KEY).sum()):
        lines.append(f"{doubled} doubled")
    both = expected.merge(found, on=KEY, how="outer", suffixes=("", "_found"), indicator=True)
    sides = both["_merge"].value_counts()
    lines += [f"{sides[it]} {what}" for it, what in _ONE_SIDED.items() if sides[it]]
    both = both[both["_merge"] == "both"]
    for column in columns:
        must, is_ = (both[name].to_numpy(float) for name in (column, f"{column}_found"))
        within = np.isclose(
            is_, must, rtol=_TOLERANCE.get(column, 0), atol=_absolute(column, both), equal_nan=True
        )
        if not within.all():
            lines.append(f"{int((~within).sum())} with another {column}")
    return lines


_ONE_SIDED = {"left_only": "missing", "right_only": "of nothing"}


def _absolute(column: str, both: pd.DataFrame) -> np.ndarray | float:
    # A deviation is a difference of large numbers.
    return 1e-9 * both["avg_price"].to_numpy(float) if column == "stddev_price" else 0.0


def main() -> int:
    """Compare and print."""
    expected, folder = pd.read_parquet(sys.argv[1]), Path(sys.argv[2])
    lines = differences(expected, read(folder), sys.argv[3:] or COLUMNS)
    figures = {"checked": str(folder), "windows": len(expected), "differences": lines}
    print(json.dumps(figures))  # noqa: T201 - what it is for
    return bool(lines)


if __name__ == "__main__":
    sys.exit(main())
