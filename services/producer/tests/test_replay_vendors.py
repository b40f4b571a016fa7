"""Files of vendors that look like others and mean something else: read right, or refused."""

import json
from datetime import UTC, datetime

import pyarrow as pa
import pytest
from pyarrow import parquet
from recordings import feed, play, read, recording, values
from structlog.testing import capture_logs

from contracts.settings import SettingError

TIME = datetime(2024, 1, 2, 14, 30, tzinfo=UTC)
DAY = datetime(2024, 1, 2, tzinfo=UTC)


def file(tmp_path, text):
    path = tmp_path / "a"
    path.write_text(text)
    return path


def test_ticks_of_sierra_chart_are_no_bars_though_they_have_their_columns(tmp_path):
    tick = "2024/1/2, 14:30:00.000000, 0.00, 4780.25, 4780.00, 4780.25, 1, 1, 0, 1\n"
    heading = "Date, Time, Open, High, Low, Last, Volume, NumberOfTrades, BidVolume, AskVolume\n"
    path = file(tmp_path, heading + tick * 2)
    assert values(path, ("ES",)) == [(TIME, "ES", 4780.25, 1.0)] * 2
    bar = tick.replace("0.00, 4780.25,", "4780.00, 4780.25,")
    rows, (bad,), _ = read(file(tmp_path, heading + bar * 2), ("ES",))
    assert len(rows) == 1
    assert bad.why == "it is the same bar once more"


CODES = ["0", "7", "1", "8", "10", "2", "11", "12", "", "00"]
TRADES = ["1", "3", "6", "9", "10"]
"""Which of them are trades, by their volume."""


@pytest.mark.parametrize("name", ["correction", "TR_CORR", "Trade Correction Indicator"])
@pytest.mark.parametrize("form", ["CSV", "JSON", "Parquet"])
def test_trades_that_were_taken_back_are_no_rows(tmp_path, name, form):
    rows = [
        {"ticker": "IBM", "timestamp": 1_704_205_800_000, "price": 161.2, "size": n, name: code}
        for n, code in enumerate(CODES, 1)
    ]
    if form == "Parquet":
        parquet.write_table(pa.Table.from_pylist(rows), tmp_path / "a")
    elif form == "JSON":
        file(tmp_path, "\n".join(map(json.dumps, rows)))
    else:
        lines = [",".join(map(str, it.values())) for it in rows]
        file(tmp_path, "\n".join([",".join(rows[0]), *lines]))
    rows, bad, _ = read(tmp_path / "a")
    assert [f"{row.volume:g}" for row in rows] == TRADES
    assert [it.why for it in bad] == [
        "its correction is 7: an error",
        "its correction is 8: cancelled",
        "its correction is 10: a cancellation",
        "its correction is 11: the report of an error",
        "its correction is 12: a correction, which the corrected trade has too",
    ]


@pytest.mark.parametrize("code", [8, 8.0, "08"])
def test_a_correction_may_be_a_number(tmp_path, code):
    trade = {"symbol": "A", "time": "2024-01-02T14:30Z", "price": 1, "size": 1, "correction": 0}
    path = file(tmp_path, "\n".join(map(json.dumps, [trade, trade | {"correction": code}])))
    rows, (bad,), _ = read(path)
    assert (len(rows), bad.line) == (1, 2)


ALPACA = {"i": 7, "p": 42_000.5, "s": 0.1, "t": "2024-01-02T14:30:00Z", "x": "V", "z": "C"}
POLYGON = {"id": "7", "participant_timestamp": 1_704_205_800_000_000_000, "price": 1.5, "size": 1}


@pytest.mark.parametrize(
    ("trade", "number", "update", "why"),
    [
        (ALPACA, "i", {"u": "canceled"}, "its correction is canceled: cancelled"),
        (ALPACA, "i", {"u": "incorrect"}, "its correction is incorrect: an error"),
        (ALPACA, "i", {"u": "corrected"}, None),
        (POLYGON, "id", {"correction": 8}, "its correction is 8: cancelled"),
        (POLYGON, "id", {"correction": 1}, None),
    ],
)
def test_only_a_late_trade_may_tell_that_it_was_taken_back(tmp_path, trade, number, update, why):
    trades = [trade | {number: f"{n}"} for n in range(1_000)]
    trades.append(trade | {number: "a"} | update)
    for text in ("\n".join(map(json.dumps, trades)), json.dumps({"trades": trades})):
        rows, bad, _ = read(file(tmp_path, text), ("A",))
        assert [it.why for it in bad] == ([why] if why else [])
        assert len(rows) == 1_001 - len(bad)


def test_what_is_called_as_an_update_of_alpaca_is_none_elsewhere(tmp_path):
    trade = {"symbol": "A", "time": "2024-01-02T14:30:00Z", "price": 1.5, "volume": 1, "u": 8}
    assert len(values(file(tmp_path, json.dumps(trade)))) == 1


def test_a_time_of_day_beside_a_day_is_not_lost(tmp_path):
    # As in a tradebook of Zerodha's.
    text = (
        "symbol,trade_date,quantity,price,trade_id,order_execution_time\n"
        "INFY,2024-01-02,10,1540.5,123,2024-01-02T14:30:00\n"
    )
    with pytest.raises(SettingError) as told:
        recording(file(tmp_path, text))
    assert str(told.value) == (
        "REPLAY_FILE: 'trade_date' is a day, and 'order_execution_time' has its time of day; takes"
        " one of them by REPLAY_COLUMNS=time=NAME"
    )
    path = tmp_path / "a"
    row = ("INFY", 1540.5, 10.0)
    assert values(path, (), {"time": "order_execution_time"}) == [(TIME, *row)]
    assert values(path, (), {"time": "trade_date"}) == [(DAY, *row)]


@pytest.mark.parametrize("day", ["20240102", "2024/01/02"])
def test_days_are_compared_however_they_are_written(tmp_path, day):
    text = f"date,symbol,price,updated\n{day},A,1,2024-01-02 14:30\n"
    with pytest.raises(SettingError, match="'date' is a day, and 'updated' has its time of day"):
        recording(file(tmp_path, text))


@pytest.mark.parametrize(
    "row",
    [
        "2024-01-02,A,1,2024-01-03 14:30",
        "2024-01-02,A,1,2024-01-02",
        "2024-01-02,A,1,2024-01-02 00:00:00",
        "2024-01-02,A,1,2024-01-02 0:00",
        "2024-01-02,A,1,",
    ],
)
def test_what_is_no_time_of_that_day_leaves_a_day_as_it_is(tmp_path, row):
    path = file(tmp_path, f"date,symbol,price,updated\n{row}\n")
    assert values(path) == [(DAY, "A", 1.0, None)]


@pytest.mark.parametrize("midnight", ["0:00", "00:00", "0:00:00"])
def test_days_that_a_sheet_shows_with_their_midnight_are_days(tmp_path, midnight):
    # As Excel saves cells that hold a time.
    path = file(tmp_path, f"Date,Close\n1/2/2024 {midnight},185.1\n1/31/2024 {midnight},184.4\n")
    assert [row[0] for row in values(path, ("A",))] == [DAY, DAY.replace(day=31)]


def test_a_heading_may_stand_below_what_macrotrends_says(tmp_path):
    about = ["", "", "", "", "Macrotrends Data Download", "", "AAPL - Historical Price", "", ""]
    about += ["Historical prices are adjusted", "", "", "Disclaimer and Terms of Use", "", ""]
    rows = ["date,open,high,low,close,volume", "2024-01-02,187.15,188.44,183.89,185.64,82488700"]
    path = file(tmp_path, "\n".join([*about, *rows, ""]))
    assert values(path, ("AAPL",)) == [(DAY, "AAPL", 185.64, 82_488_700.0)]


def test_a_bar_of_a_day_has_that_day_whenever_it_was_written(tmp_path):
    path = file(
        tmp_path, "date,symbol,open,high,low,close,updated\n2024-01-02,A,1,1,1,1,2024-01-02 22:15\n"
    )
    assert values(path) == [(DAY, "A", 1.0, None)]


def candles(count, symbol="BTC", minute=30, **other):
    """Make messages of a candle as Hyperliquid sends them, each with the volume so far."""
    start = 1_704_204_000_000 + minute * 60_000
    return [
        {"channel": "candle", "data": {"t": start, "T": start + 59_999, "s": symbol, "i": "1m",
         "o": "42000", "c": "42005", "h": "42010", "l": "41990", "v": str(n), "n": n} | other}
        for n in range(1, count + 1)
    ]  # fmt: skip


@pytest.mark.parametrize("count", [5, 300])
def test_a_stream_of_candles_that_are_not_over_is_refused_whoever_sends_it(tmp_path, count):
    messages = [it for minute in range(3) for it in candles(count, minute=minute)]
    with pytest.raises(SettingError, match="has bars of BTC that have the time of the one before"):
        recording(file(tmp_path, "\n".join(map(json.dumps, messages))))


def test_candles_without_names_are_told_by_their_channel(tmp_path):
    # As Bitget sends them.
    messages = [
        {"arg": {"channel": "candle1m", "instId": "BTCUSDT"}, "ts": 1_704_205_800_124 + n,
         "data": [["1704205800000", "42000", "42010", "41990", "42005", f"{n}", "1", "1"]]}
        for n in range(12)
    ]  # fmt: skip
    path = file(tmp_path, "\n".join(map(json.dumps, messages)))
    with pytest.raises(
        SettingError, match="has bars of BTCUSDT that have the time of the one befor"
    ):
        recording(path, (), {"time": "1", "price": "5", "volume": "6"})


def test_candles_with_each_once_are_rows(tmp_path):
    messages = [it for minute in range(30) for it in candles(1, minute=minute)]
    assert len(values(file(tmp_path, "\n".join(map(json.dumps, messages))))) == 30


def test_candles_of_several_symbols_are_each_of_its_own(tmp_path):
    messages = [it for name in range(30) for it in candles(1, f"A{name}", v=str(name))]
    assert len(values(file(tmp_path, "\n".join(map(json.dumps, messages))))) == 30


@pytest.mark.parametrize("volumes", [[5, 7, 4, 6] * 10, [None] * 40])
def test_bars_of_so_many_trades_each_may_have_a_second_together(tmp_path, volumes):
    rows = [
        f"2024-01-02T14:30:00Z,ES,4780,4781,4779,{4780 + n / 4},{'' if it is None else it}"
        for n, it in enumerate(volumes)
    ]
    path = file(tmp_path, "\n".join(["time,symbol,open,high,low,close,volume", *rows]))
    assert len(values(path)) == 40


def test_a_few_bars_that_were_corrected_are_rows(tmp_path):
    rows = [f"2024-01-{n // 2 + 1:02},A,1,1,1,1,{n}" for n in range(10)]
    path = file(tmp_path, "\n".join(["time,symbol,open,high,low,close,volume", *rows]))
    assert len(values(path)) == 10


def test_the_boards_of_moscow_are_told_apart(tmp_path):
    heading = "BOARDID;TRADEDATE;SECID;OPEN;LOW;HIGH;CLOSE;VOLUME"
    rows = [
        f"{board};2024-01-0{day};SBER;272;271;274;{close};11"
        for day in (3, 4)
        for board, close in (("SMAL", 270), ("TQBR", 274.06))
    ]
    path = file(tmp_path, "\n".join([heading, *rows]))
    with pytest.raises(
        SettingError, match="rows of SBER at the same times that are of 'SMAL', 'TQ"
    ):
        recording(path, ("SBER",))
    assert len(values(file(tmp_path, "\n".join([heading, *rows[::2]])), ("SBER",))) == 2


@pytest.mark.parametrize("name", ["contract", "localSymbol", "Contract Code"])
def test_contracts_of_one_symbol_are_told_apart(tmp_path, name):
    rows = [f"ES,2024-01-0{day},{it},4780" for day in (2, 3) for it in ("ESH4", "ESM4")]
    path = file(tmp_path, "\n".join([f"symbol,date,{name},close", *rows]))
    with pytest.raises(
        SettingError, match="rows of ES at the same times that are of 'ESH4', 'ESM4'"
    ):
        recording(path)


@pytest.mark.parametrize("name", ["Scrip Code", "SC_NAME", "Mnemonic", "Index Name"])
def test_a_column_that_may_name_what_rows_are_of_is_not_passed_over(tmp_path, name):
    path = file(tmp_path, f"date,{name},close\n2024-01-02,A,1\n2024-01-02,B,2\n")
    with pytest.raises(SettingError, match="has rows of 'A', 'B', and no symbols"):
        recording(path, ("X",))


def test_a_trading_symbol_is_a_symbol(tmp_path):
    path = file(tmp_path, "date,tradingsymbol,close\n2024-01-02,A,1\n2024-01-02,B,2\n")
    assert values(path) == [(DAY, "A", 1.0, None), (DAY, "B", 2.0, None)]


@pytest.mark.parametrize("name", ["exchange", "venue", "MIC", "publisher_id"])
def test_bars_of_one_symbol_at_several_venues_are_told_apart(tmp_path, name):
    rows = [f"A,2024-01-0{day},{it},1,2,1,1.5" for it in ("X", "Y") for day in (2, 3)]
    path = file(tmp_path, "\n".join([f"symbol,date,{name},open,high,low,close", *rows]))
    with pytest.raises(SettingError, match="rows of A at the same times that are of 'X', 'Y'"):
        recording(path)
    trades = [f"A,2024-01-02T14:30:0{n}Z,{it},1.5" for n in (0, 1) for it in ("X", "Y")]
    path = file(tmp_path, "\n".join([f"symbol,time,{name},price", *trades]))
    assert len(values(path)) == 4


def test_ticks_of_several_types_are_rows_where_they_are_trades(tmp_path):
    text = "time,symbol,tick_type,price,size\n"
    ticks = "".join(f"2024-01-02T14:30:00Z,A,{it},{n},1\n" for n, it in enumerate(TYPES, 1))
    rows, bad, _ = read(file(tmp_path, text + ticks))
    assert [row.price for row in rows] == [2.0]
    assert [it.why for it in bad] == [
        f"its 'tick_type' is {it!r}, and that of rows 'trade'" for it in ("BID", "ASK")
    ]


TYPES = ["BID", "TRADE", "ASK"]


def test_a_number_since_1970_tells_the_time_beside_one_that_names_no_zone(tmp_path):
    text = "Unix Timestamp,Date,Symbol,Close\n1704205800,2024-01-02 09:30:00,BTCUSD,1.5\n"
    assert values(file(tmp_path, text)) == [(TIME, "BTCUSD", 1.5, None)]


def quotes(volumes, day=2, symbol="A"):
    """Make lines of quotes, one a minute, with these volumes."""
    return [
        f"2024-01-{day:02}T{14 + n // 60}:{n % 60:02}Z,{symbol},{n + 1},{it}"
        for n, it in enumerate(volumes)
    ]


def volumes_of(tmp_path, lines):
    rows = values(file(tmp_path, "\n".join(["time,symbol,price,volume", *lines])))
    return [row[3] for row in rows]


def test_a_volume_that_only_grows_within_a_day_is_none_of_its_rows(tmp_path):
    # As whoever asks a provider for its quote every minute writes it down.
    first, second = ([n * n for n in its] for its in (range(100, 120), range(50, 80)))
    days = [*quotes(first, 2), *quotes(second, 3), *quotes([7, 7, 9], 3, "B")]
    assert volumes_of(tmp_path, days) == [None] * 53
    assert volumes_of(tmp_path, days[::-1]) == [None] * 53


@pytest.mark.parametrize(
    "lines",
    [
        quotes([5, 7] * 40),
        quotes([1] * 80),
        quotes(n * n for n in range(1, 30)),  # too few to tell
        quotes([*(n * n for n in range(1, 40)), 3]),
        quotes(range(100, 180)),  # made up
        quotes(0.1 * n for n in range(1, 80)),
        [line for day in range(1, 31) for line in quotes([day, day + 1][day % 2 :], day)],
    ],
)
def test_volumes_that_go_up_and_down_are_those_of_their_rows(tmp_path, lines):
    assert None not in volumes_of(tmp_path, lines)


async def test_that_volumes_are_not_taken_is_logged(tmp_path, time):
    path = file(
        tmp_path, "\n".join(["time,symbol,price,volume", *quotes(n * n for n in range(1, 60))])
    )
    with capture_logs() as logs:
        assert {it.volume for it in await play(feed(path, time))} == {None}
    (told,) = (it["volumes"] for it in logs if it["event"] == "the recording")
    assert told == "not taken: a day's so far"


@pytest.mark.parametrize(
    ("heading", "row", "volume"),
    [
        # Tushare's, in lots of 100
        ("ts_code,trade_date,open,high,low,close,pre_close,pct_chg,vol,amount",
         "000001.SZ,20240102,9.19,9.22,9.15,9.2,9.21,-0.1,733610.31,673673.613", None),
        # CoinMarketCap's, in dollars: Kaggle's file, and the page's table
        ("SNo,Name,Symbol,Date,High,Low,Open,Close,Volume,Marketcap",
         "1,Bitcoin,BTC,2024-01-02,147.4,134,134.4,9.2,39335274536.0,1603768864.5", None),
        ("Symbol,Date,Open*,High,Low,Close**,Volume,Market Cap",
         'BTC,"Jan 02, 2024",$9.1,$9.3,$9.1,$9.2,"$39,335,274,536","$880,667,024,834"', None),
        # Poloniex', in money, and Bitget's trades, London's and Euronext's days, those of NSE
        ("trade_id,symbol,timestamp,price,side,volume(quote),size(base)",
         "1,BTCUSDT,1704153600000,9.2,buy,0.92,0.1", 0.1),
        ("Symbol;Date;Open;High;Low;Last;Close;Number of Shares;Number of Trades;Turnover",
         "TTE;2024-01-02;60.15;60.7;60.1;60.4;9.2;3712345;12345;224000000", 3_712_345.0),
        ("SYMBOL,OPEN,HIGH,LOW,CLOSE,LAST,PREVCLOSE,TOTTRDQTY,TOTTRDVAL,TIMESTAMP,TOTALTRADES,",
         "INFY,1542,1560,1530,9.2,1545,1540,5000000,7727500000,02-JAN-2024,120000,", 5_000_000.0),
        ("pair,date,high,low,open,close,volume,quoteVolume,weightedAverage",
         "USDT_BTC,1704153600,9.3,9.1,9.1,9.2,920,100,9.2", None),
        # MetaTrader's of Python
        ("symbol,time,open,high,low,close,tick_volume,spread,real_volume",
         "SBER,2024-01-02,1,1,1,9.2,70,1,12", 12.0),
    ],
)  # fmt: skip
def test_a_volume_counts_what_is_traded_or_is_none(tmp_path, heading, row, volume):
    ((time, _, price, found),) = values(file(tmp_path, f"{heading}\n{row}\n"))
    assert (time, price, found) == (DAY, 9.2, volume)


@pytest.mark.parametrize(
    ("heading", "row"),
    [
        ("time,bid,ask,last,volume,time_msc,flags", "1704205800,1,2,9.2,3,1704205800123,24"),
        ("timestamp,timestampms,tid,price,amount", "1704205800,1704205800123,7,9.2,3"),
    ],
)
def test_of_two_times_the_finer_one_is_taken(tmp_path, heading, row):
    path = file(tmp_path, f"{heading}\n{row}\n")
    assert values(path, ("X",)) == [(TIME.replace(microsecond=123_000), "X", 9.2, 3.0)]


TICKS = "<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>\t<FLAGS>\n"


@pytest.mark.parametrize(
    ("flags", "is_trade"),
    [
        ("2", 0),
        ("4", 0),
        ("6", 0),
        ("1030", 0),
        ("56", 1),
        ("88", 1),
        ("24", 1),
        ("62", 1),
        ("", 1),
    ],
)
def test_of_ticks_of_metatrader_only_trades_are_rows(tmp_path, flags, is_trade):
    # What its Python module gives has the last price and volume in each.
    tick = "2024.01.02\t14:30:00\t272.00\t272.05\t272.05\t5"
    rows, bad, _ = read(file(tmp_path, f"{TICKS}{tick}\t8\n{tick}\t{flags}\n"), ("SBER",))
    assert [(row.time, row.price, row.volume) for row in rows] == [(TIME, 272.05, 5.0)] * (
        1 + is_trade
    )
    assert len(bad) == 1 - is_trade


def test_ticks_of_metatrader_without_trades_say_how_to_take_bids(tmp_path):
    path = file(tmp_path, f"{TICKS}2024.01.02\t14:30:00\t1.1042\t1.1043\t\t\t6\n")
    with pytest.raises(SettingError) as told:
        recording(path, ("EURUSD",))
    assert str(told.value).endswith(
        "line 2: its flags are 6: bid or ask changed, and there was no trade; takes bids by"
        " REPLAY_COLUMNS=price=bid"
    )
    assert values(path, ("EURUSD",), {"price": "bid"}) == [(TIME, "EURUSD", 1.1042, None)]


@pytest.mark.parametrize("form", ["CSV", "JSON"])
@pytest.mark.parametrize("name", ["cancel", "Cancelled", "is_canceled"])
def test_trades_that_were_cancelled_are_no_rows(tmp_path, form, name):
    # As in Tradier's stream.
    trades = [
        {"time": "2024-01-02T14:30:00Z", "symbol": "SPY", "last": 282.09, "size": n, name: told}
        for n, told in enumerate([False, True, False, True], 1)
    ]
    if form == "JSON":
        path = file(tmp_path, "\n".join(map(json.dumps, trades)))
    else:
        lines = [",".join(map(str, it.values())) for it in trades]
        path = file(tmp_path, "\n".join([",".join(trades[0]), *lines]))
    rows, bad, _ = read(path)
    assert [row.volume for row in rows] == [1.0, 3.0]
    assert [it.why for it in bad] == ["it was cancelled"] * 2


def test_liquidations_of_tardis_are_told_by_the_name_of_their_file(tmp_path):
    # Their columns are those of its trades.
    path = tmp_path / "deribit_liquidations_2024-01-02_BTC-PERPETUAL.csv"
    path.write_text(
        "exchange,symbol,timestamp,local_timestamp,id,side,price,amount\n"
        "deribit,BTC-PERPETUAL,1704205800000000,1704205800000100,1,buy,42000.5,10\n"
    )
    with pytest.raises(
        SettingError, match="is called as liquidations, whose prices are those of ord"
    ):
        recording(path)
    assert values(path.rename(tmp_path / "deribit_trades")) == [
        (TIME, "BTC-PERPETUAL", 42_000.5, 10.0)
    ]


def test_an_id_around_rows_that_is_a_pair_is_their_symbol(tmp_path):
    # As in dYdX' messages.
    messages = [
        {"type": "channel_data", "channel": "v4_trades", "id": symbol,
         "contents": {"trades": [{"price": price, "size": "1", "time": "2024-01-02T14:30:00Z"}]}}
        for symbol, price in (("BTC-USD", "42000"), ("ETH-USD", "2000"))
    ]  # fmt: skip
    rows, _, counts = read(file(tmp_path, "\n".join(map(json.dumps, messages))), ("BTC-USD",))
    assert [(row.symbol, row.price) for row in rows] == [("BTC-USD", 42_000.0)]
    assert counts.other_symbol == 1


@pytest.mark.parametrize("name", ["status", "Order Status", "state"])
def test_orders_of_a_broker_that_were_not_filled_are_no_rows(tmp_path, name):
    statuses = [
        "FILLED",
        "CANCELED",
        "Partially Filled",
        "rejected",
        "NEW",
        "pending_new",
        "closed",
    ]
    rows = [f"2024-01-02T14:30Z,A,{it},BUY,{n},10" for n, it in enumerate(statuses, 1)]
    path = file(tmp_path, "\n".join([f"time,symbol,{name},side,price,quantity", *rows]))
    found, bad, _ = read(path)
    assert [row.price for row in found] == [1.0, 3.0, 7.0]
    assert bad[0].why == "its status is 'CANCELED': an order, and no trade"
    # Without a side it may be that of a market.
    path = file(tmp_path, f"time,symbol,{name},price\n2024-01-02T14:30Z,A,open,1\n")
    assert len(values(path)) == 1


def test_windows_of_this_project_overlap_and_their_volumes_are_not_taken(tmp_path):
    heading = "symbol,source,window_start,window_end,avg_price,close_price,volume,event_count"
    rows = [
        f"IBM,synthetic,2024-01-02T14:30:{n:02}.000000Z,2024-01-02T14:31:{n:02}.000000Z,1,1.5,60,9"
        for n in (0, 5)
    ]
    path = file(tmp_path, "\n".join([heading, *rows]))
    assert [(row[2], row[3]) for row in values(path)] == [(1.5, None)] * 2


@pytest.mark.parametrize("name", ["fill_price", "Filled Qty", "executedQty"])
def test_limits_of_orders_are_not_taken_for_the_prices_of_trades(tmp_path, name):
    path = file(tmp_path, f"time,symbol,side,price,{name}\n2024-01-02T14:30Z,A,BUY,5,4.9\n")
    with pytest.raises(SettingError) as told:
        recording(path)
    assert str(told.value) == (
        f"REPLAY_FILE: {name!r} beside 'side' tells of orders, whose 'price' is their limit; takes"
        " the price of trades by REPLAY_COLUMNS=price=NAME"
    )
    assert values(path, (), {"price": name}) == [(TIME, "A", 4.9, None)]
    # Fills of a broker's may have these columns too: their price is one that somebody names.
    assert values(path, (), {"price": "price"}) == [(TIME, "A", 5.0, None)]


@pytest.mark.parametrize("name", ["Action", "type", "Transaction Type"])
def test_what_is_no_trade_in_a_statement_of_a_broker_is_no_row(tmp_path, name):
    actions = ["Buy", "Dividend", "Sell", "Qualified Dividend", "Stock Split", "Interest", "limit"]
    rows = [f"2024-01-02T14:30Z,A,{it},{n},10" for n, it in enumerate(actions, 1)]
    path = file(tmp_path, "\n".join([f"time,symbol,{name},price,quantity", *rows]))
    found, bad, _ = read(path)
    assert [row.price for row in found] == [1.0, 3.0, 7.0]
    assert bad[0].why == "it is of an account ('Dividend'), and no trade"


@pytest.mark.parametrize(("name", "told"), [("Action", "Dividend"), ("status", "open")])
def test_a_bar_is_no_order_and_stands_in_no_statement(tmp_path, name, told):
    heading = f"date,open,high,low,close,volume,side,{name}"
    path = file(tmp_path, f"{heading}\n2024-01-02,1,2,1,1.5,7,-,{told}\n")
    assert [row[2:] for row in values(path, ("AAPL",))] == [(1.5, 7.0)]


def test_metatrader_writes_three_decimals_behind_a_point(tmp_path):
    # Of each price of USDJPY; without its brackets these could be thousands.
    names = ["DATE", "TIME", "OPEN", "HIGH", "LOW", "CLOSE", "TICKVOL"]
    row = ["2024.01.02", "14:30:00", "151.120", "151.140", "151.100", "151.130", "40"]
    tabs = "\t".join
    path = file(tmp_path, f"{tabs(f'<{it}>' for it in names)}\n{tabs(row)}\n")
    assert values(path, ("USDJPY",)) == [(TIME, "USDJPY", 151.13, 40.0)]
    path = file(tmp_path, f"{tabs(names)}\n{tabs(row)}\n")
    with pytest.raises(SettingError, match="its mark could set thousands apart or decimals"):
        recording(path, ("USDJPY",))


@pytest.mark.parametrize(
    ("high", "price"), [("151.14", 151.13), ("151.1400", 151.13), ("151,14", 151130.0)]
)
def test_prices_beside_that_which_is_read_show_where_its_decimals_are(tmp_path, high, price):
    path = file(tmp_path, f"time;high;close;volume\n2024-01-02T14:30Z;{high};151.130;0,5\n")
    if high != "151,14":
        path.write_text(path.read_text().replace("0,5", "1"))
    assert [row[2] for row in values(path, ("USDJPY",))] == [price]


@pytest.mark.parametrize("stems", [("AAPL_2024-01", "AAPL_2024-02"), ("JAN", "FEB"), ("Q1", "Q2"),
    ("DATA1", "DATA_2"), ("AAPL-20240102", "AAPL")])  # fmt: skip
def test_files_of_parquet_that_are_called_as_months_are_no_shares(tmp_path, stems):
    folder = tmp_path / "folder"
    folder.mkdir()
    for stem in stems:
        parquet.write_table(pa.table({"time": [TIME], "price": [1.5]}), folder / f"{stem}.parquet")
    assert values(folder, ("AAPL",)) == [(TIME, "AAPL", 1.5, None)] * 2
    parquet.write_table(pa.table({"time": [TIME], "price": [1.5]}), folder / "MSFT_2024-01.parquet")
    parquet.write_table(pa.table({"time": [TIME], "price": [1.5]}), folder / "AAPL_2024-03.parquet")
    with pytest.raises(SettingError, match="has rows of 'AAPL', 'MSFT', and no symbols"):
        recording(folder, ("AAPL",))
