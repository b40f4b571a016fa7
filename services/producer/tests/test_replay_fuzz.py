"""Whatever a file holds: rows by the contract, bad rows by line, every line accounted for."""

import gzip
import json
from contextlib import suppress
from datetime import UTC, date, datetime

from hypothesis import example, given
from hypothesis import strategies as st
from recordings import LATEST, read

from contracts.check import check
from contracts.event import Quote
from contracts.settings import SettingError
from producer.events import quote_events
from producer.feeds.replay.columns.block import Block, Values
from producer.feeds.replay.files.lines import whole_lines
from producer.feeds.replay.rows import RowReader
from producer.feeds.replay.values.amounts import AmountReader
from producer.feeds.replay.values.symbols import SymbolReader
from producer.feeds.replay.values.times import TimeReader
from producer.quote import FeedQuote

HEADING = "time,symbol,price,volume\n"
CONTROL = {chr(n) for n in range(32)} - set("\t\n\v\f\r\x1b")
TEXTS = st.text() | st.sampled_from(
    ["2000-03-01", "IBM", "1", "1e400", "nan", "-1", "0", "1_0", '"', '"1,000"', '"a', 'a"b', ""]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def readable(factory, content):
    """Read all of a file; what each good row makes must be a quote by the contract."""
    path = factory.getbasetemp() / "any"
    path.write_bytes(content)
    with suppress(SettingError, OSError):
        rows, bad, counts = read(path)
        assert all(it.line > 0 and it.why for it in bad)
        for row in rows:
            quote = FeedQuote(
                symbol=row.symbol, price=row.price, volume=row.volume, event_time=row.time,
                ingest_time=row.time, source="replay",
            )  # fmt: skip
            (value,) = quote_events([quote], ["a1-0"])
            assert isinstance(check(value, 1 << 48), Quote)
        return rows, bad, counts
    return None


@given(st.binary(max_size=300), st.sampled_from([b"", HEADING.encode(), b"PAR1", b"[", b"{"]))
def test_any_bytes(tmp_path_factory, content, start):
    readable(tmp_path_factory, start + content)
    readable(tmp_path_factory, gzip.compress(start + content))


@given(st.lists(st.lists(TEXTS, max_size=6), max_size=6), st.sampled_from([",", ";", "\t", "|"]))
@example([['"a', "b", "1", "2"], ["2000-03-01", "IBM", "1", '2"']], ",")
@example([["\x1f", "IBM", "1"]], ",")
@example([["\x1f\x1f", "\x1f\x1f", "\x1f\x1f"]], ",")
def test_in_csv_each_line_is_what_it_is_alone(tmp_path_factory, table, separator):
    good = separator.join(["2000-03-01", "IBM", "7", ""])
    text = "\n".join([good, *(separator.join(row) for row in table)])
    text = text.replace("\r", "\n")
    content = (HEADING.replace(",", separator) + text).encode("utf-8", "replace")
    found = readable(tmp_path_factory, content)
    if 10 * sum(chr(it) in CONTROL for it in content[:4096]) > len(content[:4096]):
        assert found is None, "a file full of control characters is no text"
        return
    assert found is not None
    rows, bad, counts = found
    lines = text.removesuffix("\n").split("\n")
    assert counts.read == 1 + len(lines)
    assert counts.read == counts.heading + counts.rows + counts.bad_row + counts.blank
    assert {row.line for row in rows} | {it.line for it in bad} == {
        n for n, line in enumerate(lines, 2) if line.replace(separator, "").strip()
    }


@given(st.lists(
    st.fixed_dictionaries({}, optional=dict.fromkeys(
        ("time", "symbol", "price", "volume", "t", "p"), JSON | TEXTS)),
    max_size=4,
))  # fmt: skip
def test_any_objects(tmp_path_factory, objects):
    first = {"time": "2000-03-01", "symbol": "IBM", "price": 1, "volume": 1}
    lines = readable(tmp_path_factory, "\n".join(map(json.dumps, [first, *objects])).encode())
    document = readable(tmp_path_factory, json.dumps([first, *objects], indent=1).encode())
    assert lines[2].read == 1 + len(objects)
    if document:
        assert document[2].read == 1 + len(objects)


@given(st.lists(st.text("ab\r\n", max_size=5)))
def test_lines_are_the_same_however_the_text_comes_in_pieces(pieces):
    text = "".join(pieces)
    expected = text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n")
    found = [line for some in whole_lines(pieces) for line in some.split("\n")]
    assert found == (expected if text else [])


TIMES = st.sampled_from(
    [
        "2024-01-02",
        "2024-01-02T15:04:05Z",
        "2024-01-02T15:04:05+05:00",
        " 2024-01-02",
        "1969-12-31",
        "20240102",
        "1704189600",
        "1704189600000",
        "02/01/2024",
    ]
) | st.sampled_from([datetime(2024, 1, 2, tzinfo=UTC), datetime(2024, 1, 2), date(2024, 1, 2), 7])  # noqa: DTZ001
SYMBOLS = st.sampled_from(["IBM", " IBM", "ibm", "", None, 7, True, [], "A\u030a", "\u8cb4"])
NUMBERS = st.sampled_from([1, 1.5, "2.5", " 3", "", None, True, "1e400", "nan", 0, -1, "1e12", []])


@given(st.data())
def test_many_at_once_are_read_as_each_by_itself(data):
    # Most blocks of a real file are of one kind in each column.
    columns = [
        data.draw(st.lists(kind, min_size=1, max_size=2, unique_by=repr))
        for kind in (TIMES, SYMBOLS, NUMBERS, NUMBERS)
    ]
    rows = data.draw(st.lists(st.tuples(*map(st.sampled_from, columns)), min_size=1, max_size=5))

    def taken(first, some):
        reader = RowReader(TimeReader(LATEST, order="DMY"), AmountReader(), SymbolReader())
        lines = range(first, first + len(some))
        return reader.read(Block(len(some), lines, Values(*zip(*some, strict=True))))

    alone = [taken(line, [it]) for line, it in enumerate(rows, 2)]
    together = taken(2, rows)
    assert together.rows == [row for it in alone for row in it.rows]
    assert together.bad == [row for it in alone for row in it.bad]
