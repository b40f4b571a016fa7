"""Every example gets its verdict, and the decoder never decides what the rules would not."""

import json
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import examples
from contracts.check import MAX_BYTES, Refusal, _by_the_rules, check
from contracts.event import Heartbeat, Quote, encode
from contracts.examples import Example
from contracts.reasons import Reason
from contracts.times import epoch_us

EXAMPLES = examples.load()
NOW_MS = EXAMPLES[0].kafka_timestamp_ms


def verdict(value: bytes | None, skew: timedelta = timedelta(seconds=60)) -> str:
    found = check(value, NOW_MS, skew)
    if isinstance(found, Refusal):
        return found.reason
    return "quote" if isinstance(found, Quote) else "heartbeat"


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_an_example_gets_the_verdict_written_beside_it(example: Example) -> None:
    assert verdict(example.value) == example.verdict


def test_there_is_an_example_of_every_verdict() -> None:
    assert {example.verdict for example in EXAMPLES} == {"quote", "heartbeat", *Reason}


def test_the_values_of_an_event_come_out_as_they_went_in() -> None:
    found = check(EXAMPLES[0].value, NOW_MS)
    assert found == Quote(
        schema_version=1,
        event_id="a1-0",
        symbol="IBM",
        price=184.5,
        volume=120543.0,
        event_time="2026-01-02T15:04:05.000000Z",
        ingest_time="2026-01-02T15:04:05.250000Z",
        source="synthetic",
    )


def test_what_only_the_rules_accept_comes_out_typed() -> None:
    text = EXAMPLES[0].value.decode().replace('"price": 184.5', '"price": "x", "price": 184')
    found = check(text.encode(), NOW_MS)
    assert isinstance(found, Quote)
    assert found.price == 184.0
    assert isinstance(found.price, float)


def test_the_skew_is_a_setting() -> None:
    ahead = EXAMPLES[0].value.replace(b"15:04:05.000000Z", b"15:04:07.000000Z", 1)
    assert verdict(ahead, timedelta(seconds=1)) == Reason.IN_FUTURE
    assert verdict(ahead, timedelta(seconds=2)) == "quote"


def test_a_refusal_says_what_was_found_in_one_short_line() -> None:
    for example in EXAMPLES:
        found = check(example.value, NOW_MS)
        if isinstance(found, Refusal):
            assert found.detail
            assert len(found.detail) < 250
            assert "\n" not in found.detail


# Values that each type of member may hold, the bad ones among them.
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=24),
    st.sampled_from(["quote", "heartbeat", "IBM", "a1-7", "2026-01-02T15:04:05.000000Z", "replay"]),
)
GOOD = {
    "schema_version": 1,
    "kind": "quote",
    "event_id": "a1-0",
    "symbol": "IBM",
    "price": 184.5,
    "volume": None,
    "event_time": "2026-01-02T15:04:05.000000Z",
    "ingest_time": "2026-01-02T15:04:05.000000Z",
    "source": "replay",
    "as_of": "2026-01-02",
}


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    event = dict(GOOD)
    for name in draw(st.lists(st.sampled_from(list(GOOD)), max_size=3)):
        if draw(st.booleans()):
            event.pop(name, None)
        else:
            event[name] = draw(SCALARS)
    return json.dumps(event, ensure_ascii=draw(st.booleans())).encode(errors="surrogatepass")


@given(mutated())
def test_the_decoder_and_the_rules_agree(value: bytes) -> None:
    if check(value, NOW_MS) != (by_rules := _by_the_rules_of(value)):
        raise AssertionError((check(value, NOW_MS), by_rules))


def _by_the_rules_of(value: bytes) -> object:
    try:
        value.decode()
    except UnicodeDecodeError:
        return check(value, NOW_MS)
    return _by_the_rules(value, (NOW_MS + 60_000) * 1000)


@given(st.binary(max_size=200) | st.binary(min_size=MAX_BYTES, max_size=MAX_BYTES + 2))
def test_any_bytes_get_a_verdict(value: bytes) -> None:
    assert isinstance(check(value, NOW_MS), Quote | Heartbeat | Refusal)


@given(
    price=st.floats(min_value=0, max_value=1e9, exclude_min=True),
    volume=st.none() | st.floats(min_value=0, max_value=1e15),
    symbol=st.from_regex(r"[A-Z0-9][A-Z0-9.\-]{0,19}", fullmatch=True),
    sequence=st.integers(0, 10**18 - 1),
    moment=st.datetimes(
        min_value=__import__("datetime").datetime(1970, 1, 1),
        max_value=__import__("datetime").datetime(2026, 1, 2),
    ),
)
def test_what_is_encoded_is_checked_back_unchanged(
    price: float, volume: float | None, symbol: str, sequence: int, moment: object
) -> None:
    time = moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")  # type: ignore[attr-defined]
    quote = Quote(
        schema_version=1, event_id=f"run-{sequence}", symbol=symbol, price=price, volume=volume,
        event_time=time, ingest_time=time, source="replay",
    )  # fmt: skip
    assert check(encode(quote), NOW_MS) == quote
    assert msgspec.json.decode(encode(quote))["kind"] == "quote"
    assert epoch_us(time) >= 0
