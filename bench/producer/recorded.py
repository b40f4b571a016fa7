"""Recorded prices to replay: the same rows in each format that the producer reads."""

import gzip
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

_ROWS = 500_000
_FIRST = datetime(2026, 1, 2, 14, 30, tzinfo=UTC)
_APART = timedelta(milliseconds=7)
_SYMBOLS = ("IBM", "AAPL", "MSFT", "TSLA", "AMZN")


def write(folder: Path) -> None:
    """Write the files; Parquet in a process of its own, for the memory it takes."""
    with (folder / "recorded.csv").open("w") as table, (folder / "recorded.jsonl").open("w") as log:
        table.write("time,symbol,price,volume\n")
        for n in range(_ROWS):
            time = (_FIRST + n * _APART).isoformat(timespec="microseconds")
            symbol, price, volume = _SYMBOLS[n % 5], 100 + n * 7919 % 20_000 / 100, n * 31 % 900 + 1
            table.write(f"{time},{symbol},{price},{volume}\n")
            row = {"time": time, "symbol": symbol, "price": price, "volume": volume}
            log.write(json.dumps(row) + "\n")
    with (
        (folder / "recorded.csv").open("rb") as plain,
        gzip.open(folder / "recorded.csv.gz", "wb", compresslevel=6) as packed,
    ):
        while chunk := plain.read(1 << 20):
            packed.write(chunk)
    subprocess.run([sys.executable, __file__, str(folder)], check=True)  # noqa: S603


def _parquet(folder: Path) -> None:
    from pyarrow import csv, parquet  # noqa: PLC0415 - only here

    parquet.write_table(csv.read_csv(folder / "recorded.csv"), folder / "recorded.parquet")


if __name__ == "__main__":
    _parquet(Path(sys.argv[1]))
