"""What the providers of trades send, and what it means."""

import json
import math
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producer.feeds.sockets.binance import Binance
from producer.feeds.sockets.finnhub import Finnhub
from producer.feeds.sockets.provider import Message, MessageError, Trade

PAYLOADS = Path(__file__).parent / "payloads"
BINANCE, FINNHUB = Binance("wss://x"), Finnhub("wss://x", "KEY")


def payload(name):
    return (PAYLOADS / f"{name}.json").read_text()


def test_binance_wraps_a_trade_with_its_stream():
    time = datetime(2021, 12, 12, 23, 17, 42, 243000, tzinfo=UTC)
    assert BINANCE.read(payload("binance/trade-combined")) == Message(
        trades=[Trade("ETHUSDT", 4149.74, 0.4387, time, 705291099)]
    )


def test_binance_sends_a_trade_bare():
    time = datetime(2022, 12, 31, 19, 43, 2, 136000, tzinfo=UTC)
    assert BINANCE.read(payload("binance/trade-single")) == Message(
        trades=[Trade("BNBBTC", 0.001, 100.0, time, 12345)]
    )


@pytest.mark.parametrize("wrap", ["{}", '{{"stream": "x", "data": {}}}'])
def test_binance_says_that_it_is_about_to_end(wrap):
    message = BINANCE.read(wrap.format(payload("binance/server-shutdown")))
    assert message == Message(ending=True)


def test_finnhub_sends_several_trades_at_once_some_of_no_volume():
    first = datetime(2022, 12, 29, 21, 21, 27, 195000, tzinfo=UTC)
    second = datetime(2022, 12, 29, 21, 21, 27, 201000, tzinfo=UTC)
    assert FINNHUB.read(payload("finnhub/trade")) == Message(
        trades=[
            Trade("TSLA", 122.1, 1.0, first),
            Trade("TSLA", 122.1, 1.0, first),
            Trade("AAPL", 129.86, 0.0, second),
        ]
    )


def test_finnhub_pings():
    assert FINNHUB.read(payload("finnhub/ping")) == Message()


def test_finnhub_refuses_what_is_too_much():
    message = FINNHUB.read(payload("finnhub/too-many-symbols"))
    assert message == Message(refused="Subscribing to too many symbols")


def test_symbols_are_asked_for_by_the_address_or_by_messages():
    assert (
        BINANCE.url(("BTCUSDT", "ETHUSDT")) == "wss://x/stream?streams=btcusdt@trade/ethusdt@trade"
    )
    assert BINANCE.greeting(("BTCUSDT",)) == []
    assert FINNHUB.url(("IBM",)) == "wss://x?token=KEY"
    assert [json.loads(text) for text in FINNHUB.greeting(("IBM", "AAPL"))] == [
        {"type": "subscribe", "symbol": "IBM"},
        {"type": "subscribe", "symbol": "AAPL"},
    ]


@pytest.mark.parametrize("provider", [BINANCE, FINNHUB])
@given(content=st.one_of(st.binary(), st.text()))
def test_any_content_is_a_message_or_none(provider, content):
    with suppress(MessageError):
        assert isinstance(provider.read(content), Message)


@pytest.mark.parametrize("provider", [BINANCE, FINNHUB])
def test_html_is_none_of_its_messages(provider):
    with pytest.raises(MessageError):
        provider.read("<html>no</html>")


NO_NUMBERS = st.one_of(
    st.none(), st.booleans(), st.lists(st.integers()), st.sampled_from(["", "abc", "nan", "inf"])
)
NO_PRICES = st.one_of(NO_NUMBERS, st.floats(max_value=0, allow_nan=False), st.just(1.1e9))
NO_VOLUMES = st.one_of(NO_NUMBERS, st.floats(max_value=-1e-9, allow_nan=False), st.just(1.1e15))
NO_TIMES = st.one_of(NO_NUMBERS, st.integers(max_value=-1), st.integers(min_value=10**15))
NO_SYMBOLS = st.one_of(
    st.none(), st.integers(), st.sampled_from(["", "ibm", "A B", "A" * 21, "A\n"])
)
MUTATIONS = {"s": NO_SYMBOLS, "p": NO_PRICES, "T": NO_TIMES, "q": NO_VOLUMES, "t": NO_NUMBERS}


@pytest.mark.parametrize("name", sorted(MUTATIONS))
@given(data=st.data())
def test_a_trade_of_binance_with_one_thing_wrong_is_refused(name, data):
    trade = json.loads(payload("binance/trade-single"))
    bad = data.draw(MUTATIONS[name])
    if isinstance(bad, float) and not math.isfinite(bad):
        bad = str(bad)
    trade[name] = bad
    with pytest.raises(MessageError):
        BINANCE.read(json.dumps(trade))
    del trade[name]
    with pytest.raises(MessageError, match=name):
        BINANCE.read(json.dumps(trade))


@pytest.mark.parametrize(
    ("name", "bad"), [("s", NO_SYMBOLS), ("p", NO_PRICES), ("t", NO_TIMES), ("v", NO_VOLUMES)]
)
@given(data=st.data())
def test_a_trade_of_finnhub_with_one_thing_wrong_is_refused(name, bad, data):
    message = json.loads(payload("finnhub/trade"))
    message["data"][1][name] = data.draw(bad)
    with pytest.raises(MessageError):
        FINNHUB.read(json.dumps(message))
    del message["data"][1][name]
    with pytest.raises(MessageError, match=name):
        FINNHUB.read(json.dumps(message))
