"""Every answer that the provider is known to give, and any bytes at all."""

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producer.feeds.alpha_vantage import answers
from producer.feeds.alpha_vantage.answers import Answer
from producer.feeds.alpha_vantage.wordings import Outcome

PAYLOADS = Path(__file__).parent / "payloads"


def read_answer(status, body, asked=None):
    """Read the answer to the call for a symbol, or for the one that the payload names."""
    return answers.read_answer(status, body, asked or ("IBM" if b'"IBM"' in body else "MSFT"))


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("quote", Outcome.QUOTE),
        ("quote-short", Outcome.QUOTE),
        ("quote-delayed-entitlement", Outcome.QUOTE),
        ("unknown-symbol", Outcome.UNKNOWN_SYMBOL),
        ("daily-limit", Outcome.DAILY_LIMIT),
        ("burst-limit", Outcome.BURST_LIMIT),
        ("legacy-note", Outcome.BURST_LIMIT),
        ("bad-key", Outcome.REJECTED),
        ("demo-key", Outcome.REJECTED),
        ("premium", Outcome.REJECTED),
        ("bad-call", Outcome.UNKNOWN_SYMBOL),
        ("invalid-call-of-one-symbol", Outcome.UNKNOWN_SYMBOL),
        ("burst-premium", Outcome.BURST_LIMIT),
        ("day-limit-2023", Outcome.DAILY_LIMIT),
    ],
)
def test_each_known_answer_is_told_apart(name, outcome):
    assert read_answer(200, (PAYLOADS / f"{name}.json").read_bytes()).outcome is outcome


def test_there_is_a_payload_of_each_kind():
    assert len(list(PAYLOADS.glob("*.json"))) == 14


def test_a_quote_has_its_price_volume_and_day():
    answer = read_answer(200, (PAYLOADS / "quote.json").read_bytes())
    assert answer == Answer(Outcome.QUOTE, price=112.13, volume=29062853.0, as_of=date(2018, 10, 5))


def test_a_short_quote_has_no_day():
    answer = read_answer(200, (PAYLOADS / "quote-short.json").read_bytes())
    assert (answer.price, answer.volume, answer.as_of) == (184.5, 120543.0, None)


@pytest.mark.parametrize("name", ["daily-limit", "burst-limit", "bad-key"])
@pytest.mark.parametrize("key", [b"Note", b"Information", b"Error Message"])
def test_a_message_means_the_same_under_each_name(name, key):
    body = (PAYLOADS / f"{name}.json").read_bytes()
    moved = body
    for other in (b"Note", b"Information", b"Error Message"):
        moved = moved.replace(b'"' + other + b'":', b'"' + key + b'":', 1)
    assert read_answer(200, moved).outcome is read_answer(200, body).outcome


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b'{"Global Quote": {"05. price": "1"}}'),
        (429, b"{}"),
        (200, b"<html>502 Bad Gateway</html>"),
        (200, b""),
        (200, b"[]"),
        (200, b'{"Note": "\xff"}'),
        (200, b"[" * 5000),
    ],
)
def test_what_is_no_answer_is_unavailable(status, body):
    answer = read_answer(status, body)
    assert answer.outcome is Outcome.UNAVAILABLE
    assert answer.message


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"{}", "nothing known: {}"),
        (b'{"Global Quote": {"05. price": "None"}}', "a quote without a price"),
        (b'{"Global Quote": {"05. price": "-1"}}', "a quote without a price"),
        (b'{"Global Quote": {"05. price": "NaN"}}', "a quote without a price"),
        (b'{"Global Quote": {"05. price": 184.5}}', "a quote without a price"),
        (b'{"Global Quote": [], "Note": "something new"}', "something new"),
        (b'{"Information": "something new"}', "something new"),
        (b'{"Information": 7}', "nothing known: {'Information': 7}"),
    ],
)
def test_an_answer_with_neither_a_quote_nor_known_words_is_not_understood(body, words):
    answer = read_answer(200, body)
    assert answer.outcome is Outcome.NOT_UNDERSTOOD
    assert words in answer.message


def test_a_limit_beside_an_empty_quote_is_a_limit_and_the_symbol_is_not_unknown():
    body = b'{"Global Quote": {}, "Information": "The limit is 25 requests per day."}'
    assert read_answer(200, body).outcome is Outcome.DAILY_LIMIT


def test_a_quote_beside_words_is_a_quote():
    body = b'{"Information": "25 requests per day", "Global Quote": {"05. price": "7"}}'
    assert read_answer(200, body) == Answer(Outcome.QUOTE, price=7.0)


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ("IBM", "IBM"), ("IBM", "ibm"), ("BRK.B", "BRK-B"), ("BRK-B", "BRK.B"), ("BRK.B", "brk/b"),
        ("BRK-B", " BRK B "), ("TSCO.LON", "TSCO.LON"), ("600104.SHH", "600104.shh"),
    ],
)  # fmt: skip
def test_a_symbol_may_be_written_in_another_way(asked, named):
    answer = read_answer(200, mutated(**{"01. symbol": named}), asked)
    assert (answer.outcome, answer.price) == (Outcome.QUOTE, 112.13)


@pytest.mark.parametrize(
    ("asked", "named"),
    [("IBM", "MSFT"), ("IBM", "IBM.LON"), ("BRK.B", "BRK.A"), ("FB", "META"), ("IBM", ["IBM"])],
)
def test_a_quote_of_another_symbol_is_none_of_this_one(asked, named):
    answer = read_answer(200, mutated(**{"01. symbol": named}), asked)
    assert answer.outcome is Outcome.OTHER_SYMBOL
    assert answer.message == f"asked for {asked}, got a quote of {named!r}"


@pytest.mark.parametrize("named", ["", None])
def test_a_quote_may_name_no_symbol(named):
    assert read_answer(200, mutated(**{"01. symbol": named}), "IBM").outcome is Outcome.QUOTE


@given(st.binary(max_size=300))
def test_any_bytes_get_an_outcome(body):
    assert isinstance(read_answer(200, body), Answer)


QUOTE = json.loads((PAYLOADS / "quote.json").read_bytes())["Global Quote"]
NO_NUMBER = st.sampled_from(["", "None", "NaN", "inf", "1,5", 7, None, True, [], {}])
NO_PRICE = NO_NUMBER | st.sampled_from(["0", "-1", "1e10"])
NO_VOLUME = NO_NUMBER | st.sampled_from(["-1", "1e16"])
NO_DAY = st.sampled_from(["", "2026-02-30", "02/01/2026", 20260102, None])


def mutated(**fields):
    return json.dumps({"Global Quote": QUOTE | fields}).encode()


@given(st.data())
def test_a_quote_with_one_thing_wrong(data):
    wrong_price = mutated(**{"05. price": data.draw(NO_PRICE)})
    assert read_answer(200, wrong_price).outcome is Outcome.NOT_UNDERSTOOD
    without_volume = read_answer(200, mutated(**{"06. volume": data.draw(NO_VOLUME)}))
    assert (without_volume.outcome, without_volume.volume) == (Outcome.QUOTE, None)
    without_day = read_answer(200, mutated(**{"07. latest trading day": data.draw(NO_DAY)}))
    assert (without_day.outcome, without_day.as_of) == (Outcome.QUOTE, None)


@given(st.integers(min_value=0))
def test_a_quote_that_is_cut_off(length):
    whole = mutated()
    assert read_answer(200, whole[: length % len(whole)]).outcome is Outcome.UNAVAILABLE
