"""The record on the dead-letter topic."""

import base64
import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from schemas import validator

from contracts import examples
from contracts.check import check
from contracts.examples import Example
from contracts.refusals import (
    MAX_PAYLOAD_BYTES,
    Reason,
    Refusal,
    RefusedRecord,
    encode,
    read_refused,
    refused_record,
)

REFUSED = validator("refused")
EXAMPLES = [one for one in examples.load() if one.verdict not in {"quote", "heartbeat"}]


def dead_letter(value: bytes | None, reason: Reason = Reason.NOT_JSON) -> RefusedRecord:
    return refused_record(
        Refusal(reason, "why"),
        value,
        topic="raw_api_events",
        partition=3,
        offset=17,
        kafka_timestamp="2026-01-02T15:04:05.300000Z",
    )


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_the_dead_letter_of_every_refused_example_is_what_the_schema_says(
    example: Example,
) -> None:
    refusal = check(example.value, example.kafka_timestamp_ms)
    assert isinstance(refusal, Refusal)
    letter = refused_record(
        refusal,
        example.value,
        topic="raw_api_events",
        partition=0,
        offset=0,
        kafka_timestamp="2026-01-02T15:04:05.300000Z",
    )
    written = json.loads(encode(letter))
    REFUSED.validate(written)
    assert written["reason"] == example.verdict
    assert read_refused(encode(letter)) == letter


def test_a_text_comes_as_it_is_and_says_where_it_was() -> None:
    assert json.loads(encode(dead_letter(b'{"a": "\xc3\xa9"}'))) == {
        "reason": "not_json",
        "detail": "why",
        "topic": "raw_api_events",
        "partition": 3,
        "offset": 17,
        "kafka_timestamp": "2026-01-02T15:04:05.300000Z",
        "payload": '{"a": "é"}',
    }


def test_a_tombstone_has_no_payload() -> None:
    assert json.loads(encode(dead_letter(None)))["payload"] is None


def test_an_empty_value_is_no_tombstone() -> None:
    assert json.loads(encode(dead_letter(b"")))["payload"] == ""


def test_what_is_no_utf8_comes_in_base64() -> None:
    written = json.loads(encode(dead_letter(b"\x1f\x8b\x08\xff")))
    assert (written["payload"], written["payload_encoding"]) == ("H4sI/w==", "base64")


def test_exactly_64_kib_are_whole() -> None:
    letter = dead_letter(b"x" * 65_536)
    assert len(letter.payload or "") == 65_536
    assert letter.payload_bytes is letter.payload_truncated is msgspec.UNSET


def test_a_byte_more_is_cut_and_told() -> None:
    letter = dead_letter(b"x" * 65_537)
    assert len(letter.payload or "") == 65_536
    assert (letter.payload_bytes, letter.payload_truncated) == (65_537, True)


def test_what_is_no_utf8_is_cut_before_it_is_encoded() -> None:
    letter = dead_letter(b"\xff" * 70_000)
    assert base64.b64decode(letter.payload or "") == b"\xff" * 65_536
    assert (letter.payload_bytes, letter.payload_truncated) == (70_000, True)


@pytest.mark.parametrize("character", ["é", "日", "😀"])
@pytest.mark.parametrize("shift", range(4))
def test_no_cut_falls_inside_a_character(character: str, shift: int) -> None:
    value = b"x" * shift + (character * 40_000).encode()
    payload = dead_letter(value).payload or ""
    assert set(payload[shift:]) == {character}
    assert 65_536 - 4 < len(payload.encode()) <= 65_536
    assert value.startswith(payload.encode())


LONG = st.builds(
    lambda head, unit, tail: head + unit * (65_530 // len(unit)) + tail,
    st.binary(max_size=5),
    st.binary(min_size=1, max_size=5) | st.characters(codec="utf-8").map(str.encode),
    st.binary(max_size=15),
)


@given(st.none() | st.binary(max_size=300) | LONG)
def test_whatever_was_refused_its_dead_letter_is_valid_and_comes_back(
    value: bytes | None,
) -> None:
    letter = dead_letter(value)
    written = encode(letter)
    REFUSED.validate(json.loads(written))
    assert read_refused(written) == letter
    assert len(written) < 1_000_000  # the broker's limit


GOOD = json.loads(encode(dead_letter(b"x" * 70_000)))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("reason", "because"),
        ("reason", None),
        ("detail", 1),
        ("topic", None),
        ("partition", -1),
        ("offset", -1),
        ("offset", "17"),
        ("kafka_timestamp", "2026-01-02 15:04:05"),
        ("kafka_timestamp", 1767366245300),
        ("kafka_timestamp", "2026-02-30T15:04:05.000000Z"),
        ("kafka_timestamp", "1969-12-31T23:59:59.000000Z"),
        ("payload", 5),
        ("payload_encoding", "gzip"),
        ("payload_bytes", "many"),
        ("payload_bytes", None),
        ("payload_truncated", False),
        *((name, ...) for name in GOOD),
    ],
)
def test_what_the_schema_refuses_is_not_read_either(name: str, value: object) -> None:
    changed = {key: member for key, member in GOOD.items() if key != name}
    if value is not ...:
        changed[name] = value
    assert not REFUSED.is_valid(changed)
    assert read_refused(json.dumps(changed).encode()) is None


@pytest.mark.parametrize(
    "value", [None, b"", b"hello", b"[]", b"\xff", b'{"reason":"\xff"}', b"[" * 60_000]
)
def test_what_is_no_dead_letter_is_not_read(value: bytes | None) -> None:
    assert read_refused(value) is None


def test_the_cut_is_where_it_is_documented() -> None:
    assert MAX_PAYLOAD_BYTES == 65_536
