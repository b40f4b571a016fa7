"""Drain a topic with a hand-written consumer: one thread, no checks, no guarantees.

Usage: ``hand.py TOPIC RECORDS DRAINS OUT``.
"""

import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import orjson
import pandas as pd
from confluent_kafka import Consumer, TopicPartition
from numpy.typing import NDArray
from usage import Drains

SLIDE_US, PANES = 5_000_000, 12
_BATCH = 20_000
_DAY_US = 86_400_000_000
# Of a time's 27 characters, what each digit after the date counts in microseconds.
_PLACES = np.array([11, 12, 14, 15, 17, 18, *range(20, 26)])
_WORTH = (
    np.array([36_000, 3_600, 600, 60, 10, 1, *(10.0**-digit for digit in range(1, 7))]) * 1_000_000
)


def consume(topic: str) -> pd.DataFrame:
    """Read all that is in the topic; gives the sums of each symbol and pane of each batch."""
    consumer = Consumer(
        {
            "bootstrap.servers": "kafka:29092",
            "group.id": "hand",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "queued.min.messages": 500_000,
            "fetch.queue.backoff.ms": 5,
        }
    )
    partitions = [TopicPartition(topic, partition, 0) for partition in range(4)]
    consumer.assign(partitions)
    left = sum(consumer.get_watermark_offsets(it)[1] for it in partitions)
    sums = []
    while left > 0:
        messages = consumer.consume(_BATCH, timeout=1)
        left -= len(messages)
        if found := decode([message.value() for message in messages]):
            sums.append(panes(*found))
    consumer.close()
    return pd.concat(sums, ignore_index=True)


type Columns = tuple[tuple[str, ...], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]


def decode(values: list[bytes]) -> Columns | None:
    """Read quotes: symbols, times in microseconds, prices, volumes."""
    quotes = list(filter(None, map(_quote, values)))
    if not quotes:
        return None
    symbols, times, prices, volumes = zip(*quotes, strict=True)
    return symbols, _epoch_us(times), np.array(prices), np.array(volumes)


def _quote(value: bytes) -> tuple[str, str, float, float] | None:
    try:
        event = orjson.loads(value)
    except orjson.JSONDecodeError:
        return None
    if event["kind"] != "quote":
        return None
    return event["symbol"], event["event_time"], event["price"], event["volume"]


def _epoch_us(times: tuple[str, ...]) -> NDArray[np.int64]:
    characters = np.frombuffer("".join(times).encode(), np.uint8).reshape(-1, 27)
    digits = characters[:, _PLACES].astype(float) - ord("0")
    days = {day: np.datetime64(day, "D").astype(int) for day in {time[:10] for time in times}}
    day = (
        np.array([days[time[:10]] for time in times])
        if len(days) > 1
        else next(iter(days.values()))
    )
    return np.rint(digits @ _WORTH).astype(np.int64) + day * _DAY_US


def panes(
    symbols: tuple[str, ...], times: NDArray[np.int64], prices: NDArray[np.float64],
    volumes: NDArray[np.float64],
) -> pd.DataFrame:  # fmt: skip
    """Sum up by symbol and pane."""
    codes, names = pd.factorize(np.array(symbols, object))
    first_pane = times.min() // SLIDE_US
    groups = codes * 1_000_000 + (times // SLIDE_US - first_pane)
    order = np.lexsort((times, groups))
    groups, times, prices, volumes = groups[order], times[order], prices[order], volumes[order]
    first = np.flatnonzero(np.r_[True, groups[1:] != groups[:-1]])
    last = np.r_[first[1:], len(groups)] - 1
    count, total = last - first + 1, np.add.reduceat(prices, first)
    about_mean = prices - np.repeat(total / count, count)
    return pd.DataFrame(
        {
            "symbol": names[groups[first] // 1_000_000],
            "pane": groups[first] % 1_000_000 + first_pane,
            "open_time": times[first],
            "close_time": times[last],
            "open_price": prices[first],
            "close_price": prices[last],
            "min_price": np.minimum.reduceat(prices, first),
            "max_price": np.maximum.reduceat(prices, first),
            "count": count,
            "sum": total,
            "squares": np.add.reduceat(about_mean**2, first),
            "volume": np.add.reduceat(volumes, first),
            "turnover": np.add.reduceat(prices * volumes, first),
        }
    )


def windows(sums: pd.DataFrame) -> pd.DataFrame:
    """Put the panes together to windows."""
    sums["of_means"] = sums["sum"] ** 2 / sums["count"]
    each = [sums.assign(window_start=(sums["pane"] - back) * SLIDE_US) for back in range(PANES)]
    every = pd.concat(each, ignore_index=True).sort_values(["open_time", "close_time"])
    groups = every.groupby(["symbol", "window_start"])
    found = groups.agg(
        max_price=("max_price", "max"),
        min_price=("min_price", "min"),
        open_price=("open_price", "first"),
        close_price=("close_price", "last"),
        event_count=("count", "sum"),
        total=("sum", "sum"),
        within=("squares", "sum"),
        of_means=("of_means", "sum"),
        volume=("volume", "sum"),
        turnover=("turnover", "sum"),
    ).reset_index()
    count, total = found["event_count"], found.pop("total")
    between = (found.pop("of_means") - total**2 / count).clip(0)
    found["avg_price"] = total / count
    found["stddev_price"] = np.sqrt((found.pop("within") + between) / (count - 1).where(count > 1))
    found["vwap"] = found.pop("turnover") / found["volume"].where(found["volume"] > 0)
    found["window_end"] = found["window_start"] + PANES * SLIDE_US
    found["max_deviation_pct"] = 100 * (found["max_price"] / found["avg_price"] - 1)
    return found


def main() -> None:
    """Drain."""
    topic, records, drains, out = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])
    report = Drains(
        f"hand-written consumer without guarantees, confluent-kafka {version('confluent-kafka')}"
    )
    for drain in range(1, drains + 1):
        report.begin()
        found = windows(consume(topic))
        (out / str(drain)).mkdir(parents=True)
        found.to_parquet(out / str(drain) / "windows.parquet")
        report.end(records)


if __name__ == "__main__":
    main()
