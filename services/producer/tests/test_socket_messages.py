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


def lines(name):
    return (PAYLOADS / f"{name}.jsonl").read_text().splitlines()


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


def test_binance_says_so_in_its_first_message_too():
    message = BINANCE.read(payload("binance/server-shutdown-first-message"))
    assert message == Message(ending=True)


def test_binance_sends_a_number_under_which_nothing_was_traded():
    found = [BINANCE.read(line).trades[0] for line in lines("binance/empty-trade-NA")]
    assert [(it.number, it.price, it.volume) for it in found] == [
        (100, 2.2, 5.0),
        (101, 0.0, 0.0),
        (102, 2.21, 7.0),
    ]


@pytest.mark.parametrize("wrong", [{"q": "1"}, {"q": "1", "X": "MARKET"}])
def test_binance_sells_nothing_for_nothing(wrong):
    trade = json.loads(payload("binance/trade-single"))
    with pytest.raises(MessageError, match="a price of 0"):
        BINANCE.read(json.dumps(trade | {"p": "0.00000000"} | wrong))


def test_binance_has_symbols_outside_ascii():
    time = datetime(2025, 11, 26, 9, 40, tzinfo=UTC)
    assert BINANCE.read(payload("binance/non-ascii-symbol")) == Message(
        trades=[Trade("币安人生USDT", 0.1, 1.0, time, 1)]
    )
    assert str(BINANCE.url(("币安人生USDT", "A&B"))) == (
        "wss://x/stream?streams=%E5%B8%81%E5%AE%89%E4%BA%BA%E7%94%9Fusdt@trade/a%26b@trade"
    )


def test_a_symbol_comes_in_the_form_in_which_it_was_asked_for():
    trade = json.loads(payload("binance/trade-single"))
    decomposed = "\u1100\u1161USDT"  # two letters of a Korean syllable
    message = BINANCE.read(json.dumps(trade | {"s": decomposed}))
    assert message.trades[0].symbol == "\uac00USDT"


SYMBOLS = st.lists(st.text("ABC019币安.:^", min_size=1, max_size=32), unique=True, max_size=2500)


@given(symbols=SYMBOLS)
def test_binance_is_asked_for_every_symbol_by_addresses_that_are_short_enough(symbols):
    groups = BINANCE.split(tuple(symbols))
    assert [symbol for group in groups for symbol in group] == symbols
    assert all(1 <= len(group) <= 1024 for group in groups)
    assert all(len(str(BINANCE.url(group))) <= 8000 for group in groups)


def test_no_more_connections_are_made_than_addresses_take():
    four = tuple(f"S{number:03}" for number in range(1000))  # 11 characters each in the address
    assert [len(group) for group in BINANCE.split(four)] == [725, 275]
    chinese = tuple(f"币安人生{number}" for number in range(1000, 1400))  # 47 characters each
    assert [len(group) for group in BINANCE.split(chinese)] == [169, 169, 62]
    assert FINNHUB.split(four) == [four]


def test_no_symbols_are_no_connections():
    assert BINANCE.split(()) == []


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
    assert message == Message(refused=["Subscribing to too many symbols"])


def test_one_odd_trade_of_finnhub_costs_one_trade():
    message = FINNHUB.read(payload("finnhub/one-odd-trade-among-good"))
    assert [(it.symbol, it.price, it.volume) for it in message.trades] == [
        ("AAPL", 185.1, 10.0),
        ("AAPL", 185.2, 5.0),
    ]
    (why,) = message.refused
    assert why.startswith("a trade that cannot be used: Expected `float` > 0")


def test_what_finnhub_says_does_not_show_the_key():
    assert FINNHUB.read('{"type": "error", "msg": "no such token: KEY"}').refused == [
        "no such token: ***"
    ]


@pytest.mark.parametrize(
    ("conditions", "is_price"),
    [
        (["1"], True),  # regular
        (["1", "8", "24", "12"], True),  # swept, outside the session, an odd lot: at the market
        (["1", "19"], True),  # the opening trade
        (["1", "36"], True),  # the closing trade
        (["1", "16"], False),  # the official close: the closing trade told once more
        (["1", "20"], False),  # the official open
        (["1", "3"], False),  # an average price
        (["24", "25"], False),  # out of sequence
        (["1", "12", "30"], False),
        (["32"], False),  # derivatively priced
        (["1", "37"], False),  # one leg of several
        (["1", "9"], False),  # bunched, out of sequence
        ([37], False),
        ([1, None, {}], True),
        ("37", True),
        ({}, True),
        ([], True),
        (None, True),
    ],
)
def test_a_trade_of_finnhub_that_was_not_made_at_the_markets_price_is_none_of_its_prices(
    conditions, is_price
):
    trade = {"s": "IBM", "p": 7.0, "v": 1, "t": 1, "c": conditions}
    message = FINNHUB.read(json.dumps({"type": "trade", "data": [trade]}))
    assert (len(message.trades), message.off_market) == ((1, 0) if is_price else (0, 1))
    assert message.refused == []


def test_the_same_trade_of_finnhub_three_times_is_three_trades():
    found = [FINNHUB.read(line).trades for line in lines("finnhub/each-trade-three-times")]
    assert [[it.price for it in trades] for trades in found] == [[284.45]] * 3


def test_symbols_are_asked_for_by_the_address_or_by_messages():
    assert (
        str(BINANCE.url(("BTCUSDT", "ETHUSDT")))
        == "wss://x/stream?streams=btcusdt@trade/ethusdt@trade"
    )
    assert BINANCE.subscriptions(("BTCUSDT",)) == []
    assert str(FINNHUB.url(("IBM",))) == "wss://x/?token=KEY"
    symbols = ("IBM", "BINANCE:BTCUSDT", "OANDA:EUR_USD")
    assert [json.loads(text) for text in FINNHUB.subscriptions(symbols)] == [
        {"type": "subscribe", "symbol": "IBM"},
        {"type": "subscribe", "symbol": "BINANCE:BTCUSDT"},
        {"type": "subscribe", "symbol": "OANDA:EUR_USD"},
    ]


def test_whatever_is_in_a_key_or_an_address_stays_as_it_is():
    provider = Finnhub("wss://x/path?plan=a", "A+B&C=D#E")
    assert dict(provider.url(("IBM",)).query) == {"plan": "a", "token": "A+B&C=D#E"}


@pytest.mark.parametrize("provider", [BINANCE, FINNHUB])
@given(content=st.one_of(st.binary(), st.text()))
def test_any_content_is_a_message_or_none(provider, content):
    with suppress(MessageError):
        assert isinstance(provider.read(content), Message)


@pytest.mark.parametrize("provider", [BINANCE, FINNHUB])
@pytest.mark.parametrize("text", ["<html>no</html>", "[" * 100_000, '{"a":' * 100_000])
def test_what_is_none_of_its_messages_is_refused(provider, text):
    with pytest.raises(MessageError):
        provider.read(text)


NO_NUMBERS = st.one_of(
    st.none(), st.booleans(), st.lists(st.integers()), st.sampled_from(["", "abc", "nan", "inf"])
)
NO_PRICES = st.one_of(NO_NUMBERS, st.floats(max_value=0, allow_nan=False), st.just(1.1e9))
NO_VOLUMES = st.one_of(NO_NUMBERS, st.floats(max_value=-1e-9, allow_nan=False), st.just(1.1e15))
NO_TIMES = st.one_of(NO_NUMBERS, st.integers(max_value=-1), st.integers(min_value=10**15))
NO_SYMBOLS = st.one_of(st.none(), st.integers(), st.lists(st.text()))
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
def test_a_trade_of_finnhub_with_one_thing_wrong_costs_itself_only(name, bad, data):
    message = json.loads(payload("finnhub/trade"))
    good = FINNHUB.read(json.dumps(message)).trades
    drawn = data.draw(bad)
    infinite = isinstance(drawn, float) and not math.isfinite(drawn)  # that is no JSON
    message["data"][1][name] = str(drawn) if infinite else drawn
    found = FINNHUB.read(json.dumps(message))
    assert found.trades == [good[0], good[2]]
    assert len(found.refused) == 1
    del message["data"][1][name]
    found = FINNHUB.read(json.dumps(message))
    assert found.trades == [good[0], good[2]]
    assert f"`{name}`" in found.refused[0]


@given(st.lists(st.sampled_from([None, 7, "trade", [], {}, {"s": "IBM"}]), max_size=5))
def test_whatever_finnhub_has_among_its_trades_costs_itself_only(odd):
    trade = json.loads(payload("finnhub/trade"))["data"][0]
    message = FINNHUB.read(json.dumps({"type": "trade", "data": [*odd, trade]}))
    assert (len(message.trades), len(message.refused)) == (1, len(odd))
