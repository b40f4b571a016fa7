"""Drain a topic with Quix Streams, once a process; windows go to JSON lines.

Usage: ``quix.py TOPIC RECORDS DRAINS OUT``. No check but that a record is JSON.
"""

import sys
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import orjson
from quixstreams import Application
from quixstreams.models import BytesDeserializer
from sums import Sums, row
from usage import Drains

_QUIET_S = 5.0


def decode(value: bytes) -> dict[str, Any]:
    """Read a record; one that is no JSON is of no kind."""
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return {"kind": None}


def time_ms(value: bytes, *_: object) -> int:
    """Read a record's event time."""
    event = decode(value)
    return (
        int(datetime.fromisoformat(event["event_time"]).timestamp() * 1000) if event["kind"] else 0
    )


def begin(value: bytes) -> list[Any]:
    """Begin a window with its first event."""
    return add([0, 0.0, 0.0, None, None, None, None, 0.0, 0.0], value)


def add(found: list[Any], value: bytes) -> list[Any]:
    """Take an event into a window; events of a symbol come in order."""
    event = decode(value)
    if event["kind"] != "quote":
        return found
    count, mean, squares, most, least, opened, _, volume, turnover = found
    price = event["price"]
    count, off = count + 1, price - mean
    mean += off / count
    return [
        count,
        mean,
        squares + off * (price - mean),
        price if most is None else max(most, price),
        price if least is None else min(least, price),
        price if opened is None else opened,
        price,
        volume + event["volume"],
        turnover + price * event["volume"],
    ]


def line(symbol: str, window: dict[str, Any]) -> bytes:
    """Write a window."""
    count, mean, squares, most, least, opened, closed, volume, turnover = window["value"]
    sums = Sums(count, mean, squares, most, least, 0, 0, opened, closed, volume, turnover)
    return orjson.dumps(row(symbol, window["start"] * 1000, sums)) + b"\n"


def main() -> None:
    """Drain."""
    topic, records, out = sys.argv[1], int(sys.argv[2]), Path(sys.argv[4]) / "1"
    report = Drains(f"Quix Streams {version('quixstreams')}")
    report.begin()
    out.mkdir(parents=True)
    application = Application(
        broker_address="kafka:29092",
        consumer_group="quix",
        auto_offset_reset="earliest",
        state_dir="/tmp/quix",  # noqa: S108 - the container's own
        loglevel="WARNING",
    )
    source = application.topic(
        topic, value_deserializer=BytesDeserializer(), timestamp_extractor=time_ms
    )
    with (out / "windows.jsonl").open("wb") as file:
        windows = (
            application.dataframe(source)
            .hopping_window(60_000, 5_000)
            .reduce(reducer=add, initializer=begin)
            .final(closing_strategy="partition")
        )
        windows.update(
            lambda window, key, *_: file.write(line(key.decode(), window)) and None, metadata=True
        )
        application.run(timeout=_QUIET_S)
    report.end(records)


if __name__ == "__main__":
    main()
