"""Times the job's check of records with and without symbols outside ASCII, alternately.

Ends with 1 where a tenth of such records makes it cost more than 1.3 times.
"""

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from statistics import median
from time import process_time

import pyarrow as pa

from contracts.event import Quote, encode
from contracts.times import format_time
from spark_job.checking.decode import Task, check_batch

BATCHES = 20
RECORDS = 10_000
TURNS = 15
MOST = 1.3
NOW = datetime(2026, 1, 2, 15, tzinfo=UTC)
TASK = Task("raw_api_events", timedelta(seconds=60), timedelta(seconds=5))
PLAIN = [f"SYM{number}" for number in range(90)]
OTHERS = ["币安人生USDT", "トヨタ", "삼성전자", "ไทย", "אלביט"]


def symbols(others: int) -> list[str]:
    """Give the symbols of a batch, of which so many in a hundred are not ASCII."""
    return [
        OTHERS[row % len(OTHERS)] if row % 100 < others else PLAIN[row % len(PLAIN)]
        for row in range(RECORDS)
    ]


def batch(others: int) -> pa.RecordBatch:
    """Make an Arrow batch as large as the job's."""
    values = [
        encode(
            Quote(
                schema_version=1,
                event_id=f"bench-{row}",
                symbol=symbol,
                price=100 + row / 7,
                volume=float(row),
                event_time=format_time(NOW + timedelta(milliseconds=row)),
                ingest_time=format_time(NOW + timedelta(milliseconds=row)),
                source="synthetic",
            )
        )
        for row, symbol in enumerate(symbols(others))
    ]
    return pa.record_batch(
        {
            "line": pa.array([value + b"\n" for value in values], pa.binary()),
            "size": pa.array([len(value) for value in values], pa.int32()),
            "timestamp": pa.array([NOW] * RECORDS, pa.timestamp("ms", "UTC")),
            "partition": pa.array([0] * RECORDS, pa.int32()),
            "offset": pa.array(range(RECORDS), pa.int64()),
        }
    )


def ns_per_record(records: pa.RecordBatch) -> float:
    """Give the processor's time that the check of one batch takes, again and again."""
    began_s = process_time()
    for _ in range(BATCHES):
        check_batch(records, TASK, lambda _: None)
    return (process_time() - began_s) / BATCHES / len(records) * 1e9


def turns(plain: pa.RecordBatch, mixed: pa.RecordBatch) -> Iterator[tuple[float, float]]:
    """Time both, one right after the other, so that a busy machine slows both."""
    for _ in range(TURNS):
        yield ns_per_record(plain), ns_per_record(mixed)


def main() -> int:
    """Print both times and their ratio, as a line of JSON."""
    times = list(turns(batch(others=0), batch(others=10)))
    ratio = median(mixed / plain for plain, mixed in times)
    plain, mixed = (median(column) for column in zip(*times, strict=True))
    figures = {"ascii_ns": round(plain), "tenth_not_ns": round(mixed), "ratio": round(ratio, 2)}
    print(json.dumps(figures | {"most_ratio": MOST}))  # noqa: T201 - the report
    return int(ratio > MOST)


if __name__ == "__main__":
    sys.exit(main())
