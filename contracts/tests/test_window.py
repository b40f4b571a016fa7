"""The record on the topic of windows."""

import json
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from schemas import parse, schema, validator

from contracts import examples
from contracts.dataset import COLUMNS
from contracts.examples import PlainExample
from contracts.sources import SOURCE_PATTERN
from contracts.symbols import SYMBOL_PATTERN
from contracts.times import format_time
from contracts.topics import MARKET_RECORD_BYTES
from contracts.window import SCHEMA_VERSION, Window, encode, read_window

WINDOW = validator("window")
EXAMPLES = examples.load_plain("windows")
GOOD = parse(EXAMPLES[0].value)

TIMES = st.datetimes(min_value=datetime(1970, 1, 1), timezones=st.timezones()).map(format_time)  # noqa: DTZ001 - hypothesis adds the zone
AMOUNTS = st.floats(min_value=0, allow_infinity=False)
WINDOWS = st.builds(
    Window,
    schema_version=st.just(SCHEMA_VERSION),
    symbol=st.from_regex(SYMBOL_PATTERN),
    source=st.from_regex(SOURCE_PATTERN),
    window_start=TIMES,
    window_end=TIMES,
    **{f"{name}_price": st.floats(5e-324, 1e9) for name in ("avg", "max", "min", "open", "close")},
    stddev_price=st.none() | AMOUNTS,
    volume=st.none() | AMOUNTS,
    event_count=st.integers(1, 2**63 - 1),
    max_deviation_pct=AMOUNTS,
    vwap=st.none() | AMOUNTS,
)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_an_example_is_read_and_seen_by_the_schema_as_written_beside_it(
    example: PlainExample,
) -> None:
    assert (read_window(example.value) is not None) == example.valid
    assert WINDOW.is_valid(parse(example.value)) == example.valid


def test_the_members_are_the_version_and_the_columns_of_the_dataset() -> None:
    expected = ["schema_version", *(column.name for column in COLUMNS)]
    assert list(Window.__struct_fields__) == expected
    assert list(schema("window")["properties"]) == expected


@given(WINDOWS)
def test_whatever_a_window_holds_its_record_is_valid_small_and_comes_back(window: Window) -> None:
    written = encode(window)
    WINDOW.validate(json.loads(written))
    assert read_window(written) == window
    assert len(written) < 1024 < MARKET_RECORD_BYTES


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("schema_version", "1"),
        ("source", ""),
        ("source", "-binance"),
        ("source", "BINANCE"),
        ("source", "bin ance"),
        ("source", "binance\n"),
        ("source", "a" * 33),
        ("window_start", "2025-02-29T15:04:05.000000Z"),
        ("window_end", 1767366245300),
        ("window_end", "2026-01-02T15:05:00.000000Z\n"),
        ("avg_price", 0),
        ("min_price", -1.0),
        ("close_price", None),
        ("stddev_price", -1e-9),
        ("volume", -1),
        ("event_count", 0),
        ("event_count", 1.5),
        ("event_count", 2**63),
        ("max_deviation_pct", -0.5),
        ("max_deviation_pct", None),
        ("vwap", "2"),
        *((name, ...) for name in GOOD),
    ],
)
def test_what_the_schema_refuses_is_not_read_either(name: str, value: object) -> None:
    changed = {key: member for key, member in GOOD.items() if key != name}
    if value is not ...:
        changed[name] = value
    assert not WINDOW.is_valid(changed)
    assert read_window(json.dumps(changed).encode()) is None


@pytest.mark.parametrize("value", [None, b"", b"hello", b"[]", b"\xff", b"[" * 60_000])
def test_what_is_no_window_is_not_read(value: bytes | None) -> None:
    assert read_window(value) is None
