"""Drain a topic with Bytewax, several times in a process; windows go to JSON lines.

Usage: ``bytewax_flow.py TOPIC RECORDS DRAINS OUT``. No check but that a record is JSON.
"""

import sys
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

import bytewax.operators as op
import bytewax.operators.windowing as win
import orjson
from bytewax.connectors.files import FileSink
from bytewax.connectors.kafka import KafkaSource
from bytewax.dataflow import Dataflow
from bytewax.testing import run_main
from sums import Sums, row
from usage import Drains

_ALIGN_TO = datetime(1970, 1, 1, tzinfo=UTC)
_LENGTH, _SLIDE = timedelta(minutes=1), timedelta(seconds=5)

Quote = tuple[datetime, float, float]


def decode(message: object) -> tuple[str, Quote] | None:
    """Read a quote, keyed by symbol; None for anything else."""
    try:
        event = orjson.loads(message.value)
    except orjson.JSONDecodeError:
        return None
    if event["kind"] != "quote":
        return None
    time = datetime.fromisoformat(event["event_time"])
    return event["symbol"], (time, event["price"], event["volume"])


def fold(sums: Sums, quote: Quote) -> Sums:
    """Take a quote into a window."""
    time, price, volume = quote
    sums.add(time.timestamp(), price, volume)
    return sums


def flow(topic: str, path: Path) -> Dataflow:
    """Put the parts together."""
    flow = Dataflow("drain")
    messages = op.input("read", flow, KafkaSource(["kafka:29092"], [topic], tail=False))
    quotes = op.filter_map("decode", messages, decode)
    windows = win.fold_window(
        "windows",
        quotes,
        win.EventClock(lambda quote: quote[0], wait_for_system_duration=_LENGTH),
        win.SlidingWindower(_LENGTH, _SLIDE, _ALIGN_TO),
        Sums,
        fold,
        Sums.merge,
    )

    def line(it: tuple[str, tuple[int, Sums]]) -> tuple[str, str]:
        symbol, (number, sums) = it
        start_us = number * _SLIDE // timedelta(microseconds=1)
        return symbol, orjson.dumps(row(symbol, start_us, sums)).decode()

    op.output("write", op.map("line", windows.down, line), FileSink(path))
    return flow


def main() -> None:
    """Drain."""
    topic, records, drains, out = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])
    report = Drains(f"Bytewax {version('bytewax')}")
    for drain in range(1, drains + 1):
        report.begin()
        (out / str(drain)).mkdir(parents=True)
        run_main(flow(topic, out / str(drain) / "windows.jsonl"))
        report.end(records)


if __name__ == "__main__":
    main()
