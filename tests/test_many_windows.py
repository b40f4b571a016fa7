"""Each quote is in twelve windows of its own: a backlog with few records and many windows.

Takes minutes: `make test-long`.
"""

import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import dataset
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from events import US
from spoilt import encode, heartbeat, quote
from topic import Message
from waiting import wait_for

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]

RECORDS, SYMBOLS = 600_000, 100  # one quote a second; of a symbol none in less than its minute
LENGTH, SLIDE = timedelta(minutes=1), timedelta(seconds=5)
EACH = LENGTH // SLIDE
LENGTH_US, SLIDE_US, SECOND_US = LENGTH // US, SLIDE // US, 1_000_000
MOST_OF_A_BATCH = 700_000


def messages(first_s: int) -> Iterator[Message]:
    """Make the quotes; the price says which one it is, a second more for each."""
    for number in range(RECORDS):
        event = quote(first_s + number, f"S{number % SYMBOLS:02}", 1 + number / 1000)
        yield Message(encode(event), key=event["symbol"].encode())
    yield Message(encode(heartbeat(first_s + RECORDS + LENGTH.seconds)), key=b"")


def windows(path: Path, first_s: int) -> pa.Array:
    """Number the windows of a file, of which each must hold the one quote that its price names."""
    table = pq.ParquetFile(path).read()
    price = table["max_price"]
    number = pc.cast(pc.round(pc.multiply(pc.subtract(price, 1.0), 1000.0)), pa.int64())
    start_us = pc.cast(table["window_start"], pa.int64())
    symbol = pc.utf8_lpad(pc.cast(remainder(number, SYMBOLS), pa.string()), 2, "0")
    since_us = pc.subtract(pc.add(pc.multiply(number, SECOND_US), first_s * SECOND_US), start_us)
    wrong = {
        **{
            name: pc.not_equal(table[name], price)
            for name in ("avg_price", "min_price", "open_price", "close_price", "vwap")
        },
        "price": pc.not_equal(price, pc.add(pc.divide(pc.cast(number, pa.float64()), 1000.0), 1.0)),
        "symbol": pc.not_equal(table["symbol"], pc.binary_join_element_wise("S", symbol, "")),
        "source": pc.not_equal(table["source"], "synthetic"),
        "window_start": pc.not_equal(remainder(start_us, SLIDE_US), 0),
        "window_end": pc.not_equal(
            pc.cast(table["window_end"], pa.int64()), pc.add(start_us, LENGTH_US)
        ),
        "before it": pc.less(since_us, 0),
        "after it": pc.greater_equal(since_us, LENGTH_US),
        "stddev_price": pc.is_valid(table["stddev_price"]),
        "volume": pc.not_equal(table["volume"], 1.0),
        "event_count": pc.not_equal(table["event_count"], 1),
        "max_deviation_pct": pc.not_equal(table["max_deviation_pct"], 0.0),
    }
    assert [name for name, rows in wrong.items() if pc.any(rows).as_py()] == [], path
    return pc.add(pc.multiply(number, EACH), pc.divide(since_us, SLIDE_US)).combine_chunks()


def remainder(values: pa.ChunkedArray, divisor: int) -> pa.ChunkedArray:
    return pc.subtract(values, pc.multiply(pc.divide(values, divisor), divisor))


def test_seven_million_windows_of_one_quote_each_are_written_once_in_bounded_memory(new_stack):
    stack = new_stack("many")
    stack.up("kafka", "topic-init")
    first_s = int(time.time()) - RECORDS - 300
    stack.produce(messages(first_s))
    stack.up("spark-job")
    wait_for(
        "all of them",
        lambda: stack.status("spark-job")["details"]["rows_written"] >= RECORDS * EACH,
        900,
        every_s=2,
    )
    # The files of batches, as long as none is merged: that begins ten minutes after the first.
    files = dataset.files(stack.data)
    found = pa.chunked_array([windows(path, first_s) for path in files])
    assert (len(found), pc.count_distinct(found).as_py()) == (RECORDS * EACH,) * 2
    batches: Counter[str] = Counter()
    for path in files:
        batches[path.name] += pq.ParquetFile(path).metadata.num_rows
    assert max(batches.values()) < MOST_OF_A_BATCH, batches
    assert stack.restarts()["spark-job"] == 0
    assert not stack.container("spark-job")["State"]["OOMKilled"]
    assert stack.status("spark-job")["details"]["late_window_updates"] == 0
