"""Whatever a file holds, it gives rows, bad rows with their line, or one of two errors."""

import gzip
import json
from contextlib import suppress
from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from contracts.check import check
from contracts.event import Quote
from producer.errors import InputError
from producer.events import quote_events
from producer.feeds.replay_file import RecordedPrices
from producer.feeds.replay_rows import BadRow, Row, Unreadable, read_row, read_rows
from producer.quote import FeedQuote

NAMES = ("a.csv", "a.csv.gz", "a.jsonl", "a.ndjson.gz", "a.parquet")
HEADING = b"time,symbol,price,volume\n"
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
TEXTS = st.text() | st.sampled_from(["2000-03-01", "IBM", "1e400", "nan", "-1", "0", "1_0", '"'])


def readable(folder, name, content):
    """Read all; what each good row makes must be a quote by the contract."""
    path = folder / name
    path.write_bytes(content)
    with suppress(InputError, OSError):
        for row in RecordedPrices(path, ()).rows():
            if isinstance(row, BadRow):
                assert row.line > 0
                assert row.why
                continue
            assert isinstance(row, Row)
            quote = FeedQuote(
                symbol=row.symbol, price=row.price, volume=row.volume, event_time=row.time,
                ingest_time=row.time, source="replay",
            )  # fmt: skip
            (value,) = quote_events([quote], ["a1-0"])
            assert isinstance(check(value, 1 << 48), Quote)


@given(name=st.sampled_from(NAMES), content=st.binary(max_size=300), packed=st.booleans())
def test_any_bytes(tmp_path_factory, name, content, packed):
    if packed and name.endswith(".gz"):
        content = gzip.compress(content)
    readable(tmp_path_factory.getbasetemp(), name, content)


@given(st.lists(st.lists(TEXTS, max_size=6), max_size=4))
def test_any_table(tmp_path_factory, rows):
    lines = "\n".join(",".join(row) for row in rows)
    content = HEADING + lines.encode("utf-8", "surrogatepass")
    readable(tmp_path_factory.getbasetemp(), "a.csv", content)


@given(st.lists(st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("time", "symbol", "price", "volume"), JSON | TEXTS)), max_size=4)
)  # fmt: skip
def test_any_objects(tmp_path_factory, rows):
    content = "\n".join(map(json.dumps, rows)).encode()
    readable(tmp_path_factory.getbasetemp(), "a.jsonl", content)


TIMES = st.sampled_from(
    ["2026-01-02", "2026-01-02T15:04:05Z", "2026-01-02T15:04:05+05:00", " 2026-01-02", "1969-12-31"]
) | st.sampled_from([datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 2), date(2026, 1, 2), 7])  # noqa: DTZ001
SYMBOLS = st.sampled_from(["IBM", " IBM", "ibm", "", None, 7, True, []])
NUMBERS = st.sampled_from([1, 1.5, "2.5", " 3", "", None, True, "1e400", "nan", 0, -1, "1e12", []])


@given(st.data())
def test_many_at_once_are_read_as_each_by_itself(data):
    # Most blocks of a real file are of one kind in each column.
    columns = [
        data.draw(st.lists(kind, min_size=1, max_size=2, unique_by=repr))
        for kind in (TIMES, SYMBOLS, NUMBERS, NUMBERS)
    ]
    values = st.tuples(*map(st.sampled_from, columns)) | st.just(Unreadable("no CSV"))
    lines = list(enumerate(data.draw(st.lists(values, min_size=1, max_size=5)), start=2))
    assert read_rows(lines) == [read_row(*line) for line in lines]
