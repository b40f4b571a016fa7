"""Watch what a system writes that follows a topic, and compare it with the expected windows.

Usage: ``watch.py TOPIC OUTPUT WARM SECONDS [COLUMN...]``. OUTPUT is a folder of Parquet files or
JSON lines, or a topic of JSON, which is made. WARM seconds after the first window it begins, and
prints when that is (seconds since 1970); of windows that end in the next SECONDS it prints a line
of JSON: how long after its end each can be read, and what is wrong with them. A row can be read
from when its file has its name (the last change of the file's entry), or from when its record is
committed and with a consumer that asks every 10 ms.
"""

import json
import math
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pandas as pd
from check import COLUMNS, KEY, differences, files, in_microseconds, read_file
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic
from workload import BOOTSTRAP, LENGTH_US, PARTITIONS, expected

_GRACE_S = 15.0
_MOST_TO_FIRST_S = 600.0


class Output(Protocol):
    """Where windows are written."""

    def has_any(self) -> bool:
        """Tell whether there is a window."""

    def look(self) -> None:
        """Look for what is new, for a second at most."""

    def rows(self) -> pd.DataFrame:
        """Give what is there, with when each row could be read first, `seen_s`."""


class Files:
    """Windows in files; one that is gone was merged into another."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._found: dict[Path, pd.DataFrame] = {}

    def has_any(self) -> bool:
        """Tell whether there is a file."""
        return bool(self._found)

    def look(self) -> None:
        """Read the new files."""
        for path in files(self._folder):
            if path not in self._found:
                self._found[path] = read_file(path).assign(seen_s=path.stat().st_ctime)
        time.sleep(1)

    def rows(self) -> pd.DataFrame:
        """Give the rows of the files that are still there."""
        all_ = in_microseconds(pd.concat(self._found.values(), ignore_index=True))
        there = (rows for path, rows in self._found.items() if path.exists())
        rows = in_microseconds(pd.concat(there, ignore_index=True)).drop(columns="seen_s")
        return rows.merge(all_.groupby(KEY)["seen_s"].min().reset_index(), on=KEY)


class Topic:
    """Windows in a topic, committed."""

    def __init__(self, name: str) -> None:
        admin = AdminClient({"bootstrap.servers": BOOTSTRAP})
        admin.create_topics([NewTopic(name, 1, 1)])[name].result()
        self._consumer = _consumer()
        self._consumer.assign([TopicPartition(name, 0, 0)])
        self._rows: list[dict[str, object]] = []

    def has_any(self) -> bool:
        """Tell whether a record came."""
        return bool(self._rows)

    def look(self) -> None:
        """Take what comes within a second."""
        until = time.monotonic() + 1
        while time.monotonic() < until:
            messages = self._consumer.consume(1000, timeout=0.01)
            seen_s = time.time()
            self._rows += [json.loads(it.value()) | {"seen_s": seen_s} for it in messages]

    def rows(self) -> pd.DataFrame:
        """Give all that came."""
        return in_microseconds(pd.DataFrame(self._rows))


def _consumer() -> Consumer:
    return Consumer(
        {
            "bootstrap.servers": BOOTSTRAP,
            "group.id": "watch",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "isolation.level": "read_committed",
            "fetch.wait.max.ms": 10,
        }
    )


def quotes(topic: str) -> pd.DataFrame:
    """Read the quotes that are in a topic now, as `workload.quotes` makes them."""
    table = pd.DataFrame(map(json.loads, _values(topic)))
    table = table[table["kind"] == "quote"].copy()
    times = pd.to_datetime(table["event_time"], utc=True)
    table["time_us"] = times.astype("datetime64[us, UTC]").astype("int64")
    return table[["time_us", "symbol", "price", "volume"]].astype({"price": float, "volume": float})


def _values(topic: str) -> Iterator[bytes]:
    consumer = _consumer()
    for partition in range(PARTITIONS):
        start = TopicPartition(topic, partition, 0)
        left = consumer.get_watermark_offsets(start)[1]
        consumer.assign([start])
        while left > 0:
            messages = consumer.consume(10_000, timeout=1)
            left -= len(messages)
            yield from (it.value() for it in messages)
    consumer.close()


def between(windows: pd.DataFrame, from_s: float, until_s: float) -> pd.DataFrame:
    """Give the windows that end after the one time, and not after the other."""
    end_s = (windows["window_start"] + LENGTH_US) / 1e6
    return windows[(end_s > from_s) & (end_s <= until_s)]


def summary(windows: pd.DataFrame) -> dict[str, float]:
    """Give median and largest of the delays (seconds), and of how many ends of windows they are.

    There is no 99th percentile: windows of one end come together, and of ends there are too few.
    """
    delays = (windows["seen_s"] - (windows["window_start"] + LENGTH_US) / 1e6).to_list()
    return {
        "median_s": round(statistics.median(delays), 3),
        "max_s": round(max(delays), 3),
        "ends": windows["window_start"].nunique(),
    }


def main() -> int:
    """Watch, compare, print."""
    topic, where, warm_s, seconds = sys.argv[1], sys.argv[2], *map(float, sys.argv[3:5])
    output: Output = Files(Path(where)) if where.startswith("/") else Topic(where)
    began_s = time.time()
    while not output.has_any():
        if time.time() > began_s + _MOST_TO_FIRST_S:
            sys.exit("no window came")
        output.look()
    from_s = math.ceil(time.time() + warm_s)
    print(from_s, flush=True)  # noqa: T201 - it is waited for
    until_s = from_s + seconds
    while time.time() < until_s + _GRACE_S:
        output.look()
    must, found = (between(it, from_s, until_s) for it in (expected(quotes(topic)), output.rows()))
    wrong = differences(must, found, sys.argv[5:] or COLUMNS)
    figures = {"windows": len(must), "differences": wrong, "delays": summary(found)}
    print(json.dumps(figures))  # noqa: T201 - what it is for
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
