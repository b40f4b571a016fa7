"""The record on the topic of alerts."""

import json
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from schemas import parse, schema, validator

from contracts import examples
from contracts.alerts import Alert, AlertKind, encode, read_alert
from contracts.examples import PlainExample
from contracts.sources import SOURCE_PATTERN
from contracts.topics import MARKET_ALERTS

ALERT = validator("alert")
EXAMPLES = examples.load_plain("alerts")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_reader_and_schema_say_of_an_example_what_is_written_beside_it(
    example: PlainExample,
) -> None:
    assert (read_alert(example.value) is not None) == example.valid
    assert ALERT.is_valid(parse(example.value)) == example.valid


@pytest.mark.parametrize("value", [None, b"", b"\xff", b'{"rule":"\xff"}', b"{", b"[" * 60_000])
def test_what_cannot_be_read_is_no_alert(value: bytes | None) -> None:
    assert read_alert(value) is None


@given(
    st.builds(
        Alert,
        schema_version=st.just(1),
        alert_id=st.text("0123456789abcdef", min_size=32, max_size=32),
        rule=st.text(min_size=1, max_size=64),
        kind=st.sampled_from(get_args(AlertKind.__value__)),
        symbol=st.none() | st.sampled_from(["IBM", "^GSPC", "币安人生USDT"]),
        source=st.none() | st.from_regex(SOURCE_PATTERN),
        at=st.just("2026-01-02T15:05:00.000000Z"),
        value=st.none() | st.floats(allow_nan=False, allow_infinity=False),
        threshold=st.none() | st.floats(allow_nan=False, allow_infinity=False),
        text=st.text(min_size=1, max_size=1000),
        made_up=st.booleans(),
    )
)
def test_whatever_an_alert_says_it_is_valid_and_comes_back(alert: Alert) -> None:
    written = encode(alert)
    ALERT.validate(json.loads(written))
    assert read_alert(written) == alert
    assert len(written) < 65_536


def test_the_schema_knows_the_same_kinds() -> None:
    properties = schema("alert")["properties"]
    assert tuple(properties["kind"]["enum"]) == get_args(AlertKind.__value__)


def test_the_topic_is_the_agreed_one() -> None:
    assert MARKET_ALERTS == "market_alerts"
