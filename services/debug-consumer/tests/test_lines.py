import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from make import DEAD_LETTER, QUOTE, heartbeat, quote, record

from contracts import examples
from contracts.check import DEFAULT_MAX_FUTURE_SKEW
from debug_consumer.judge import Record, judge_for
from debug_consumer.lines import LineView, json_line, text_line, timestamp
from debug_consumer.tally import Tally

EVENTS = judge_for("raw_api_events", DEFAULT_MAX_FUTURE_SKEW)
WINDOWS = judge_for("market_windows", DEFAULT_MAX_FUTURE_SKEW)
ALERTS = judge_for("market_alerts", DEFAULT_MAX_FUTURE_SKEW)
DEAD_LETTERS = judge_for("raw_api_events.dlq", DEFAULT_MAX_FUTURE_SKEW)
LONGEST = 400


def test_a_quote_is_one_line_with_its_verdict() -> None:
    assert text_line(EVENTS(quote(17))).split() == [
        "0:17", "valid", "quote", "IBM", "184.5", "x", "120543",
        "2026-01-02T15:04:05.000000Z", "synthetic", "a1-17",
    ]  # fmt: skip


@pytest.mark.parametrize("price", ["42000.12345678", "999999999.12345", "0.000123456789012345"])
def test_a_price_has_all_its_digits(price: str) -> None:
    value = (QUOTE % ("a1-1", "IBM")).replace("184.5", price)
    assert f" {price} x " in text_line(EVENTS(record(value.encode())))


@pytest.mark.parametrize(
    ("symbol", "shown"),
    [("IBM", "IBM    "), ("币安", "币安   "), ("^GSPC", "^GSPC  "), ("EURUSD=X", "EURUSD=X ")],
)
def test_prices_stand_in_a_column_whatever_the_symbols_letters_are(symbol: str, shown: str) -> None:
    line = text_line(EVENTS(quote(0, symbol)))
    assert f"quote      {shown}" + " " * 8 + "184.5" in line


def test_a_heartbeat_is_one_line_with_its_verdict() -> None:
    assert text_line(EVENTS(heartbeat(3))).split() == [
        "0:3", "valid", "heartbeat", "2026-01-02T15:04:05.000000Z", "synthetic", "a1-3",
    ]  # fmt: skip


def test_an_invalid_record_is_one_line_with_reason_detail_and_payload() -> None:
    line = text_line(EVENTS(record(b'{"kind": "trade"}', offset=4)))
    assert line.startswith("0:4 ")
    assert line.endswith('INVALID  unknown_kind: kind is "trade" | {"kind": "trade"}')


def test_a_dead_letter_is_one_line_with_what_it_holds() -> None:
    line = text_line(DEAD_LETTERS(record(DEAD_LETTER.encode())))
    assert line.split()[1:] == [
        "valid", "dead", "letter", "not_json", "raw_api_events", "0:7", "JSON", "is", "malformed",
    ]  # fmt: skip


def test_a_window_is_one_line_with_its_prices_and_times() -> None:
    line = text_line(WINDOWS(record(examples.load_plain("windows")[0].value)))
    assert line.split()[1:] == [
        "valid", "window", "IBM", "184.5", "(183.75", "to", "185.25,", "3", "quotes)",
        "2026-01-02T15:04:00.000000Z", "to", "2026-01-02T15:05:00.000000Z", "synthetic",
    ]  # fmt: skip


def test_an_alert_is_one_line_with_its_rule_and_text() -> None:
    value = examples.load_plain("alerts")[0].value
    line = text_line(ALERTS(record(value)))
    assert line.split()[1:5] == ["valid", "alert", "IBM", "2026-01-02T15:04:05.000000Z"]
    assert "05.000000Z  IBM over 200: IBM is at 200.25" in line
    of_another = json.dumps(json.loads(value) | {"text": "it rose"}).encode()
    assert text_line(ALERTS(record(of_another))).endswith("05.000000Z  IBM over 200: it rose")


@pytest.mark.parametrize("name", ["windows", "alerts"])
def test_whatever_a_window_or_an_alert_holds_its_lines_are_printable_and_short(name: str) -> None:
    good = json.loads(examples.load_plain(name)[0].value)
    judge = judge_for(f"market_{name}", DEFAULT_MAX_FUTURE_SKEW)
    for member in ("source", "rule", "text", "symbol"):
        wild = good | {member: "\x1b[2J\u202e" * (2 if member == "symbol" else 10)}
        judged = judge(record(json.dumps(wild).encode()))
        tally = Tally()
        tally.add(judged)
        assert text_line(judged).isprintable()
        assert json_line(judged).isascii()
        assert len(text_line(judged)) <= LONGEST
        assert all(it.isprintable() for it in [*tally.symbols, *tally.sources])


def test_json_of_a_quote() -> None:
    assert json.loads(json_line(EVENTS(quote(17, partition=2)))) == {
        "type": "record",
        "partition": 2,
        "offset": 17,
        "kafka_timestamp": "2026-01-02T15:04:05.300000Z",
        "key": "IBM",
        "valid": True,
        "kind": "quote",
        "value": {
            "schema_version": 1,
            "kind": "quote",
            "event_id": "a1-17",
            "symbol": "IBM",
            "price": 184.5,
            "volume": 120543.0,
            "event_time": "2026-01-02T15:04:05.000000Z",
            "ingest_time": "2026-01-02T15:04:05.250000Z",
            "source": "synthetic",
        },
    }


def test_json_of_an_invalid_record() -> None:
    assert json.loads(json_line(EVENTS(record(b"hello")))) == {
        "type": "record",
        "partition": 0,
        "offset": 0,
        "kafka_timestamp": "2026-01-02T15:04:05.300000Z",
        "key": None,
        "valid": False,
        "reason": "not_json",
        "detail": "JSON is malformed: invalid character (byte 0)",
        "payload": "hello",
    }


@pytest.mark.parametrize("judge", [EVENTS, DEAD_LETTERS])
@given(value=st.binary(max_size=300), key=st.none() | st.binary(max_size=300))
def test_whatever_is_in_a_record_its_line_is_printable_and_short(judge, value, key) -> None:
    judged = judge(record(value, key=key))
    assert text_line(judged).isprintable()
    assert len(text_line(judged)) <= LONGEST
    assert json_line(judged).isascii()
    assert json_line(judged).isprintable()
    assert len(json_line(judged)) <= 4 * LONGEST


@pytest.mark.parametrize("example", examples.load(), ids=lambda example: example.name)
def test_the_lines_of_every_example_are_printable_and_short(example) -> None:
    judged = EVENTS(Record(0, 0, example.kafka_timestamp_ms, None, example.value))
    assert text_line(judged).isprintable()
    assert len(text_line(judged)) <= LONGEST
    assert json.loads(json_line(judged))["valid"] == (example.verdict in {"quote", "heartbeat"})


def test_a_huge_run_id_or_dead_letter_is_cut() -> None:
    huge = EVENTS(record((QUOTE % ("a" * 60_000 + "-1", "IBM")).encode()))
    assert huge.reason is None
    assert len(text_line(huge)) <= LONGEST
    assert len(json_line(huge)) <= 4 * LONGEST
    letter = DEAD_LETTERS(record(DEAD_LETTER.replace("hello", "\\u0000" * 10_000).encode()))
    assert letter.reason is None
    assert len(json_line(letter)) <= 4 * LONGEST


@pytest.mark.parametrize(
    ("timestamp_ms", "shown"),
    [
        (1_767_366_245_300, "2026-01-02T15:04:05.300000Z"),
        (-1, "-1"),
        (2**63 - 1, "9223372036854775807"),
    ],
)
def test_a_kafka_timestamp_that_is_no_time_is_shown_as_a_number(timestamp_ms, shown) -> None:
    assert timestamp(timestamp_ms) == shown


def test_lines_go_to_standard_output_and_notes_to_standard_error(capsys) -> None:
    view = LineView(text_line)
    view.show(EVENTS(quote(0)))
    view.refresh(Tally())
    view.note("the broker does not answer")
    out, err = capsys.readouterr()
    assert out.count("\n") == 1
    assert err == "debug-consumer: the broker does not answer\n"
