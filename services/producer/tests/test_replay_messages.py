"""Messages that were recorded as they came, each in an envelope."""

import json
from datetime import UTC, datetime

import pytest
from recordings import read, recording, values

from contracts.settings import SettingError

TRADE = {"e": "trade", "E": 1_704_205_800_009, "s": "BTCUSDT", "t": 7, "p": "42283.58", "q": "0.1",
         "T": 1_704_205_800_000, "m": True}  # fmt: skip
ROW = (datetime(2024, 1, 2, 14, 30, tzinfo=UTC), "BTCUSDT", 42_283.58, 0.1)
NEXT, LAST = TRADE | {"t": 8}, TRADE | {"t": 9}
WRAPPED = {"stream": "btcusdt@trade", "data": TRADE}
QUOTE = {"symbol": "BTCUSDT", "price": 42_283.58, "volume": 0.1, "event_time": "2024-01-02T14:30Z"}


def file(tmp_path, *messages):
    path = tmp_path / "a.jsonl"
    path.write_text("".join(f"{json.dumps(it)}\n" for it in messages))
    return path


@pytest.mark.parametrize(
    "message",
    [
        TRADE,
        WRAPPED,
        {"partition": 0, "offset": 12, "kind": "quote", "value": QUOTE},
        {"payload": QUOTE, "topic": "quotes"},
        QUOTE | {"data": {"raw": TRADE}},
    ],
    ids=range(5),
)
def test_a_row_is_found_in_its_envelope(tmp_path, message):
    assert values(file(tmp_path, message)) == [ROW]
    assert values(file(tmp_path, [message])) == [ROW]


def test_messages_with_an_envelope_and_without_go_together(tmp_path):
    assert values(file(tmp_path, WRAPPED, NEXT, WRAPPED | {"data": LAST})) == [ROW] * 3
    assert values(file(tmp_path, NEXT, WRAPPED)) == [ROW] * 2


def test_other_messages_are_bad_rows(tmp_path):
    others = [{"result": None, "id": 1}, {"e": "serverShutdown", "E": 1}, WRAPPED | {"data": "x"}]
    messages = others[0], WRAPPED, *others[1:], WRAPPED | {"data": NEXT}
    rows, bad, counts = read(file(tmp_path, *messages))
    assert [row.line for row in rows] == [2, 5]
    assert [(it.line, it.why) for it in bad] == [
        (1, "time is ''"),
        (3, "its 'e' is 'serverShutdown', and that of rows 'trade'"),
        (4, "time is ''"),
    ]
    assert (counts.read, counts.rows, counts.bad_row) == (5, 2, 3)


@pytest.mark.parametrize("wrapped", [False, True])
@pytest.mark.parametrize("as_array", [False, True])
def test_a_trade_counts_once_where_several_streams_tell_it(tmp_path, wrapped, as_array):
    # Aggregated trades are trades once more, and a mark price is none: its T is the next funding's.
    aggregated = {name: it for name, it in TRADE.items() if name != "t"} | {"e": "aggTrade", "a": 5}
    mark_price = {"e": "markPriceUpdate", "E": TRADE["E"], "s": "BTCUSDT", "p": "42283.6",
                  "i": "42283.7", "r": "0.0001", "T": TRADE["T"] + 3_600_000}  # fmt: skip
    messages = [aggregated, mark_price, TRADE]
    if wrapped:
        messages = [{"stream": "a stream", "data": it} for it in messages]
    rows, bad, _ = read(file(tmp_path, messages) if as_array else file(tmp_path, *messages))
    assert [(row.line, row.price, row.volume) for row in rows] == [(3, 42_283.58, 0.1)]
    assert [it.why.partition(",")[0] for it in bad] == [
        "its 'e' is 'aggTrade'",
        "its 'e' is 'markPriceUpdate'",
    ]


def test_what_is_in_an_envelope_is_not_guessed_at(tmp_path):
    # Which symbol it is of stands in the channel's name only: one file may have several.
    message = {"channel": "live_trades_btcusd", "data": {"timestamp": 1_704_205_800, "price": 42}}
    path = file(tmp_path, message)
    with pytest.raises(SettingError) as told:
        recording(path, ("BTCUSD",))
    assert str(told.value) == (
        f"REPLAY_FILE: {path} has no column for time and price: it has 'channel', 'data {{}}';"
        " takes one of them by REPLAY_COLUMNS=time=NAME,price=NAME"
    )


@pytest.mark.parametrize("wrapped", [False, True])
def test_candles_that_are_not_over_are_told_as_such(tmp_path, wrapped):
    # Each message has the volume so far.
    kline = {"e": "kline", "s": "BTCUSDT", "k": {"t": 1_704_205_800_000, "c": "1", "v": "2"}}
    message = {"stream": "btcusdt@kline_1m", "data": kline} if wrapped else kline
    path = file(tmp_path, message, message)
    with pytest.raises(SettingError) as told:
        recording(path, ("BTCUSDT",))
    assert str(told.value) == (
        f"REPLAY_FILE: {path} looks like Binance's stream of klines, each many times before it is"
        " over: takes trades, or klines as Binance's files have them"
    )


KLINE = {"t": 1_704_205_740_000, "T": 1_704_205_799_999, "s": "BTCUSDT", "i": "1m", "f": 1, "L": 2,
         "o": "1", "c": "42283.58", "h": "1", "l": "1", "v": "0.1", "n": 2, "x": False, "q": "1",
         "V": "1", "Q": "1"}  # fmt: skip
BYBIT_KLINE = {"start": 1_704_205_740_000, "interval": "1", "close": "42283.58", "volume": "0.1",
               "confirm": False, "timestamp": 1_704_205_800_000}  # fmt: skip


def bybit(*klines):
    return {"topic": "kline.1.BTCUSDT", "data": klines, "type": "snapshot"}


def kraken(*candles):
    return {"channel": "ohlc", "type": "update", "data": candles}


@pytest.mark.parametrize(
    "message",
    [
        KLINE,
        bybit(BYBIT_KLINE),
        kraken({"symbol": "BTC/USD", "close": 42_283.58, "volume": 0.1, "interval": 1,
                "interval_begin": "2024-01-02T14:29Z", "timestamp": "2024-01-02T14:30Z"}),
    ],
    ids=["Binance", "Bybit", "Kraken"],
)  # fmt: skip
def test_candles_that_come_many_times_are_refused(tmp_path, message):
    with pytest.raises(SettingError) as told:
        recording(file(tmp_path, message, message), ("BTCUSDT",))
    assert str(told.value) == (
        "REPLAY_FILE: the rows look like a stream of candles, each many times before it is"
        " over; takes trades, or candles that are over"
    )


@pytest.mark.parametrize("message", [KLINE | {"x": True}, bybit(BYBIT_KLINE | {"confirm": True})])
def test_candles_that_are_over_are_rows(tmp_path, message):
    (row,) = values(file(tmp_path, message), ("BTCUSDT",))
    assert row[1:] == ROW[1:]


def test_rows_are_found_in_arrays_within_arrays(tmp_path):
    trade = {
        "product_id": "BTCUSDT",
        "price": "42283.58",
        "size": "0.1",
        "time": QUOTE["event_time"],
    }
    events = [{"type": "snapshot", "trades": [trade]}, {"type": "update", "trades": [trade]}]
    message = {"channel": "market_trades", "timestamp": "2024-01-02T14:30:01Z", "events": events}
    assert values(file(tmp_path, message, message)) == [ROW] * 4


def test_arrays_within_arrays_whose_values_have_no_names_are_not_all_of_one_symbol(tmp_path):
    messages = [[0, [["42283.58", "0.1", "1704205800.1"]], "trade", it] for it in ("XBT", "ETH")]
    with pytest.raises(SettingError, match=r"has no column '[13]', .* it has '1 {}'$"):
        recording(file(tmp_path, *messages), ("XBT",), {"price": "1", "time": "3"})


MATCH = {"type": "match", "trade_id": 7, "product_id": "BTCUSDT", "price": "42283.58",
         "size": "0.1", "time": "2024-01-02T14:30:00Z"}  # fmt: skip
TICKER = {"type": "ticker", "trade_id": 7, "product_id": "BTCUSDT", "price": "42283.58",
          "last_size": "0.1", "volume_24h": "9", "time": "2024-01-02T14:30:00Z"}  # fmt: skip
OANDA = {
    "instrument": "EUR_USD", "granularity": "M1",
    "candles": [
        {"complete": True, "volume": 20, "time": "2024-01-02T14:30:00.000000000Z",
         "mid": {"o": "1.1", "h": "1.3", "l": "1.0", "c": "1.2"}},
        {"complete": True, "volume": 25, "time": "2024-01-02T14:31:00.000000000Z",
         "mid": {"o": "1.2", "h": "1.3", "l": "1.1", "c": "1.25"}},
    ],
}  # fmt: skip


@pytest.mark.parametrize("form", ["document", "lines", "CSV"])
def test_prices_of_oanda_stand_within_a_member(tmp_path, form):
    path = tmp_path / "a"
    candles = OANDA["candles"]
    if form == "lines":
        path.write_text("\n".join(map(json.dumps, candles)))
    elif form == "CSV":  # as `pandas.json_normalize` gives them
        rows = [f"{it['volume']},{it['time']},{','.join(it['mid'].values())}" for it in candles]
        path.write_text("\n".join(["volume,time,mid.o,mid.h,mid.l,mid.c", *rows, rows[-1]]))
    else:
        path.write_text(json.dumps(OANDA))
    rows, bad, _ = read(path, () if form == "document" else ("EUR_USD",))
    assert [(row.time.minute, row.symbol, row.price, row.volume) for row in rows] == [
        (30, "EUR_USD", 1.2, 20.0),
        (31, "EUR_USD", 1.25, 25.0),
    ]
    assert [it.why for it in bad] == ["it is the same bar once more"] * (form == "CSV")


@pytest.mark.parametrize("between", ["", " ", "\n", "\n\n"])
@pytest.mark.parametrize("indent", [None, 1])
def test_objects_side_by_side_are_rows(tmp_path, between, indent):
    # As Firehose writes them, and who appends without an end of the line.
    rows = [
        {"time": f"2024-01-02T14:30:{n:02}Z", "symbol": "AAPL", "price": n + 1} for n in range(9)
    ]
    (tmp_path / "a").write_text(between.join(json.dumps(it, indent=indent) for it in rows))
    taken, bad, counts = read(tmp_path / "a")
    assert ([row.price for row in taken], bad, counts.rows) == ([*range(1, 10)], [], 9)


def test_a_document_that_is_no_row_is_not_built_as_one(tmp_path):
    # It may be larger than memory.
    document = {"time": "2024-01-02", "symbol": "AAPL", "price": 1, "others": [0] * 1000}
    (tmp_path / "a").write_text(json.dumps(document, indent=1))
    with pytest.raises(SettingError, match="no column for time and price"):
        read(tmp_path / "a")


@pytest.mark.parametrize(
    "time", [{"$date": "2024-01-02T14:30:00Z"}, {"$date": {"$numberLong": "1704205800000"}}]
)
def test_values_of_mongodb_stand_within_their_types(tmp_path, time):
    row = {
        "_id": {"$oid": "65"},
        "time": time,
        "symbol": "AAPL",
        "price": {"$numberDecimal": "1.5"},
    }
    for text in (json.dumps(row), json.dumps([row], indent=1)):
        (tmp_path / "a").write_text(text)
        (row_taken,), bad, _ = read(tmp_path / "a")
        assert bad == []
        assert row_taken.time == datetime(2024, 1, 2, 14, 30, tzinfo=UTC)
        assert (row_taken.symbol, row_taken.price) == ("AAPL", 1.5)


def test_what_stands_within_a_member_may_be_named(tmp_path):
    text = json.dumps(OANDA).replace('"mid"', '"bid"')
    (tmp_path / "a").write_text(text)
    with pytest.raises(SettingError, match=r"no column for price: it has .*'bid.l', 'bid.c'"):
        read(tmp_path / "a")
    rows, _, _ = read(tmp_path / "a", (), {"price": "bid.c"})
    assert [row.price for row in rows] == [1.2, 1.25]


ALPACA = {"T": "t", "S": "BTCUSDT", "i": 7, "p": 42283.58, "s": 0.1, "t": "2024-01-02T14:30:00Z"}
ALPACA_BAR = {"T": "b", "S": "BTCUSDT", "c": 42283.58, "v": 0.1, "t": "2024-01-02T14:30:00Z",
              "o": 1, "h": 1, "l": 1}  # fmt: skip
TRADIER = {"type": "trade", "symbol": "BTCUSDT", "price": "42283.58", "size": "0.1",
           "date": "1704205800000", "last": "42283.58"}  # fmt: skip
POLYGON = {"ev": "T", "sym": "BTCUSDT", "i": "7", "x": 4, "p": 42283.58, "s": 0.1,
           "t": 1_704_205_800_000}  # fmt: skip


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize(
    ("trade", "another", "kind"),
    [
        (MATCH, TICKER, "'type' is 'ticker'"),
        (MATCH, MATCH | {"type": "last_match"}, "'type' is 'last_match'"),
        # An order that is none, or no longer, has a price as well.
        (MATCH, MATCH | {"type": "received", "price": "1"}, "'type' is 'received'"),
        (TRADIER, TRADIER | {"type": "tradex"}, "'type' is 'tradex'"),
        (ALPACA, ALPACA_BAR, "'T' is 'b'"),
        (ALPACA_BAR, ALPACA_BAR | {"T": "u"}, "'T' is 'u'"),
        (ALPACA_BAR, ALPACA_BAR | {"T": "d", "v": 999}, "'T' is 'd'"),
        (POLYGON, POLYGON | {"ev": "XA"}, "'ev' is 'XA'"),
    ],
)
def test_a_trade_counts_once_where_messages_of_several_kinds_tell_it(
    tmp_path, trade, another, kind, first
):
    messages = [[trade, another], [another, trade]][first]
    for path in (file(tmp_path, *messages), file(tmp_path, messages)):
        rows, (bad,), _ = read(path)
        assert [(row.time, row.symbol, row.price, row.volume) for row in rows] == [ROW]
        assert bad.why.startswith(f"its {kind}, and that of rows")


@pytest.mark.parametrize(
    ("trade", "other"),
    [
        (MATCH, MATCH | {"type": "received", "price": "1"}),
        (MATCH, MATCH | {"type": "open", "price": "1"}),
        (TRADE, TRADE | {"e": "markPriceUpdate", "p": "1"}),
        (TRADE, TRADE | {"e": "executionReport", "X": "NEW", "p": "1"}),
        (ALPACA, ALPACA | {"T": "x"}),
    ],
)
def test_messages_that_are_no_trades_are_no_rows_however_late_a_trade_comes(tmp_path, trade, other):
    for messages in ([other] * 10_001 + [trade], [[other] * 10_001 + [trade]]):
        rows, bad, _ = read(file(tmp_path, *messages))
        assert [(row.line, row.price, row.volume) for row in rows] == [(10_002, 42_283.58, 0.1)]
        assert len(bad) == 10_001


def test_a_file_of_orders_alone_has_no_row(tmp_path):
    with pytest.raises(
        SettingError, match="line 1: its 'type' is 'open', and that of rows 'match'"
    ):
        recording(file(tmp_path, *[MATCH | {"type": "open"}] * 2))


def test_tickers_alone_are_rows(tmp_path):
    tickers = TICKER, TICKER | {"trade_id": 8}
    assert values(file(tmp_path, *tickers)) == [(*ROW[:3], None)] * 2


def test_tickers_of_binance_are_their_last_price_and_not_its_change(tmp_path):
    mini = {"e": "24hrMiniTicker", "E": 1_704_205_800_000, "s": "BTCUSDT", "c": "42283.58",
            "o": "42000.1", "h": "42300", "l": "41000", "v": "9000.5", "q": "3e8"}  # fmt: skip
    whole = mini | {"e": "24hrTicker", "p": "283.48", "P": "0.675", "w": "42100", "Q": "0.1"}
    for ticker in (mini, whole):
        assert values(file(tmp_path, ticker)) == [(*ROW[:3], None)]


OKX = {"instId": "BTCUSDT", "px": "42283.58", "sz": "0.1", "ts": "1704205800000"}
KRAKEN = {"symbol": "BTCUSDT", "price": 42283.58, "qty": 0.1, "timestamp": "2024-01-02T14:30:00Z"}
BYBIT = {"T": 1_704_205_800_000, "s": "BTCUSDT", "S": "Buy", "v": "0.1", "p": "42283.58"}
BITMEX = {"timestamp": "2024-01-02T14:30Z", "symbol": "BTCUSDT", "size": 0.1, "price": 42283.58}
CRYPTO_COM = {"d": "7", "t": 1_704_205_800_000, "p": "42283.58", "q": "0.1", "s": "BUY",
              "i": "BTCUSDT"}  # fmt: skip


def okx(channel, row):
    return {"arg": {"channel": channel, "instId": "BTCUSDT"}, "data": [row]}


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize(
    ("trades", "others"),
    [
        (okx("trades", OKX),
         okx("tickers", {"instId": "BTCUSDT", "last": "1", "lastSz": "2", "ts": "1704205800000"})),
        ({"channel": "trade", "data": [KRAKEN]},
         {"channel": "ticker", "data": [{"symbol": "BTCUSDT", "last": 1, "volume": 9,
                                         "timestamp": "2024-01-02T14:30:00Z"}]}),
        ({"topic": "publicTrade.BTCUSDT", "data": [BYBIT]},
         {"topic": "kline.1.BTCUSDT", "data": [{"start": 1, "close": "1", "volume": "4",
                                                "timestamp": 1_704_205_800_001}]}),
        ({"table": "trade", "data": [BITMEX]},
         {"table": "instrument", "data": [{"timestamp": "2024-01-02T14:30Z", "symbol": "BTCUSDT",
                                           "lastPrice": 1, "volume": 9}]}),
        ({"method": "subscribe", "result": {"channel": "trade", "data": [CRYPTO_COM]}},
         {"method": "subscribe", "result": {"channel": "ticker", "data": [
             {"i": "BTCUSDT", "a": "1", "t": 1_704_205_800_000}]}}),
    ],
    ids=["OKX", "Kraken", "Bybit", "BitMEX", "Crypto.com"],
)  # fmt: skip
def test_rows_are_those_of_the_channel_of_trades(tmp_path, trades, others, first):
    rows, (bad,), _ = read(file(tmp_path, *[[trades, others], [others, trades]][first]))
    assert [(row.time, row.symbol, row.price, row.volume) for row in rows] == [ROW]
    assert bad.why.startswith("its channel is '")


def test_of_two_channels_of_trades_one_has_the_rows(tmp_path):
    rows, (bad,), _ = read(file(tmp_path, okx("trades", OKX), okx("trades-all", OKX)))
    assert len(rows) == 1
    assert bad.why == "its channel is 'trades-all', and that of rows 'trades'"


def test_rows_without_a_symbol_that_came_by_several_channels_are_not_all_of_one(tmp_path):
    trade = {"ts": 1_704_205_800_000, "price": 42_283.58, "amount": 0.1}
    messages = [
        {"ch": f"market.{it}.trade.detail", "tick": {"data": [trade]}} for it in ("btc", "eth")
    ]
    assert len(values(file(tmp_path, messages[0], messages[0]), ("BTC",))) == 2
    with pytest.raises(
        SettingError, match=r"rows of 'market\.btc.*', 'market\.eth.*', and no symb"
    ):
        recording(file(tmp_path, *messages), ("BTC",))


@pytest.mark.parametrize(
    ("trades", "others"),
    [
        (MATCH, TICKER),
        (MATCH, MATCH | {"type": "received", "price": "1"}),
        ({"data": TRADE}, {"data": TRADE | {"e": "aggTrade"}}),
        (okx("trades", OKX), okx("tickers", {"instId": "BTCUSDT", "last": "1", "ts": "1"})),
    ],
)
def test_trades_may_come_after_many_messages_of_other_kinds(tmp_path, trades, others):
    rows, bad, _ = read(file(tmp_path, *[others] * 2_000, trades))
    assert [(row.line, row.time, row.price, row.volume) for row in rows] == [
        (2_001, ROW[0], *ROW[2:])
    ]
    assert len(bad) == 2_000


@pytest.mark.parametrize("count", [50, 500])
def test_messages_before_those_that_are_damaged_are_rows(tmp_path, count):
    path = file(tmp_path, [TRADE | {"t": number} for number in range(1, count + 1)])
    path.write_text(path.read_text().rstrip()[:-10])
    assert recording(path).survey.facts.counts.rows == count - 1


def bitmex(table, *rows):
    return {"table": table, "action": "insert", "data": rows}


ORDER = {"symbol": "BTCUSDT", "id": 8799, "side": "Sell", "size": 1, "price": 42_001,
         "timestamp": "2024-01-02T14:30Z"}  # fmt: skip


@pytest.mark.parametrize("channel", ["orderBookL2", "orderBookL2_25", "liquidation"])
def test_orders_that_came_by_a_channel_of_orders_are_no_rows(tmp_path, channel):
    book = bitmex(channel, ORDER)
    with pytest.raises(SettingError) as told:
        recording(file(tmp_path, book, book))
    assert str(told.value) == (
        f"REPLAY_FILE: {channel!r} is a channel of orders, whose prices are no trades; takes one"
        " of trades"
    )
    rows, (bad,), _ = read(file(tmp_path, book, bitmex("trade", BITMEX)))
    assert [row.line for row in rows] == [2]
    assert bad.why == f"its channel is {channel!r}, and that of rows 'trade'"
    quote = {"symbol": "BTCUSDT", "lastPrice": 42_283.58, "timestamp": "2024-01-02T14:30Z"}
    rows, (bad,), _ = read(file(tmp_path, bitmex("instrument", quote), book))
    assert [row.price for row in rows] == [42_283.58]
    assert bad.why == f"its channel is {channel!r}, and its orders are no trades"


def test_an_s_around_rows_is_their_symbol_if_it_looks_like_one(tmp_path):
    deals = [
        {"d": {"deals": [{"p": "42000", "v": "0.1", "t": 1_704_205_800_000}]}, "s": it}
        for it in ("BTCUSDT", "ETHUSDT")
    ]
    assert [row[1] for row in values(file(tmp_path, *deals))] == ["BTCUSDT", "ETHUSDT"]
    ticks = {"s": "AAPL", "p": [185.1], "t": [1_704_205_800_000], "v": [10], "c": [["1"]]}
    assert [row[1] for row in values(file(tmp_path, ticks))] == ["AAPL"]
    for state in ("ok", "OK", "no_data"):
        assert [row[1] for row in values(file(tmp_path, ticks | {"s": state}), ("IBM",))] == ["IBM"]


def test_the_volume_of_bars_of_htx_counts_what_is_traded(tmp_path):
    bar = {"id": 1_704_205_800, "open": 1, "close": 42_283.58, "low": 1, "high": 1, "amount": 0.1,
           "vol": 4_228.3, "count": 3}  # fmt: skip
    message = {"ch": "market.btcusdt.kline.1min", "status": "ok", "data": [bar]}
    assert values(file(tmp_path, message), ("BTCUSDT",)) == [ROW]


def test_candles_of_okx_that_are_not_over_are_refused(tmp_path):
    wanted = {"time": "1", "price": "5", "volume": "6"}
    candle = ["1704205800000", "1", "1", "1", "42283.58", "0.1", "1", "1"]
    message = okx("candle1m", [*candle, "0"])
    with pytest.raises(SettingError, match="look like a stream of candles, each many times before"):
        recording(file(tmp_path, message, message), (), wanted)
    assert values(file(tmp_path, okx("candle1m", [*candle, "1"])), (), wanted) == [ROW]


def test_a_trade_of_bitfinex_counts_once_and_those_of_its_channels_are_told_apart(tmp_path):
    wanted = {"time": "2", "price": "4", "volume": "3"}
    trade = [401_597_395, 1_704_205_800_000, 0.1, 42_283.58]
    messages = [[17_470, event, trade] for event in ("te", "tu")]
    rows, bad, _ = read(file(tmp_path, *messages), ("BTCUSDT",), wanted)
    assert [(row.time, row.symbol, row.price, row.volume) for row in rows] == [ROW]
    assert bad[-1].why == (
        "its channel is 'trade-updated.17470', and that of rows 'trade-executed'"
    )
    with pytest.raises(
        SettingError, match=r"rows of 'trade-executed\.17470', 'trade-executed\.17471'"
    ):
        recording(file(tmp_path, messages[0], [17_471, "te", trade]), ("BTCUSDT",), wanted)
