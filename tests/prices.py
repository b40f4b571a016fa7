"""Real daily prices of IBM, AAPL and MSFT as a file to replay.

They are public domain and come with the package `bokeh_sampledata`: `stocks.csv.gz`, columns
`Ticker,Date,Open,High,Low,Close,Volume,Adj Close`, from March 2000 to March 2013.
"""

import csv
import gzip
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

SYMBOLS = ("AAPL", "IBM", "MSFT")


class Price(NamedTuple):
    """A line of the file to replay: a symbol's close and volume of a trading day."""

    time: str
    symbol: str
    price: str
    volume: str


def daily(since: str = "2000-01-01") -> list[Price]:
    """Read the closes from a date on, in the order of time."""
    packed = files("bokeh_sampledata") / "_data" / "stocks.csv.gz"
    with packed.open("rb") as raw, gzip.open(raw, "rt", newline="") as text:
        return sorted(
            Price(f"{row['Date']}T00:00:00Z", row["Ticker"], row["Close"], row["Volume"])
            for row in csv.DictReader(text)
            if row["Ticker"] in SYMBOLS and row["Date"] >= since
        )


def write(path: Path, prices: list[Price]) -> None:
    """Write them as CSV with a header."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([Price._fields, *prices])
