"""Every example of the contract gets its verdict, through judge and tally."""

from datetime import timedelta

import pytest
from make import DEAD_LETTER, NOW_MS, quote, record

from contracts import examples
from contracts.check import check
from contracts.event import Quote
from contracts.examples import Example
from contracts.refusals import Refusal, RefusedRecord, encode, refused_record
from debug_consumer.judge import Record, judge_for
from debug_consumer.tally import ExitCode, Tally

EXAMPLES = examples.load()
SKEW = timedelta(seconds=60)
EVENTS = judge_for("raw_api_events", SKEW)
DEAD_LETTERS = judge_for("raw_api_events.dlq", SKEW)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_an_example_is_counted_under_the_verdict_written_beside_it(example: Example) -> None:
    tally = Tally()
    tally.add(EVENTS(Record(0, 0, example.kafka_timestamp_ms, None, example.value)))
    valid = example.verdict in {"quote", "heartbeat"}
    assert tally.kinds == ({example.verdict: 1} if valid else {})
    assert tally.reasons == ({} if valid else {example.verdict: 1})
    assert tally.exit_code(broker_answers=True) == (
        ExitCode.ALL_VALID if valid else ExitCode.SOMETHING_INVALID
    )


def test_a_valid_record_comes_with_its_event() -> None:
    judged = EVENTS(quote(0))
    assert isinstance(judged.message, Quote)
    assert (judged.kind, judged.reason, judged.message.symbol) == ("quote", None, "IBM")


def test_the_skew_is_the_setting() -> None:
    ahead = quote(0)._replace(timestamp_ms=NOW_MS - 1000)
    assert judge_for("t", timedelta(seconds=1))(ahead).reason is None
    assert judge_for("t", timedelta(milliseconds=1))(ahead).reason == "in_future"


@pytest.mark.parametrize(
    "value",
    [
        None,
        b"",
        b"hello",
        b"{}",
        DEAD_LETTER.replace("not_json", "no_reason_at_all").encode(),
        DEAD_LETTER.replace('"offset": 7', '"offset": -7').encode(),
        DEAD_LETTER.replace("}", ', "payload_bytes": 70000}').encode(),
        quote(0).value,
    ],
)
def test_what_is_no_dead_letter_is_invalid_there(value: bytes | None) -> None:
    assert DEAD_LETTERS(record(value)).reason == "bad_dead_letter"


@pytest.mark.parametrize(
    "example",
    [example for example in EXAMPLES if example.verdict not in {"quote", "heartbeat"}],
    ids=lambda example: example.name,
)
def test_the_dead_letter_of_every_refused_example_is_valid(example: Example) -> None:
    refusal = check(example.value, example.kafka_timestamp_ms)
    assert isinstance(refusal, Refusal)
    letter = refused_record(
        refusal, example.value, topic="raw_api_events", partition=0, offset=1,
        kafka_timestamp="2026-01-02T15:04:05.300000Z",
    )  # fmt: skip
    judged = DEAD_LETTERS(record(encode(letter)))
    assert isinstance(judged.message, RefusedRecord)
    assert (judged.reason, judged.kind) == (None, "dead letter")
    tally = Tally()
    tally.add(judged)
    assert tally.refused == {example.verdict: 1}
    assert tally.exit_code(broker_answers=True) == ExitCode.ALL_VALID


@pytest.mark.parametrize(
    ("topic", "name", "reason"),
    [("market_windows", "windows", "bad_window"), ("market_alerts", "alerts", "bad_alert")],
)
def test_windows_and_alerts_are_judged_by_their_own_contracts(
    topic: str, name: str, reason: str
) -> None:
    for example in examples.load_plain(name):
        judged = judge_for(topic, SKEW)(record(example.value))
        assert judged.reason == (None if example.valid else reason), example.name
        assert judged.kind == (name.removesuffix("s") if example.valid else None)


@pytest.mark.parametrize("topic", ["market_windows", "market_alerts"])
@pytest.mark.parametrize("value", [None, b"", b"\xff", b"{}", quote(0).value])
def test_an_event_or_nothing_is_no_window_and_no_alert(topic: str, value: bytes | None) -> None:
    assert judge_for(topic, SKEW)(record(value)).reason is not None
