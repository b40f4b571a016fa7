"""Which columns are taken, by their names, by place, and in JSON of several shapes."""

import json
from datetime import UTC, datetime

import pyarrow as pa
import pytest
from pyarrow import parquet
from recordings import read, recording, values

from contracts.settings import SettingError
from producer.feeds.replay.columns.choosing import choose

TIME = datetime(2024, 1, 2, 14, 30, tzinfo=UTC)
ROW = (TIME, "AAPL", 185.1, 10.0)


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("time,symbol,price,volume", "time symbol price volume"),
        ('TIME, Symbol ,"Price",VOLUME', "time symbol price volume"),
        ("Datetime,Ticker,Close,Vol.", "time symbol price volume"),
        ("timestamp,s,last,qty", "time symbol price volume"),
        ("Open Time,sym,closePrice,quantity", "time symbol price volume"),
        ("<DATE>,<TICKER>,<CLOSE>,<VOL>", "time symbol price volume"),
        ("Date,Symbol,Close*,Volume", "time symbol price volume"),
        ("Date,Symbol,Close/Last,Volume", "time symbol price volume"),
        ("t,instrument,p,v", "time symbol price volume"),
        ("timestamp,date,pair,open,close,amount", "time - symbol - price volume"),
        ("Date,Symbol,Adj Close,Close,Volume", "time symbol - price volume"),
        ("Date,Symbol,Adj Close", "time symbol price"),
        ("Date,Symbol,Close (USD),Volume (shares)", "time symbol price volume"),
        ("Timestamp,Symbol,Close,Volume_(BTC),Volume_(Currency)", "time symbol price - -"),
        ("Time,Symbol,Open,Latest,Volume", "time symbol - price volume"),
        ("snapped_at,symbol,price,market_cap", "time symbol price -"),
        ("Date,Symbol,Price,Close", "time symbol price -"),
        ("Date,Symbol,Price,Open,High,Low,Close", "time symbol - - - - price"),
        ("time,symbol,bid,ask,last,lastSize,volume,open,high,low,close",
         "time symbol - - price - - - - - -"),
        ("time,symbol,price,bid,ask,last", "time symbol price - - -"),
        ("Date,Symbol,Last,Close", "time symbol - price"),
        ("trade_id,price,size,time,bid,ask,volume", "trade price volume time - - -"),
        ("Date,Closing price,Total volume,Turnover", "time price volume -"),
        ("snapped_at,price,market_cap,total_volume", "time price - -"),
        ("TimeStamp,Last,LastSize,TotalVolume,Bid,Ask", "time price - - - -"),
        ("Time Stamp,High,Open,Close,Total Volume,Period Volume", "time - - price - volume"),
        ("timeOpen,timeHigh,name,close,volume,marketCap,timestamp", "- - doubt price - - time"),
        ("symbol,last,volume,bid_qty,timestamp", "symbol price - - time"),
        ("time,product_id,last,volume,volumeQuote", "time symbol price - -"),
        ("timestamp,last,volume,open_24", "time price - -"),
        ("symbol,price,volume,avgVolume,previousClose,timestamp", "symbol price - - - time"),
        ("code,timestamp,close,volume,previousClose,change,change_p", "doubt time price - - - -"),
        ("datetime,close,volume,average_volume,previous_close", "time price - - -"),
        ("symbol,last,volume,trade_date,average_volume,prevclose", "symbol price - time - -"),
        ("Date,Close,Volume,Avg Volume,Prev Open", "time price volume - -"),
        ("symbol,lastPrice,lastQty,volume,time", "symbol price - - time"),
        ("symbol,lastPrice,lastQty,volume,openTime,closeTime,firstId",
         "symbol price - - - time -"),
        ("Date,Symbol,O,H,L,C,V", "time symbol - - - price volume"),
        ("T,S,P,V", "time symbol price volume"),
        ("note,note,time,symbol,price", "- - time symbol price"),
        ("e,E,s,t,p,q,T,m", "- - symbol trade price volume time -"),
        ("t,x,p,s,c,i,z,symbol", "time - price volume - trade - symbol"),
        ("T,S,i,x,p,s,t", "- symbol trade - price volume time"),
        ("T,s,S,v,p,L,i,BT", "time symbol - volume price - trade -"),
        ("i,p,s,t,tks,symbol", "trade price volume time - symbol"),
        ("t,T,symbol,p", "time - symbol price"),
        ("ticker,volume,open,close,window_start", "symbol volume - price time"),
        ("ts_recv,ts_event,price,size,symbol", "- time price volume symbol"),
        ("instId,tradeId,px,ts", "symbol trade price time"),
        ("date,close,volume,tic", "time price volume symbol"),
        ("ts_code,trade_date,close,vol,amount", "symbol time price volume -"),
        ("Symbol,Date/Time,Quantity,Price", "symbol time volume price"),
        ("time,symbol,close,volumefrom,volumeto", "time symbol price volume -"),
        ("T,v,vw,o,c,h,l,t,n", "symbol volume - - price - - time -"),
        ("T,S,o,h,l,c,v,t,n,vw", "- symbol - - - price volume time - -"),
    ],
)  # fmt: skip
def test_columns_are_found_by_their_usual_names(heading, expected):
    names = [name.strip(' "') for name in heading.split(",")]
    choice = choose(names, {}, [])._asdict()
    places = {place: role for role, place in choice.items() if type(place) is int}
    places |= dict.fromkeys(choice["doubt"], "doubt")
    assert " ".join(places.get(n, "-") for n in range(len(names))) == expected


@pytest.mark.parametrize(
    ("heading", "row"),
    [
        ("Date,Time,Symbol,Close", "2024-01-02,14:30:00,AAPL,185.1"),
        ("Date,Time,Symbol,Close", "20240102,143000,AAPL,185.1"),
        ("Date,Time,Symbol,Close", "20240102,1430,AAPL,185.1"),
        ("Date,Time,Symbol,Close", "02.01.2024,2:30 PM,AAPL,185.1"),
        ("Date,Time,Symbol,Close", "2024-01-02,14:30:00Z,AAPL,185.1"),
        ("Date,Time,Symbol,Close", "2024-01-02, 09:30 -0500,AAPL,185.1"),
        ("Date,Time,Symbol,Close", "2024-01-02 00:00:00,14:30:00,AAPL,185.1"),
        ("Date,Time,Symbol,Close", "02.01.2024 0:00,14:30,AAPL,185.1"),
        ("Date,Time,Symbol,Close", "02.01.2024,2024-01-02T14:30Z,AAPL,185.1"),
    ],
)
def test_a_date_and_a_time_of_day_beside_each_other_are_one_time(tmp_path, heading, row):
    path = tmp_path / "a.csv"
    path.write_text(f"{heading}\n{row}\n")
    assert values(path) == [(*ROW[:3], None)]


@pytest.mark.parametrize(
    "content",
    [
        "Date,Time,Symbol,Close\n2024-01-02,14:30,AAPL,185.1\n2024-01-02, ,AAPL,185.2\n",
        'Date,Time,Symbol,Close\n2024-01-02,14:30,AAPL,185.1\n"2024-01-02","",AAPL,185.2\n',
        (
            '{"date": "2024-01-02", "time": "14:30", "symbol": "AAPL", "close": 185.1}\n'
            '{"date": "2024-01-02", "time": "", "symbol": "AAPL", "close": 185.2}\n'
        ),
    ],
    ids=["CSV", "quoted", "JSON"],
)
def test_a_day_whose_time_of_day_is_missing_is_not_its_midnight(tmp_path, content):
    (tmp_path / "a").write_text(content)
    rows, (bad,), _ = read(tmp_path / "a")
    assert [(row.time, row.price) for row in rows] == [(TIME, 185.1)]
    assert bad.why.startswith("time is '2024-01-02 ?'")


@pytest.mark.parametrize("name", ["", "Unnamed: 0", "__index_level_0__", "index"])
def test_an_index_of_pandas_without_a_name_is_the_time_where_it_holds_times(tmp_path, name):
    path = tmp_path / "a.csv"
    path.write_text(f"{name},Close,Volume\n2024-01-02T14:30Z,185.1,10\n")
    assert values(path, ("AAPL",)) == [ROW]
    path.write_text(f"{name},Close,Volume\n0,185.1,10\n")
    with pytest.raises(SettingError, match="no column for time"):
        recording(path, ("AAPL",))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("wann,was,wieviel\n{time},AAPL,185.1",
         {"time": "wann", "symbol": "was", "price": "wieviel"}),
        ("time,symbol,bid,price\n{time},AAPL,185.1,7", {"price": "bid"}),
        ("Tag,Zeit,symbol,price\n2024-01-02,14:30,AAPL,185.1", {"date": "Tag", "time": "Zeit"}),
        ("{time},AAPL,185.1", {"time": "1", "symbol": "2", "price": "3"}),
        ("x;2024-01-02;14:30;AAPL;185,1", {"date": "2", "time": "3", "symbol": "4", "price": "5"}),
        ("2024-01-02T14:30Z;185,1", {"time": "1", "price": "2"}),
        ('[["{time}", "AAPL", "185.1"]]', {"time": "1", "symbol": "2", "price": "3"}),
    ],
)  # fmt: skip
def test_other_columns_are_named_or_counted(tmp_path, text, wanted):
    path = tmp_path / "a"
    path.write_text(text.replace("{time}", "2024-01-02T14:30Z"))
    assert values(path, () if "AAPL" in text else ("AAPL",), wanted) == [(*ROW[:3], None)]


@pytest.mark.parametrize(
    ("text", "wanted", "said"),
    [
        ("time,symbol,price\n", {"price": "bid"},
         "has no column 'bid', which REPLAY_COLUMNS names: it has 'time', 'symbol', 'price'"),
        ("2024-01-02,09:30,1.1,1.2,1.0,1.1\n", {"time": "1", "price": "6"},
         "got 1=time, which is a day; place 2 has its time of day: takes 1=date,2=time"),
        ("1,2,3\n", {"time": "1", "price": "4"}, "got place 4, takes one of the 3"),
        ("1,2,3\n", {"time": "1", "volume": "2"}, "takes places for time and price"),
        ("Price,price,time,symbol\n", {}, "the column 'price' is there 2 times"),
        ("time,symbol,price,Symbol\n", {}, "the column 'symbol' is there 2 times"),
        ("Date,BAC,C,V\n", {}, "no column for price: it has 'Date', 'BAC', 'C', 'V'"),
    ],
)  # fmt: skip
def test_columns_that_cannot_be_are_told_with_those_that_are_there(tmp_path, text, wanted, said):
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(SettingError, match=said):
        recording(tmp_path / "a.csv", (), wanted)


@pytest.mark.parametrize(
    ("row", "hour"),
    [
        ('"2024-01-02T09:30:00", "timestamp": 1704205800', 14),
        ('"2024-01-02 09:30", "epoch": "1704205800000"', 14),
        ('"2024-01-02T09:30:00Z", "timestamp": 1704205800', 9),
        ('"2024-01-02T09:30:00.5", "timestamp": 1704205800', 9),
        ('"2024-01-02T09:30:00", "timestamp": 17', 9),
    ],
)
def test_a_number_since_1970_tells_more_than_a_time_without_a_zone(tmp_path, row, hour):
    # Tradier's time is New York's; one that is finer is left, for numbers are of whole seconds.
    path = tmp_path / "a"
    path.write_text(f'{{"time": {row}, "price": 185.1}}')
    assert [it[0].hour for it in values(path, ("AAPL",))] == [hour]
    path.write_text(f'{{"series": {{"data": [{{"time": {row}, "price": 185.1}}]}}}}')
    assert [it[0].hour for it in values(path, ("AAPL",))] == [hour]


def test_a_file_without_symbols_is_of_the_only_one_asked_for(tmp_path):
    (tmp_path / "a.csv").write_text("time,price,volume\n2024-01-02T14:30Z,185.1,10\n")
    assert values(tmp_path / "a.csv", ("AAPL",)) == [ROW]
    with pytest.raises(
        SettingError, match="no column for symbol: it has 'time', 'price', 'volume'"
    ):
        recording(tmp_path / "a.csv", ("AAPL", "IBM"))


BAR = {"t": "2024-01-02T14:30:00Z", "o": 1, "h": 1, "l": 1, "c": 185.1, "v": 10}
TRADE = {"s": "AAPL", "t": 1_704_205_800_000, "p": 185.1, "v": 10, "c": ["1"]}


@pytest.mark.parametrize(
    "document",
    [
        {"bars": {"AAPL": [BAR]}, "next_page_token": None},
        {"symbol": "AAPL", "bars": [BAR]},
        {"bars": [BAR], "next_page_token": "x", "symbol": "AAPL"},
        {"AAPL": [BAR]},
        {"ticker": "AAPL", "status": "OK", "results": [BAR]},
        {"type": "trade", "data": [TRADE]},
        {"response": {"data": {"rows": [BAR | {"Symbol": "AAPL"}]}}},
        [BAR | {"symbol": "AAPL"}],
        [{"T": "b", "S": "AAPL", **BAR}],
    ],
    ids=range(9),
)
@pytest.mark.parametrize("indent", [None, 1])
def test_documents_hold_rows_in_arrays(tmp_path, document, indent):
    path = tmp_path / "a.json"
    path.write_text(json.dumps(document, indent=indent))
    assert values(path) == [ROW]
    volumes = 10, 11, 12
    text = json.dumps(document)
    path.write_text("\n".join(text.replace('"v": 10', f'"v": {it}') for it in volumes))
    assert values(path) == [(*ROW[:3], float(it)) for it in volumes]


def alpaca(symbol):
    return {"symbol": symbol, "bars": [BAR]}


def twelve_data(symbol):
    return {"meta": {"symbol": symbol, "interval": "1min"}, "values": [BAR], "status": "ok"}


CLOSE = {"1. open": "185.0", "4. close": "185.1", "5. volume": "10"}


def alpha_vantage(symbol):
    return {"Meta Data": {"2. Symbol": symbol}, "Series": {"2024-01-02 14:30:00": CLOSE}}


MSFT = [ROW, (TIME, "MSFT", *ROW[2:])]


@pytest.mark.parametrize(
    "documents",
    [
        [alpaca("AAPL"), alpaca("MSFT")],
        [{"bars": [BAR], "ticker": symbol} for symbol in ("AAPL", "MSFT")],
        [twelve_data("AAPL"), twelve_data("MSFT")],
        [{"AAPL": twelve_data("AAPL"), "MSFT": twelve_data("MSFT")}],
        [{symbol: {"chart": [BAR]} for symbol in ("AAPL", "MSFT")}],
        [{symbol: {"2024-01-02": [BAR]} for symbol in ("AAPL", "MSFT")}],
        [{"bars": {"AAPL": [BAR]}}, alpaca("MSFT")],
        [{symbol: {"2024-01-02T14:30": CLOSE} for symbol in ("AAPL", "MSFT")}],
        [alpha_vantage("AAPL"), alpha_vantage("MSFT")],
    ],
    ids=range(9),
)
@pytest.mark.parametrize("indent", [None, 1])
def test_each_row_has_the_symbol_that_stands_around_it(tmp_path, documents, indent):
    path = tmp_path / "a.json"
    path.write_text(json.dumps(documents, indent=indent))
    assert values(path) == MSFT
    path.write_text("\n".join(json.dumps(it, indent=indent) for it in documents))
    assert values(path) == MSFT
    rows, _, counts = read(path, ("AAPL",))
    assert [row.symbol for row in rows] == ["AAPL"]
    assert counts.other_symbol == 1


@pytest.mark.parametrize(
    ("documents", "symbol"),
    [
        ([alpaca("AAPL"), {"bars": [BAR]}], ""),
        ([alpaca("AAPL"), {"old": alpaca("A"), "new": alpaca("B")}], "A, B"),
        ([{"old": alpaca("A"), "new": alpaca("B")}, alpaca("AAPL")], "A, B"),
    ],
)
def test_a_row_around_which_stand_no_symbol_or_several_is_bad_where_others_have_one(
    tmp_path, documents, symbol
):
    path = tmp_path / "a.json"
    path.write_text("\n".join(map(json.dumps, documents)))
    rows, bad, _ = read(path, ("AAPL",))
    assert [row.symbol for row in rows] == ["AAPL"]
    assert {it.why.partition(":")[0] for it in bad} == {f"symbol is {symbol!r}"}


def in_zone(zone, time):
    return {"meta": {"symbol": "AAPL", "timezone": zone}, "values": [BAR | {"t": time}]}


@pytest.mark.parametrize(
    ("zone", "time", "read_as"),
    [
        ("America/New_York", "2024-01-02 09:30:00", datetime(2024, 1, 2, 14, 30, tzinfo=UTC)),
        ("US/Eastern", "2024-07-02T09:30", datetime(2024, 7, 2, 13, 30, tzinfo=UTC)),
        ("US/Eastern", "2024-01-02T09:30+01:00", datetime(2024, 1, 2, 8, 30, tzinfo=UTC)),
        ("US/Eastern", "02.01.2024 09:30", datetime(2024, 1, 2, 14, 30, tzinfo=UTC)),
        ("US/Eastern", "20240102093000", datetime(2024, 1, 2, 14, 30, tzinfo=UTC)),
        ("US/Eastern", "2024-01-02", datetime(2024, 1, 2, tzinfo=UTC)),
        ("US/Eastern", 1704205800, datetime(2024, 1, 2, 14, 30, tzinfo=UTC)),
        ("US/Eastern", "1705123112345", datetime(2024, 1, 13, 5, 18, 32, 345000, tzinfo=UTC)),
    ],
)
def test_times_are_of_the_zone_that_their_document_names(tmp_path, zone, time, read_as):
    path = tmp_path / "a.json"
    path.write_text(json.dumps(in_zone(zone, time)))
    assert [row[0] for row in values(path)] == [read_as]


def test_each_document_has_its_own_zone(tmp_path):
    path = tmp_path / "a.json"
    zones = [in_zone("Asia/Tokyo", "2024-01-02 09:30"), twelve_data("AAPL")]
    path.write_text("\n".join(map(json.dumps, zones)))
    assert [row[0] for row in values(path)] == [datetime(2024, 1, 2, 0, 30, tzinfo=UTC), TIME]


def test_a_zone_is_not_that_of_what_stands_beside_the_object_that_names_it(tmp_path):
    # Twelve Data names one for shares, and none for coins, whose times are UTC.
    path = tmp_path / "a.json"
    first = in_zone("America/New_York", "2024-01-02 09:30")
    second = {"meta": {"symbol": "BTC/USD"}, "values": [BAR | {"t": "2024-01-02 14:30"}]}
    path.write_text(json.dumps({"AAPL": first, "BTC/USD": second}))
    assert [row[:2] for row in values(path)] == [(TIME, "AAPL"), (TIME, "BTC/USD")]


@pytest.mark.parametrize(
    ("zone", "time"), [("Mars/Olympus", "2024-01-02 09:30"), ("US/Eastern", "2024-03-10 02:30")]
)
def test_a_time_that_cannot_be_placed_in_its_zone_is_bad(tmp_path, zone, time):
    path = tmp_path / "a.json"
    path.write_text(json.dumps(in_zone(zone, time)))
    with pytest.raises(SettingError, match=f"time is '{time} {zone}'"):
        recording(path)


def test_what_holds_more_than_values_under_a_time_is_no_row(tmp_path):
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"AAPL": {"2024-01-02": {"count": 1, "bars": [BAR], "close": 9}}}))
    assert values(path) == [ROW]


def test_rows_without_names_are_those_of_the_first_array(tmp_path):
    path = tmp_path / "a.json"
    at = 1_704_205_800_000
    series = {"prices": [[at, 185.1]], "market_caps": [[at, 8e11]], "total_volumes": [[at, 2e10]]}
    path.write_text(json.dumps(series))
    rows, bad, _ = read(path, ("AAPL",), {"time": "1", "price": "2"})
    assert [(row.line, row.price) for row in rows] == [(1, 185.1)]
    assert [(it.line, it.why) for it in bad] == [
        (2, "it stands in 'market_caps', and the first row in 'prices'"),
        (3, "it stands in 'total_volumes', and the first row in 'prices'"),
    ]


def test_several_symbols_around_rows_are_not_the_one_asked_for(tmp_path):
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"old": alpaca("A"), "new": alpaca("B")}))
    with pytest.raises(SettingError, match="symbol is 'A, B'"):
        recording(path, ("AAPL",))


def test_of_a_document_without_a_symbol_its_own_columns_are_told(tmp_path):
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"bars": [BAR]}))
    assert values(path, ("AAPL",)) == [ROW]
    with pytest.raises(SettingError, match="no column for symbol: it has 't', 'o', 'h'"):
        recording(path)


def test_the_state_of_an_answer_is_no_symbol(tmp_path):
    # As Fyers and Marketdata write it.
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"s": "ok", "bars": [BAR]}))
    assert values(path, ("AAPL",)) == [ROW]
    with pytest.raises(SettingError, match="no column for symbol"):
        recording(path)


def test_of_a_document_its_rows_are_accounted_for(tmp_path):
    path = tmp_path / "a.json"
    rows = [BAR, BAR | {"c": None}, 7, BAR | {"t": "x"}]
    path.write_text(json.dumps({"bars": {"AAPL": rows, "IBM": [BAR]}}))
    good, bad, counts = read(path)
    assert [(row.line, row.symbol) for row in good] == [(1, "AAPL"), (5, "IBM")]
    assert [it.line for it in bad] == [2, 3, 4]
    assert (counts.read, counts.rows, counts.bad_row) == (5, 2, 3)


def test_json_lines_whose_first_line_is_spoilt_are_json_lines(tmp_path):
    path = tmp_path / "a.jsonl"
    line = json.dumps(BAR | {"symbol": "AAPL"})
    path.write_text(f"{line[:20]}\n{line}\n")
    rows, bad, _ = read(path)
    assert [row.line for row in rows] == [2]
    assert [it.line for it in bad] == [1]


@pytest.mark.parametrize("others", [0, 1, 1000])
@pytest.mark.parametrize("form", ["\n", ","])
def test_a_value_that_only_some_objects_have_is_taken_where_it_is(tmp_path, others, form):
    path = tmp_path / "a.jsonl"
    with_volume = {"time": "2024-01-02T14:30Z", "symbol": "AAPL", "price": 185.1, "volume": 10}
    without = {name: it for name, it in with_volume.items() if name != "volume"}
    text = form.join(map(json.dumps, [*[without] * others, with_volume, without]))
    path.write_text(text if form == "\n" else f"[{text}]")
    it = recording(path)
    assert values(path) == [*[(*ROW[:3], None)] * others, ROW, (*ROW[:3], None)]
    assert it.columns["volume"] == "volume"


@pytest.mark.parametrize("form", ["\n", ", ", ",\n"])
def test_a_volume_that_is_not_a_number_is_none_in_json_too(tmp_path, form):
    path = tmp_path / "a.json"
    bar = BAR | {"v": float("nan"), "note": "NaN, or so"}
    symbols = [f"A{n}" for n in range(2000)]
    rows = [bar | {"symbol": it} for it in symbols]
    text = form.join(map(json.dumps, rows))
    path.write_text(text if form == "\n" else f"[{text}]")
    assert values(path) == [(ROW[0], it, ROW[2], None) for it in symbols]


@pytest.mark.parametrize(
    ("row", "places"),
    [
        ("20240102 000000;1.10423;1.10431;1.1042;1.10428;0", "1=time,5=price,6=volume"),  # HistData
        ("20240102 000000123,1.10423,1.10431,0", "1=time,2=price"),  # its ticks
        ("1678465320000,20090,20094,20097,20089,0.07", "1=time,3=price,6=volume"),  # Bitfinex
        ("1704205860,42000,42100,42100,42000,1.5", "1=time,5=price,6=volume"),  # Coinbase
        ("1688671200,30306.1,30306.2,30305.5,30305.7,30306.1,3.39,23", "1=time,5=price,7=volume"),
        ("2024.01.02,00:00,1.10423,1.10431,1.1042,1.10428,0", "1=date,2=time,6=price,7=volume"),
        ("01/02/2024,09:30,187.15,187.5,187.0,187.4,12345", "1=date,2=time,6=price,7=volume"),
        ("1704067200,42283.5,42554.5,42261.0,42475.2,127.68,4713", "1=time,5=price,6=volume"),
        ("1704067200,42283.5,0.01", "1=time,2=price"),
        ("EUR/USD,20240102 00:00:00.123,1.10413", "1=symbol,2=time,3=price"),  # TrueFX
        ("AAPL,20240102,187.15,187.5,187,187.4,12345", "1=symbol,2=time,6=price,7=volume"),
        ("187.15,12", "1=time,2=price"),
    ],
)
def test_what_stands_where_without_a_heading_is_suggested(tmp_path, row, places):
    separator = ";" if ";" in row else ","
    values_of_row = row.split(separator)
    (tmp_path / "a.csv").write_text(f"{row}\n")
    (tmp_path / "a.json").write_text(json.dumps([values_of_row]))
    for name in ("a.csv", "a.json"):
        with pytest.raises(SettingError, match=rf"such as REPLAY_COLUMNS={places}$"):
            recording(tmp_path / name, ("EURUSD",))


CLOSES = "Date,AAPL,^GSPC\n2024-01-02,185.64,4742.83\n2024-01-03,,4704.81\n2024-01-04,,\n"


@pytest.mark.parametrize(
    ("symbols", "expected"),
    [
        (("AAPL", "^GSPC"), [("AAPL", 185.64), ("^GSPC", 4742.83), ("^GSPC", 4704.81)]),
        (("^GSPC",), [("^GSPC", 4742.83), ("^GSPC", 4704.81)]),
    ],
)
def test_a_table_of_closes_has_the_symbols_that_are_asked_for(tmp_path, symbols, expected):
    # As `yf.download(...)["Close"].to_csv()` writes it, and FRED.
    path = tmp_path / "a.csv"
    for text in (CLOSES, CLOSES.replace(",", ";").replace(".", ",")):
        path.write_text(text)
        rows, bad, counts = read(path, symbols)
        assert [(row.symbol, row.price) for row in rows] == expected
        assert {row.volume for row in rows} == {None}
        assert (counts.read, counts.heading, counts.rows, [it.line for it in bad]) == (4, 1, 2, [4])


@pytest.mark.parametrize(
    ("heading", "symbols"),
    [
        ("Date,AAPL,T", ("AAPL", "T")),
        ("Date,AAPL,T", ("T", "AAPL")),
        ("Date,AAPL,T", ("AAPL",)),
        ("Date,C,T", ("C",)),
        ("Date,C,T", ("C", "T")),
        ("DATE,C,T", ("T",)),
        ("observation_date,T,V", ("V", "T")),
    ],
)
def test_a_symbol_that_is_called_as_a_time_is_a_column_of_closes(tmp_path, heading, symbols):
    path = tmp_path / "a.csv"
    path.write_text(f"{heading}\n2024-01-02,185.64,17.03\n")
    prices = dict(zip(heading.split(",")[1:], (185.64, 17.03), strict=True))
    day = datetime(2024, 1, 2, tzinfo=UTC)
    assert values(path, symbols) == [(day, it, prices[it], None) for it in symbols]


def test_a_table_of_closes_may_be_one_of_parquet(tmp_path):
    table = {
        "AAPL": [185.64, None],
        "MSFT": [370.87, 370.6],
        "Date": [datetime(2024, 1, 2, tzinfo=UTC), datetime(2024, 1, 3, tzinfo=UTC)],
    }
    parquet.write_table(pa.table(table), tmp_path / "a")
    rows = values(tmp_path / "a", ("AAPL", "MSFT"))
    assert [row[1:3] for row in rows] == [("AAPL", 185.64), ("MSFT", 370.87), ("MSFT", 370.6)]


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("observation_date,SP500,VIXCLS\n2024-01-02,4742.83,.\n", 4742.83),  # FRED
        ("Date,PX_LAST\n2024-01-02,4742.83\n", 4742.83),  # Bloomberg
        ("regularMarketTime,regularMarketPrice\n1704153600,4742.83\n", 4742.83),  # Yahoo's quotes
        ("time,ltp,ltq\n2024-01-02,4742.83,1\n", 4742.83),  # Indian brokers
        # Binance's klines, as its REST API gives them.
        ('[[1704153600000,"4742.1","4743","4742","4742.83","9",1704153659999,"9",2,"1","1","0"]]',
         4742.83),
    ],
)  # fmt: skip
def test_names_and_rows_of_more_providers_are_known(tmp_path, text, price):
    (tmp_path / "a").write_text(text)
    rows, bad, _ = read(tmp_path / "a", ("SP500",))
    assert bad == []
    assert [(row.time, row.price) for row in rows] == [(datetime(2024, 1, 2, tzinfo=UTC), price)]


@pytest.mark.parametrize("form", ["CSV", "JSON", "Parquet"])
@pytest.mark.parametrize("name", ["{0}_{1}", "{1}_{0}", "{1} {0}"])
def test_columns_may_be_called_by_field_and_symbol(tmp_path, name, form):
    # As the two levels of yfinance's columns are often joined.
    bar = {"Close": 1.5, "High": 2.0, "Low": 1.0, "Open": 1.25, "Volume": 100}
    row: dict[str, object] = {"Date": "2024-01-02"}
    row |= {name.format(field, "AAPL"): value for field, value in bar.items()}
    row |= {name.format(field, "BRK-B"): value * 2 for field, value in bar.items()}
    path = tmp_path / "a"
    if form == "CSV":
        path.write_text("\n".join([",".join(row), *[",".join(map(str, row.values()))] * 2]))
    elif form == "JSON":
        path.write_text(json.dumps([row, row]))
    else:
        parquet.write_table(pa.Table.from_pylist([row, row]), path)
    rows, (bad,), _ = read(path, ("AAPL", "BRK-B"))
    assert [(row.symbol, row.price, row.volume) for row in rows] == [
        ("AAPL", 1.5, 100.0),
        ("BRK-B", 3.0, 200.0),
    ]
    assert bad.why == "it is the same bar once more"
    assert [row.volume for row in read(path, ("BRK-B",))[0]] == [200.0]
    with pytest.raises(SettingError, match="no column for price"):
        recording(path, ("AAPL", "IBM"))


@pytest.mark.parametrize("form", ["lines", "document"])
def test_closes_may_stand_within_members_that_are_called_as_symbols(tmp_path, form):
    row = {"date": "2024-01-02", "AAPL": {"close": 1.5, "volume": 10}, "MSFT": {"close": 2.5}}
    (tmp_path / "a").write_text(json.dumps(row) if form == "lines" else json.dumps([row], indent=1))
    rows = [row[1:] for row in values(tmp_path / "a", ("AAPL", "MSFT"))]
    assert rows == [("AAPL", 1.5, 10.0), ("MSFT", 2.5, None)]


def test_a_gap_in_a_table_of_closes_may_be_a_point(tmp_path):
    (tmp_path / "a").write_text("DATE,SP500,VIXCLS\n2024-01-02,4742.83,.\n2024-01-03,.,14.04\n")
    rows = values(tmp_path / "a", ("SP500", "VIXCLS"))
    assert [row[1:3] for row in rows] == [("SP500", 4742.83), ("VIXCLS", 14.04)]


def test_what_a_heading_lacks_is_told_and_not_what_a_title_above_it_does(tmp_path):
    (tmp_path / "a").write_text("Prices of AAPL, in USD\n\nDate,Wert\n2024-01-02,185.64\n")
    with pytest.raises(SettingError, match="no column for price: it has 'Date', 'Wert'; takes"):
        recording(tmp_path / "a", ("AAPL",))


def test_what_a_heading_lacks_is_told_and_not_what_is_wrong_with_a_row_as_a_heading(tmp_path):
    # Quotes of Alpaca's, whose row has a V twice, and a V is a volume.
    heading = "symbol,timestamp,ask_exchange,ask_price,bid_exchange,bid_price"
    (tmp_path / "a").write_text(f"{heading}\nAAPL,2024-01-02 14:30:00+00:00,V,187.2,V,187.1\n")
    with pytest.raises(SettingError, match="no column for price: it has 'symbol', 'timestamp'"):
        recording(tmp_path / "a")


def test_closes_beside_an_offset_from_utc_are_no_rows(tmp_path):
    rows = "2024-01-02 09:30,-5,1,2\n2024-01-02 09:31,0,3,4\n"
    (tmp_path / "a").write_text(f"time,utc_offset,AAPL,MSFT\n{rows}")
    taken, (bad,), _ = read(tmp_path / "a", ("AAPL", "MSFT"))
    assert ([row.price for row in taken], bad.line) == ([3.0, 4.0], 2)


@pytest.mark.parametrize("name", ["LAST", "LASTPRICE"])
def test_a_symbol_that_the_price_is_called_by_makes_no_table_of_closes(tmp_path, name):
    (tmp_path / "a").write_text(f"time,type,{name}\n2024-01-02,trade,1\n2024-01-03,quote,2\n")
    rows, (bad,), _ = read(tmp_path / "a", ("LAST",))
    assert ([row.price for row in rows], bad.line) == ([1.0], 3)


def test_closes_under_another_heading_further_on_are_refused(tmp_path):
    path = tmp_path / "a.csv"
    first = "Date,AAPL,MSFT\n2024-01-02,185.64,370.87\n"
    path.write_text(first + first.replace("02,", "03,"))
    rows, (bad,), _ = read(path, ("AAPL", "MSFT"))
    assert ([row.price for row in rows], bad.line) == ([185.64, 370.87] * 2, 3)
    path.write_text(first + "Date,MSFT,AAPL\n2024-01-03,370.6,184.25\n")
    with pytest.raises(SettingError, match="the columns change in line 3: takes files of one"):
        recording(path, ("AAPL", "MSFT"))


INDEX = [1_704_153_600_000, 1_704_240_000_000, 1_704_326_400_000]
OF_AAPL, OF_MSFT = [185.64, None, None], [370.87, 370.6, None]
BY_DAY = [
    {"Date": day, "AAPL": aapl, "MSFT": msft}
    for day, aapl, msft in zip(
        ("2024-01-02T00:00:00.000", "2024-01-03T00:00:00.000", "2024-01-04T00:00:00.000"),
        OF_AAPL, OF_MSFT, strict=True,
    )
]  # fmt: skip
CLOSES_IN_JSON = {
    "columns": {
        "AAPL": dict(zip(map(str, INDEX), OF_AAPL, strict=True)),
        "MSFT": dict(zip(map(str, INDEX), OF_MSFT, strict=True)),
    },
    "index": {
        str(day): {"AAPL": aapl, "MSFT": msft}
        for day, aapl, msft in zip(INDEX, OF_AAPL, OF_MSFT, strict=True)
    },
    "index in ISO": {
        it["Date"]: {"AAPL": it["AAPL"], "MSFT": it["MSFT"]} for it in BY_DAY
    },
    "split": {
        "columns": ["AAPL", "MSFT"],
        "index": INDEX,
        "data": [list(it) for it in zip(OF_AAPL, OF_MSFT, strict=True)],
    },
    "table": {
        "schema": {
            "fields": [{"name": "Date", "type": "datetime"}, {"name": "AAPL", "type": "number"},
                       {"name": "MSFT", "type": "number"}],
            "primaryKey": ["Date"], "pandas_version": "1.4.0",
        },
        "data": BY_DAY,
    },
    "records after reset_index": BY_DAY,
    "arrays": {"Date": INDEX, "AAPL": OF_AAPL, "MSFT": OF_MSFT},
}  # fmt: skip
"""A frame of closes as pandas' `to_json` writes it in each of its forms that have the index."""


@pytest.mark.parametrize("form", [*CLOSES_IN_JSON, "lines"])
def test_a_table_of_closes_may_be_one_of_json(tmp_path, form):
    path = tmp_path / "a"
    if form == "lines":
        path.write_text("\n".join(map(json.dumps, BY_DAY)))
    else:
        path.write_text(json.dumps(CLOSES_IN_JSON[form]))
    rows, bad, counts = read(path, ("AAPL", "MSFT"))
    assert [(row.time.day, row.symbol, row.price, row.volume) for row in rows] == [
        (2, "AAPL", 185.64, None),
        (2, "MSFT", 370.87, None),
        (3, "MSFT", 370.6, None),
    ]
    assert [(it.line, it.why) for it in bad] == [(3, "no ticker has a price")]
    assert (counts.read, counts.rows) == (3, 2)
    assert recording(path, ("AAPL", "MSFT")).columns["price"] == "AAPL, MSFT"
    assert [row.price for row in read(path, ("MSFT",))[0]] == [370.87, 370.6]
    for symbols in ((), ("AAPL", "IBM")):
        with pytest.raises(SettingError, match=r"no column for .*price.*it has .*'AAPL', 'MSFT'"):
            recording(path, symbols)


@pytest.mark.parametrize("form", [*CLOSES_IN_JSON, "lines"])
def test_a_symbol_that_is_called_as_a_time_may_be_one_of_json(tmp_path, form):
    is_lines = form == "lines"
    text = "\n".join(map(json.dumps, BY_DAY)) if is_lines else json.dumps(CLOSES_IN_JSON[form])
    (tmp_path / "a").write_text(text.replace("MSFT", "T"))
    rows, _, _ = read(tmp_path / "a", ("AAPL", "T"))
    assert [(row.time.day, row.symbol, row.price) for row in rows] == [
        (2, "AAPL", 185.64),
        (2, "T", 370.87),
        (3, "T", 370.6),
    ]


IN_NEW_YORK = {"timezone": "America/New_York"}
AT_OPEN = {"time": "2024-01-02 09:30", "AAPL": 185.64, "MSFT": 370.87}


@pytest.mark.parametrize(
    "text",
    [
        "Time (America/New_York),AAPL,MSFT\n2024-01-02 09:30,185.64,370.87\n",
        "# Time zone: America/New_York\nTime,AAPL,MSFT\n2024-01-02 09:30,185.64,370.87\n",
        "Date,Time,tz,AAPL,MSFT\n2024-01-02,09:30,America/New_York,185.64,370.87\n",
        json.dumps(IN_NEW_YORK | {"values": [AT_OPEN]}),
        json.dumps(IN_NEW_YORK | {name: [it] for name, it in AT_OPEN.items()}),
        f"{json.dumps(IN_NEW_YORK)}\n{json.dumps(AT_OPEN)}",
    ],
)
def test_closes_have_the_zone_and_the_day_that_are_told(tmp_path, text):
    (tmp_path / "a").write_text(text)
    rows, _, _ = read(tmp_path / "a", ("AAPL", "MSFT"))
    time = datetime(2024, 1, 2, 14, 30, tzinfo=UTC)
    assert [(row.time, row.symbol, row.price) for row in rows] == [
        (time, "AAPL", 185.64),
        (time, "MSFT", 370.87),
    ]


def test_a_table_of_closes_is_none_where_a_symbol_is_missing(tmp_path):
    (tmp_path / "a.csv").write_text(CLOSES)
    for symbols in ((), ("AAPL", "IBM"), ("aapl",)):
        with pytest.raises(SettingError, match="no column for price: it has 'Date', 'AAPL'"):
            recording(tmp_path / "a.csv", symbols)
    bars = "Date,O,H,L,C,V\n2024-01-02,1,2,1,1.5,9\n"
    (tmp_path / "a.csv").write_text(bars)
    assert [row[2:] for row in values(tmp_path / "a.csv", ("V",))] == [(1.5, 9.0)]
