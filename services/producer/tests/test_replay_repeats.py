"""A snapshot after a reconnect repeats trades: each is a row once, where it has a number."""

import json

import pyarrow as pa
import pytest
from pyarrow import parquet
from recordings import feed, play, play_into, read, values

from producer.errors import FeedError
from producer.feeds.replay.checks import repeats
from producer.feeds.replay.checks.repeats import Repeats

TRADE = {"symbol": "BTC/USD", "price": 42_000.5, "qty": 0.1, "trade_id": 7,
         "timestamp": "2024-01-02T14:30:00Z"}  # fmt: skip
LATER = TRADE | {"trade_id": 8, "timestamp": "2024-01-02T14:30:01Z"}
NEWEST = TRADE | {"trade_id": 9, "timestamp": "2024-01-02T14:30:02Z"}
ROWS = [TRADE, LATER, TRADE, LATER, NEWEST]


def kraken(kind, *trades):
    return json.dumps({"channel": "trade", "type": kind, "data": trades})


def coinbase(kind, *trades):
    return json.dumps({"channel": "market_trades", "events": [{"type": kind, "trades": trades}]})


def bitmex(kind, *trades):
    trades = [it | {"trdMatchID": f"a-{it['trade_id']}"} for it in trades]
    for it in trades:
        del it["trade_id"]
    return json.dumps({"table": "trade", "action": kind, "data": trades})


@pytest.mark.parametrize("message", [kraken, coinbase, bitmex])
def test_trades_of_a_snapshot_after_a_reconnect_are_rows_once(tmp_path, message):
    messages = [
        message("snapshot", TRADE),
        message("update", LATER),
        message("snapshot", TRADE, LATER, NEWEST),
    ]
    (tmp_path / "a").write_text("\n".join(messages))
    rows, bad, _ = read(tmp_path / "a")
    assert [row.time.second for row in rows] == [0, 1, 2]
    assert [it.line for it in bad] == [3, 4]


@pytest.mark.parametrize("form", ["CSV", "JSON lines", "document", "arrays", "Parquet"])
def test_a_trade_that_comes_again_is_no_row(tmp_path, form):
    path = tmp_path / "a"
    columns = {name: [it[name] for it in ROWS] for name in TRADE}
    if form == "CSV":
        lines = [",".join(TRADE), *(",".join(map(str, it.values())) for it in ROWS)]
        path.write_text("\n".join(lines))
    elif form == "JSON lines":
        path.write_text("\n".join(map(json.dumps, ROWS)))
    elif form == "Parquet":
        parquet.write_table(pa.table(columns), path)
    else:
        path.write_text(json.dumps({"rows": ROWS} if form == "document" else columns))
    rows, bad, _ = read(path)
    assert [row.time.second for row in rows] == [0, 1, 2]
    assert [it.why for it in bad] == ["it is trade 7 once more", "it is trade 8 once more"]


AT_MS, AT = 1_704_205_800_000, "2024-01-02T14:30:00Z"
BINANCE = {"E": AT_MS, "T": AT_MS, "s": "BTCUSDT", "p": "42000.5", "q": "0.1", "m": True}
ALPACA = {"i": 7, "p": 42_000.5, "s": 0.1, "t": AT}
NUMBERED = {
    "Binance": ("t", BINANCE | {"e": "trade", "t": 7}),
    "Binance, with the orders' numbers": ("t", BINANCE | {"e": "trade", "t": 7, "b": 1, "a": 2}),
    "Binance, aggregated": ("a", BINANCE | {"e": "aggTrade", "a": 7, "f": 5, "l": 6}),
    "Binance, aggregated, REST": (
        "a",
        {"a": 7, "p": "42000.5", "q": "0.1", "f": 5, "l": 6, "T": AT_MS, "m": True},
    ),
    "Binance, REST": (
        "id",
        {"id": 7, "price": "42000.5", "qty": "0.1", "time": AT_MS, "isBuyerMaker": True},
    ),
    "Bybit": (
        "i",
        {"T": AT_MS, "s": "BTCUSDT", "S": "Buy", "v": "0.1", "p": "42000.5", "i": "7"},
    ),
    "Bybit, REST": (
        "execId",
        {"execId": "7", "symbol": "BTCUSDT", "price": "42000.5", "size": "0.1", "time": AT_MS},
    ),
    "Alpaca": ("i", ALPACA | {"T": "t", "S": "BTCUSDT"}),
    "Alpaca, REST": ("i", ALPACA | {"x": "V", "c": ["@"], "z": "C"}),
    "Alpaca, REST, coins": ("i", ALPACA | {"tks": "B"}),
    "Polygon": ("i", ALPACA | {"ev": "T", "sym": "BTCUSDT", "i": "7", "x": 4}),
    "Polygon, REST": (
        "id",
        {"id": "7", "participant_timestamp": AT_MS * 1_000_000, "price": 42_000.5, "size": 0.1},
    ),
    "OKX": (
        "tradeId",
        {"instId": "BTCUSDT", "tradeId": "7", "px": "42000.5", "sz": "0.1", "ts": str(AT_MS)},
    ),
    "Crypto.com": (
        "d",
        {"d": "7", "t": AT_MS, "p": "42000.5", "q": "0.1", "s": "BUY", "i": "BTCUSDT"},
    ),
    "CCXT": (
        "id",
        {"id": "7", "datetime": AT, "symbol": "BTCUSDT", "price": 42_000.5, "amount": 0.1,
         "takerOrMaker": None},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", NUMBERED)
def test_a_trade_has_the_number_that_its_provider_gives_it(tmp_path, name):
    number, trade = NUMBERED[name]
    later = trade | {number: type(trade[number])(8)}
    (tmp_path / "a").write_text("\n".join(map(json.dumps, [trade, later, trade])))
    rows, (bad,), _ = read(tmp_path / "a", ("BTCUSDT",))
    assert [(row.line, row.time.minute, row.price, row.volume) for row in rows] == [
        (1, 30, 42_000.5, 0.1),
        (2, 30, 42_000.5, 0.1),
    ]
    assert (bad.line, bad.why) == (3, "it is trade 7 once more")


@pytest.mark.parametrize(
    ("heading", "trade"),
    [
        ("", "7,42000.5,0.1,4200.05,1704205800000,True,True"),
        ("", "7,42000.5,0.1,5,6,1704205800000,True,True"),
        ("id,price,qty,quote_qty,time,is_buyer_maker", "7,42000.5,0.1,4200.05,1704205800000,true"),
        (
            "agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker",
            "7,42000.5,0.1,5,6,1704205800000,true",
        ),
        ("timestamp,tid,price,amount,exchange,type", "1704205800,7,42000.5,0.1,gemini,buy"),
        (
            "exchange,symbol,timestamp,local_timestamp,id,side,price,amount",
            "deribit,BTCUSDT,1704205800000000,1704205800000100,7,buy,42000.5,0.1",
        ),
        (
            "exchange,symbol,side,amount,price,id,type,timestamp,receipt_timestamp",
            "BINANCE,BTCUSDT,buy,0.1,42000.5,7,,1704205800.123,1704205800.3",
        ),
        ("id,exchange,date,price,amount,sell", "7,cbse,1704205800000,42000.5,0.1,false"),
    ],
)
def test_trades_in_files_of_binance_and_others_have_numbers(tmp_path, heading, trade):
    (tmp_path / "a").write_text(f"{heading}\n{trade}\n{trade}\n")
    rows, (bad,), _ = read(tmp_path / "a", ("BTCUSDT",))
    assert [(row.price, row.volume) for row in rows] == [(42_000.5, 0.1)]
    assert bad.why == "it is trade 7 once more"


@pytest.mark.parametrize(
    "trade",
    [
        {"s": "AAPL", "t": AT_MS, "p": 185.1, "v": 10, "c": ["1"]},  # Finnhub's have none
        {"symbol": "AAPL", "t": AT_MS, "p": 185.1, "v": 10, "i": 7},
        {"symbol": "AAPL", "t": AT_MS, "p": 185.1, "v": 10, "a": 7},
        {"symbol": "AAPL", "time": AT, "price": 185.1, "volume": 10, "id": 7},
    ],
)
def test_what_is_a_number_at_one_provider_is_none_elsewhere(tmp_path, trade):
    (tmp_path / "a").write_text("\n".join(map(json.dumps, [trade, trade])))
    assert len(values(tmp_path / "a")) == 2


def test_a_column_that_is_wanted_for_something_else_is_no_number(tmp_path):
    trade = {"t": AT, "x": "V", "p": 185.1, "s": 100, "i": "AAPL"}
    (tmp_path / "a").write_text("\n".join(map(json.dumps, [trade, trade])))
    assert len(values(tmp_path / "a", (), {"symbol": "i"})) == 2


@pytest.mark.parametrize(
    "other",
    [
        {"symbol": "ETH/USD"},
        {"price": 42_000.6},
        {"qty": 0.2},
        {"timestamp": "2024-01-02T14:30:00.001Z"},
    ],
)
def test_another_trade_may_have_the_same_number(tmp_path, other):
    (tmp_path / "a").write_text("\n".join(map(json.dumps, [TRADE, TRADE | other])))
    assert len(values(tmp_path / "a")) == 2


@pytest.mark.parametrize("number", [None, "", 0, "0", -1, "-1", "N/A"])
def test_equal_trades_without_a_number_are_several(tmp_path, number):
    trade = TRADE | {"trade_id": number}
    (tmp_path / "a").write_text("\n".join(map(json.dumps, [trade, trade])))
    assert len(values(tmp_path / "a")) == 2


def test_so_many_trades_are_remembered_and_no_more(monkeypatch):
    monkeypatch.setattr(repeats, "_MOST", 2)
    known = Repeats()
    assert not any(known.is_one(number) for number in "123")
    assert known.is_one("1")
    assert not any(known.is_one(number) for number in "45")
    assert known.is_one("3")
    assert not known.is_one("1")


def test_a_number_may_be_of_any_form(tmp_path):
    trades = [TRADE, TRADE | {"trade_id": [7]}, TRADE | {"trade_id": {"id": 7}}]
    (tmp_path / "a").write_text("\n".join(map(json.dumps, trades)))
    assert len(values(tmp_path / "a")) == 3


BAR = {"date": "2024-01-02", "symbol": "AAPL", "open": 187.15, "high": 188.44, "low": 183.89,
       "close": 185.64, "volume": 82_488_700}  # fmt: skip
BARS = [BAR, BAR | {"date": "2024-01-03"}, BAR, BAR | {"symbol": "IBM"}, BAR | {"close": 185.65}]


@pytest.mark.parametrize("form", ["CSV", "JSON lines", "document", "arrays", "Parquet"])
def test_a_bar_that_a_file_has_twice_is_one_bar(tmp_path, form):
    path = tmp_path / "a"
    columns = {name: [it[name] for it in BARS] for name in BAR}
    if form == "CSV":
        lines = [",".join(BAR), *(",".join(map(str, it.values())) for it in BARS)]
        path.write_text("\n".join(lines))
    elif form == "JSON lines":
        path.write_text("\n".join(map(json.dumps, BARS)))
    elif form == "Parquet":
        parquet.write_table(pa.table(columns), path)
    else:
        path.write_text(json.dumps({"rows": BARS} if form == "document" else columns))
    rows, bad, _ = read(path)
    first = 2 if form == "CSV" else 1
    assert [row.line - first for row in rows] == [0, 1, 3, 4]
    assert [(it.line - first, it.why) for it in bad] == [(2, "it is the same bar once more")]


@pytest.mark.parametrize(
    "lines",
    [
        "Date,Price,Open,High,Low\n2024-01-02,1,1,1,1\n2024-01-02,1,1,1,1",
        "t,o,h,l,c\n1704153600,1,1,1,1\n1704153600,1,1,1,1",
        "1704153600000,1,1,1,1,9,1704153659999,9,1,1,1,0\n" * 2,
        "Price,Close,High,Low,Open\nTicker,A,A,A,A\nDate,,,,\n" + "2024-01-02,1,1,1,1\n" * 2,
    ],
)
def test_bars_are_known_by_what_stands_beside_their_close(tmp_path, lines):
    (tmp_path / "a").write_text(lines)
    rows, bad, _ = read(tmp_path / "a", ("A",))
    assert [row.price for row in rows] == [1.0]
    assert [it.why for it in bad] == ["it is the same bar once more"]


@pytest.mark.parametrize(
    "row",
    [
        "20240102 000000;1.1;1.2;1.0;1.1;0",
        "1704153600,1.1,1.2,1.0,1.1,0",
        "2024-01-02;1,1;1,2;1,0;1,1;0",
    ],
)
@pytest.mark.parametrize("first", ["", "time,open,high,low,close,volume"])
def test_bars_without_a_heading_are_known_by_their_prices(tmp_path, row, first):
    # As in the files of HistData and Kraken.
    heading = first.replace(",", ";" if ";" in row else ",")
    (tmp_path / "a").write_text(f"{heading}\n{row}\n{row}\n".lstrip())
    rows, bad, _ = read(tmp_path / "a", ("A",), {"time": "1", "price": "5", "volume": "6"})
    assert [row.price for row in rows] == [1.1]
    assert bad[-1].why == "it is the same bar once more"


@pytest.mark.parametrize(
    "row",
    [
        "1704153600,1.1,1.0,1.2,1.1,0",  # the first is no high
        "7,1704153600000,0,1.1,5",  # a number, a time and a side
        "1704153600,1.1,,1.1,1.1,0",
    ],
)
def test_equal_rows_without_a_heading_that_are_no_bars_are_several(tmp_path, row):
    (tmp_path / "a").write_text(f"{row}\n{row}\n")
    time, price = ("2", "4") if row.startswith("7") else ("1", "5")
    assert len(values(tmp_path / "a", ("A",), {"time": time, "price": price})) == 2


SECONDS = [
    row
    for n in range(11)
    for row in (
        f"2024-01-02 14:30:{n:02},1.25,1.5,1,1.25,100",
        f"2024-01-02 14:30:{n:02},1.25,1.25,1.25,1.25,100",
        f"2024-01-02 14:30:{n:02},1.25,1.25,1.25,1.5,100",
    )
]
"""Bars of 100 shares each, of which two of a second have an equal close."""
IN_SECONDS = SECONDS[:2] + SECONDS[3:]
CLOSES_IN_SECONDS = [1.25, 1.25] + [1.25, 1.25, 1.5] * 10


def of_volume(tmp_path, rows):
    (tmp_path / "a").write_text("\n".join(["time,open,high,low,close,volume", *rows]))
    return tmp_path / "a"


def test_bars_of_so_much_volume_are_several_that_have_a_second_and_a_close_together(tmp_path):
    path = of_volume(tmp_path, IN_SECONDS)
    assert [row[2] for row in values(path, ("A",))] == CLOSES_IN_SECONDS


def test_where_bars_have_times_of_their_own_two_that_are_equal_are_one(tmp_path):
    # Of nine polled bars there is the beginning, too, and of the tenth the end of it twice.
    rows = [it for n, it in enumerate(SECONDS) if n % 3][: 2 * 9]
    rows += [SECONDS[-1]] * 2
    taken, bad, _ = read(of_volume(tmp_path, rows), ("A",))
    assert [row.price for row in taken] == [1.25, 1.5] * 9 + [1.5]
    assert [it.why for it in bad] == ["it is the same bar once more"]


@pytest.mark.parametrize("most", [50_000, 3])
async def test_bars_of_so_much_volume_that_a_file_has_twice_are_played_once(
    tmp_path, monkeypatch, time, most
):
    monkeypatch.setattr(repeats, "_MOST", most)
    rows = IN_SECONDS[:20] + IN_SECONDS[11:]
    it = feed(of_volume(tmp_path, rows), time, symbols=("A",))
    assert [quote.price for quote in await play(it)] == CLOSES_IN_SECONDS


FAR_APART = [("03", 3), ("01", 1), ("02", 2), ("04", 4), ("01", 1), ("01", 1.5)]
"""Days and closes: a file that another one with a day of it was appended to."""


def bars_far_apart(tmp_path, monkeypatch):
    monkeypatch.setattr(repeats, "_MOST", 1)
    rows = [f"2024-01-{day},A,1,5,1,{close},9" for day, close in FAR_APART]
    (tmp_path / "a").write_text("\n".join(["date,symbol,open,high,low,close,volume", *rows]))
    return tmp_path / "a"


async def test_bars_are_played_once_however_far_apart_a_file_has_them_twice(
    tmp_path, monkeypatch, time
):
    it = feed(bars_far_apart(tmp_path, monkeypatch), time, original=False, repeat=True)
    quotes = await play(it, 10)
    assert [quote.price for quote in quotes] == [1.0, 1.5, 2.0, 3.0, 4.0] * 2
    assert it.status.outcomes == {"heading": 1, "rows": 6, "sorted": 6, "repeated": 1}


async def test_where_no_row_is_to_be_left_out_a_bar_that_comes_again_ends_it(
    tmp_path, monkeypatch, time
):
    it, quotes = feed(bars_far_apart(tmp_path, monkeypatch), time, strict=True), []
    with pytest.raises(
        FeedError, match=r"a has the same bar of A at 2024-01-01T00:00:00\.000000Z twice"
    ):
        await play_into(quotes, it)


async def test_equal_prices_that_are_no_bars_are_several_after_sorting_too(tmp_path, time):
    rows = ["2024-01-02,A,2", "2024-01-01,A,1", "2024-01-01,A,1"]
    (tmp_path / "a").write_text("\n".join(["time,symbol,price", *rows]))
    quotes = await play(feed(tmp_path / "a", time))
    assert [quote.price for quote in quotes] == [1.0, 1.0, 2.0]


@pytest.mark.parametrize("beside", ["", ",bid,ask,open,high,low"])
def test_equal_prices_that_are_no_bars_are_several(tmp_path, beside):
    row = f"2024-01-02T14:30Z,AAPL,185.1,10{beside and ',1,1,1,1,1'}\n"
    (tmp_path / "a").write_text(f"time,symbol,last,volume{beside}\n{row * 2}")
    assert len(values(tmp_path / "a")) == 2


def test_of_a_line_with_several_tickers_only_bars_that_were_there_are_no_rows(tmp_path):
    heading = (
        "Price,Close,High,Low,Open,Close,High,Low,Open\nTicker,A,A,A,A,B,B,B,B\nDate,,,,,,,,\n"
    )
    (tmp_path / "a").write_text(
        f"{heading}2024-01-02,1,1,1,1,2,2,2,2\n2024-01-02,1,1,1,1,3,3,3,3\n"
        "2024-01-02,1,1,1,1,2,2,2,2\n"
    )
    rows, (bad,), counts = read(tmp_path / "a")
    assert [(row.line, row.symbol, row.price) for row in rows] == [
        (4, "A", 1.0),
        (4, "B", 2.0),
        (5, "B", 3.0),
    ]
    assert (bad.line, counts.rows, counts.bad_row) == (6, 2, 1)


@pytest.mark.parametrize("number", ["7", "a,b \u00e9|", "|" * 40])
async def test_trades_are_played_once_however_far_apart_a_file_has_them_twice(
    tmp_path, monkeypatch, time, number
):
    monkeypatch.setattr(repeats, "_MOST", 1)
    numbers = ["3", number, "2", "4", number, "8"]
    rows = [
        {"time": f"2024-01-{day}", "symbol": "A", "price": price, "trade_id": it}
        for it, (day, price) in zip(numbers, FAR_APART, strict=True)
    ]
    (tmp_path / "a").write_text("\n".join(map(json.dumps, rows)))
    it = feed(tmp_path / "a", time)
    assert [quote.price for quote in await play(it)] == [1.0, 1.5, 2.0, 3.0, 4.0]
    assert it.status.outcomes == {"rows": 6, "sorted": 6, "repeated": 1}
    it, quotes = feed(tmp_path / "a", time, strict=True, destination="b"), []
    with pytest.raises(FeedError, match=r"has trade .* of A at 2024-01-01T00:00:00.000000Z twice"):
        await play_into(quotes, it)


async def test_trades_without_numbers_beside_those_with_some_are_several(tmp_path, time):
    numbers = [(2, "7"), *((1, it) for it in (None, "", "N/A", "\\N") * 2)]
    rows = [
        {"time": f"2024-01-0{day}", "symbol": "A", "price": day, "trade_id": number}
        for day, number in numbers
    ]
    (tmp_path / "a").write_text("\n".join(map(json.dumps, rows)))
    quotes = await play(feed(tmp_path / "a", time))
    assert [quote.price for quote in quotes] == [1.0] * 8 + [2.0]


async def test_long_numbers_that_differ_at_their_ends_are_of_two_trades(tmp_path, time):
    numbers = [(2, "7"), (1, f"{'|' * 40}1"), (1, f"{'|' * 40}2")]
    rows = [
        {"time": f"2024-01-0{day}", "symbol": "A", "price": day, "trade_id": number}
        for day, number in numbers
    ]
    (tmp_path / "a").write_text("\n".join(map(json.dumps, rows)))
    it = feed(tmp_path / "a", time)
    assert [quote.price for quote in await play(it)] == [1.0, 1.0, 2.0]


def test_an_event_of_this_project_that_was_sent_again_is_one_row(tmp_path):
    # As the debug-consumer prints them.
    events = [
        {"type": "record", "offset": n, "valid": True, "kind": "quote",
         "value": {"kind": "quote", "event_id": f"k3f9-{number}", "symbol": "IBM", "price": 184.5,
                   "volume": 300, "event_time": "2026-01-02T15:04:05.000000Z"}}
        for n, number in enumerate([1, 2, 1])
    ]  # fmt: skip
    (tmp_path / "a").write_text("\n".join(map(json.dumps, events)))
    rows, (bad,), _ = read(tmp_path / "a")
    assert (len(rows), bad.why) == (2, "it is trade k3f9-1 once more")
