"""What could be read as something else than it is, and is told apart or refused."""

import json
from datetime import UTC, datetime

import pyarrow as pa
import pytest
from pyarrow import parquet
from recordings import read, recording, values

from contracts.settings import SettingError

TIME = datetime(2024, 1, 2, 14, 30, tzinfo=UTC)
BAR = {"t": "2024-01-02T14:30Z", "c": 185.1}


def file(tmp_path, text):
    path = tmp_path / "a"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    "name",
    [
        "Name",
        "code",
        "Market",
        "SecuritiesCode",
        "stock_id",
        "Company Name",
        "currency_pair",
        "Currency",
    ],
)
def test_rows_of_several_names_are_not_all_of_the_one_symbol_asked_for(tmp_path, name):
    path = file(tmp_path, f"date,close,{name}\n2024-01-02,14.75,AAL\n2024-01-02,185.1,Apple Inc.\n")
    with pytest.raises(SettingError, match=r"has rows of 'AAL', 'Apple Inc.', and no symbols"):
        recording(path, ("AAL",))
    rows, (bad,), _ = read(path, ("AAL",), {"symbol": name})
    assert [(row.symbol, row.price) for row in rows] == [("AAL", 14.75)]
    assert bad.why.startswith("symbol is 'Apple Inc.'")


@pytest.mark.parametrize("name", ["id", "Index"])
def test_what_looks_like_symbols_is_not_all_of_the_one_asked_for(tmp_path, name):
    # As in the messages of Yahoo's stream, and in tables of indices.
    rows = [{name: it, "time": "1704205800000", "price": 1.5} for it in ("AAPL", "BTC-USD")]
    path = file(tmp_path, "\n".join(map(json.dumps, rows)))
    with pytest.raises(SettingError, match="has rows of 'AAPL', 'BTC-USD', and no symbols"):
        recording(path, ("AAPL",))
    for number in (7, "7", "a1b2c3", None):
        path = file(tmp_path, "\n".join(json.dumps(it | {name: number}) for it in rows))
        assert [row[:2] for row in values(path, ("AAPL",))] == [(TIME, "AAPL")] * 2


@pytest.mark.parametrize("form", ["CSV", "CSV, cut", "JSON"])
def test_ids_that_number_rows_name_no_shares(tmp_path, form):
    def of(ids):
        if form == "JSON":
            rows = (json.dumps({"id": it, "time": "1704205800000", "price": 1.5}) for it in ids)
            return file(tmp_path, "\n".join(rows))
        lines = [f"{it},2024-01-02T14:30Z,1.5" for it in ids]
        return file(tmp_path, "\n".join(["id,time,price", *lines]) + "\n" * (form == "CSV"))

    for ids in (["T1", "T2", "T10"], ["TRD-1000", "TRD-1001"], ["AB_7", "AB_8", "AB_9"]):
        assert [row[:2] for row in values(of(ids), ("AAPL",))] == [(TIME, "AAPL")] * len(ids)
    for ids in (["US30", "GER40"], ["T1", "T2", "T2", "T1", "T1"], ["T1", "BTC-USD", "T3"]):
        with pytest.raises(SettingError, match=r"has rows of .*, and no symbols"):
            recording(of(ids), ("AAPL",))


def test_rows_of_several_numbers_are_not_all_of_the_one_symbol_asked_for(tmp_path):
    bars = [BAR | {"instrument_id": number} for number in (38, 38, 15144)]
    with pytest.raises(SettingError, match="has rows of '15144', '38', and no symbols"):
        recording(file(tmp_path, json.dumps({"bars": bars})), ("AAPL",))


@pytest.mark.parametrize("symbol", ["AAPL240216C00185000", "BTC-27DEC24-50000-C"])
def test_options_that_have_symbols_of_their_own_are_told_apart_by_these(tmp_path, symbol):
    path = file(tmp_path, f"time,symbol,strike,price\n2024-01-02T14:30Z,{symbol},185,1.5\n")
    assert values(path) == [(TIME, symbol, 1.5, None)]


@pytest.mark.parametrize(
    "text",
    [
        "date,close,name\n2024-01-02T14:30,185.1,Apple Inc.\n2024-01-02T14:30,185.1,\n",
        json.dumps({"bars": [BAR | {"name": "Apple Inc."}, BAR | {"name": None}]}),
        json.dumps({"2024-01-02": [BAR], "2024-01-03": [BAR]}),
    ],
)
def test_rows_of_one_name_are_of_the_one_symbol_asked_for(tmp_path, text):
    assert values(file(tmp_path, text), ("AAPL",)) == [(TIME, "AAPL", 185.1, None)] * 2


PRICES = {"prices": [[1_704_205_800_000, 42_000]]}


@pytest.mark.parametrize(
    ("document", "wanted"),
    [
        ({"aapl": [BAR], "msft": [BAR]}, {}),
        ({"aapl": {"bars": [BAR]}, "msft": {"bars": [BAR]}}, {}),
        ({"aapl": {"2024-01-02": {"close": 1}}, "msft": {"2024-01-02": {"close": 2}}}, {}),
        ({"aapl": PRICES, "msft": PRICES}, {"time": "1", "price": "2"}),
    ],
)
def test_rows_in_several_places_are_not_all_of_the_one_symbol_asked_for(tmp_path, document, wanted):
    with pytest.raises(SettingError, match=r"has rows of 'aapl.*', 'msft.*', and no symbols"):
        recording(file(tmp_path, json.dumps(document)), ("AAPL",), wanted)


@pytest.mark.parametrize("heading", ["Date,minute,Close", "Date,Bar,Close", "Close,From,date"])
def test_a_time_of_day_is_found_beside_a_day_by_what_it_is(tmp_path, heading):
    rows = [["2024-01-02", clock, "185.1"] for clock in ("14:30", "14:31")]
    if heading.startswith("Close"):
        rows = [row[::-1] for row in rows]
    path = file(tmp_path, "\n".join([heading, *map(",".join, rows)]))
    assert [row[0] for row in values(path, ("AAPL",))] == [TIME, TIME.replace(minute=31)]


def test_which_of_several_times_of_day_is_not_guessed(tmp_path):
    path = file(tmp_path, "Date,From,To,Close\n2024-01-02,14:30,14:31,185.1\n")
    with pytest.raises(SettingError, match="'From', 'To' tell times of day beside 'Date'"):
        recording(path, ("AAPL",))
    row = (TIME, "AAPL", 185.1, None)
    assert values(path, ("AAPL",), {"date": "Date", "time": "From"}) == [row]
    assert values(path, ("AAPL",), {"time": "Date"}) == [(TIME.replace(hour=0, minute=0), *row[1:])]


@pytest.mark.parametrize("name", ["Hour", "minute", "HE", "Hour Ending", "hours"])
def test_days_beside_hours_or_minutes_are_not_midnights(tmp_path, name):
    path = file(tmp_path, f"Date,{name},Close\n2024-01-02,9,185.1\n2024-01-02,10,185.2\n")
    with pytest.raises(SettingError, match=f"'{name}' tell times of day beside 'Date'"):
        recording(path, ("AAPL",))
    assert len(values(path, ("AAPL",), {"time": "Date"})) == 2


def test_a_time_that_has_its_own_time_of_day_takes_no_other(tmp_path):
    path = file(tmp_path, "Date,Updated,Close\n2024-01-02 14:30,22:00,185.1\n")
    assert [row[0] for row in values(path, ("AAPL",))] == [TIME]
    path = file(tmp_path, "timestamp,date,minute,close\n1704205800,2024-01-02,09:30,185.1\n")
    assert [row[0] for row in values(path, ("AAPL",))] == [TIME]


@pytest.mark.parametrize(
    ("heading", "time"),
    [
        ("Time (EST)", "2024-01-02 09:30"),
        ("Time (EET)", "2024.01.02 16:30:00"),
        ("Date [Europe/Berlin]", "02.01.2024 15:30"),
        ("Time (UTC+02)", "2024-01-02 16:30"),
        ("Date(UTC+8)", "2024-01-02 22:30:00"),
        ("Time (GMT -5)", "2024-01-02 09:30"),
        ("Time (utc + 5:30)", "2024-01-02 20:00"),
        ("Time [UTC+0]", "2024-01-02 14:30"),
        ("Date(UTC)", "2024-01-02 14:30"),
        ("Time (ET)", "2024-01-02T14:30Z"),
        ("Time (ms)", "1704205800000"),
        ("Date (ET)", "20240102 093000"),
        ("Date;Time (EST)", "2024-01-02;09:30"),
        ("Date (ET);Time", "2024-01-02;09:30"),
        ("Time (ET)", "2024.01.02D09:30:00.000000000"),
    ],
)
def test_times_have_the_zone_that_their_heading_names(tmp_path, heading, time):
    path = file(tmp_path, f"{heading};Close\n{time};185.1\n")
    assert [row[0] for row in values(path, ("AAPL",))] == [TIME]


@pytest.mark.parametrize("zone", [None, "UTC"])
def test_times_of_parquet_have_the_zone_of_their_heading_if_they_have_none(tmp_path, zone):
    naive = TIME.replace(hour=14 if zone else 9, tzinfo=None)
    times = pa.array([naive], pa.timestamp("us", zone))
    parquet.write_table(pa.table({"Time (EST)": times, "close": [185.1]}), tmp_path / "a")
    assert [row[0] for row in values(tmp_path / "a", ("AAPL",))] == [TIME]


@pytest.mark.parametrize("form", ["CSV", "JSON lines", "document", "Parquet"])
def test_a_time_without_a_zone_has_that_which_its_row_names(tmp_path, form):
    columns = {
        "Timezone": ["America/New_York", "UTC", "", None],
        "datetime": ["2024-01-02 09:30:00", *["2024-01-02 14:30:00"] * 3],
        "close": [185.1] * 4,
    }
    rows = [dict(zip(columns, it, strict=True)) for it in zip(*columns.values(), strict=True)]
    path = tmp_path / "a"
    if form == "CSV":
        lines = [",".join("" if it is None else str(it) for it in row.values()) for row in rows]
        path.write_text("\n".join([",".join(columns), *lines]))
    elif form == "JSON lines":
        path.write_text("\n".join(map(json.dumps, rows)))
    elif form == "document":
        path.write_text(json.dumps({"rows": rows}))
    else:
        times = [datetime.fromisoformat(it) for it in columns["datetime"]]
        parquet.write_table(pa.table(columns | {"datetime": times}), path)
    assert [row[0] for row in values(path, ("AAPL",))] == [TIME] * 4


@pytest.mark.parametrize("zone", ["America/New_York", "ET", "-05:00"])
def test_a_zone_has_several_names(tmp_path, zone):
    path = file(tmp_path, f"date,time,tz,close\n2024-01-02,09:30,{zone},185.1\n")
    assert [row[0] for row in values(path, ("AAPL",))] == [TIME]


@pytest.mark.parametrize(("hours", "time"), [("-5", "09:30"), ("+9", "23:30"), ("0", "14:30")])
def test_a_zone_may_be_told_in_hours_from_utc(tmp_path, hours, time):
    path = file(tmp_path, f"time,tz,close\n2024-01-02 {time},{hours},185.1\n")
    assert [row[0] for row in values(path, ("AAPL",))] == [TIME]


def test_a_heading_whose_zone_could_be_several_is_not_taken_for_utc(tmp_path):
    path = file(tmp_path, "Time (CST),Close\n2024-01-02 08:30,185.1\n")
    with pytest.raises(SettingError, match="CST is not sure to be one zone"):
        recording(path, ("AAPL",))


def test_whole_numbers_of_databento_are_not_prices(tmp_path):
    heading = "ts_event,rtype,publisher_id,instrument_id,price,size,symbol"
    path = file(tmp_path, f"{heading}\n1704205800000000100,0,1,5,510000000,10,AAPL\n")
    with pytest.raises(SettingError, match=r"in units of 0.000000001"):
        recording(path)
    path = file(tmp_path, f"{heading}\n1704205800000000000,0,1,5,0.510000000,10,AAPL\n")
    assert values(path) == [(TIME, "AAPL", 0.51, 10.0)]


ACTIONS = ["A", "T", "F", "C"]


@pytest.mark.parametrize("form", ["CSV", "Parquet"])
def test_of_orders_of_databento_only_trades_are_rows(tmp_path, form):
    # An order that is added or cancelled has a price too, and a fill is its trade once more.
    columns = {"ts_event": [1_704_205_800_000_000_000] * 4, "rtype": [160] * 4,
               "publisher_id": [2] * 4, "instrument_id": [38] * 4, "action": ACTIONS,
               "price": [1.5, 1.6, 1.6, 1.5], "size": [9, 2, 2, 9],
               "symbol": ["AAPL"] * 4}  # fmt: skip
    if form == "CSV":
        rows = [",".join(map(str, it)) for it in zip(*columns.values(), strict=True)]
        path = file(tmp_path, "\n".join([",".join(columns), *rows]))
    else:
        path = tmp_path / "a"
        parquet.write_table(pa.table(columns), path)
    rows, bad, counts = read(path)
    assert [(row.time, row.symbol, row.price, row.volume) for row in rows] == [
        (TIME, "AAPL", 1.6, 2.0)
    ]
    assert [it.why for it in bad] == [
        f"its 'action' is '{it}', and that of rows 'T'" for it in "AFC"
    ]
    assert (counts.rows, counts.bad_row) == (1, 3)


def test_messages_that_were_written_to_csv_are_rows_of_one_kind(tmp_path):
    heading = "type,trade_id,product_id,price,size,time"
    kinds = ("match,7", "ticker,7", "match,8")
    rows = [f"{it},BTC-USD,42000,1,2024-01-02T14:30Z" for it in kinds]
    found, (bad,), _ = read(file(tmp_path, "\n".join([heading, *rows])))
    assert [row.line for row in found] == [2, 4]
    assert (bad.line, bad.why) == (3, "its 'type' is 'ticker', and that of rows 'match'")


def test_orders_that_were_written_to_csv_before_a_trade_are_no_rows(tmp_path):
    heading = "type,trade_id,product_id,price,size,time"
    rows = [f"{it},7,BTC-USD,42000,1,2024-01-02T14:30Z" for it in ("open", "match")]
    found, (bad,), _ = read(file(tmp_path, "\n".join([heading, *rows])))
    assert [row.line for row in found] == [3]
    assert bad.line == 2


@pytest.mark.parametrize("symbol", ["SYMBOL", "UNDERLYING"])
@pytest.mark.parametrize(
    "strike", ["STRIKE_PR", "strike", "Strike Price", "option_type", "cp_flag"]
)
def test_options_are_not_all_of_the_symbol_of_their_share(tmp_path, symbol, strike):
    heading = f"TIMESTAMP,{symbol},Contract,{strike},CLOSE"
    rows = [f"2024-01-02T14:30Z,INFY,INFY{it},{it},1.5" for it in (1500, 1600)]
    path = file(tmp_path, "\n".join([heading, *rows]))
    with pytest.raises(SettingError) as told:
        recording(path, ("INFY",))
    assert str(told.value) == (
        f"REPLAY_FILE: {strike!r} tells of options, of which several may have one symbol; takes the"
        " column that names each by REPLAY_COLUMNS=symbol=NAME"
    )
    found = values(path, (), {"symbol": "Contract"})
    assert [row[1] for row in found] == ["INFY1500", "INFY1600"]


@pytest.mark.parametrize(
    "text",
    [
        "symbol,timestamp,is_snapshot,side,price,amount\nA,1704205800,true,bid,1,2\n",
        "symbol,id,side,size,price,timestamp,transactTime\nA,8,Sell,2,1,1704205800,1704205800\n",
        # Binance's history of its book, and its liquidations
        (
            "symbol,timestamp,first_update_id,last_update_id,side,update_type,price,qty,pu\n"
            "A,1704205800123,1,2,a,set,42000.5,1.5,0\n"
        ),
        (
            "time,symbol,side,order_type,time_in_force,price,average_price,order_status\n"
            "1704205800123,A,BUY,LIMIT,IOC,42000.5,42001,FILLED\n"
        ),
        "timestamp,symbol,side,level,price,size\n1704205800123,A,bid,1,42000.5,0.1\n",
    ],
)
def test_a_book_of_orders_is_no_file_of_trades(tmp_path, text):
    path = file(tmp_path, text)
    with pytest.raises(SettingError, match="tells of orders, whose prices are no trades"):
        recording(path)


LEAN = "20240102 00:00,1871500,1884400,1838900,1856400,82488700\n"


def test_prices_of_lean_are_not_ten_thousand_times_as_high(tmp_path):
    wanted = {"time": "1", "price": "5", "volume": "6"}
    with pytest.raises(
        SettingError, match=r"look like LEAN's, whose prices are in units of 0\.0001"
    ):
        recording(file(tmp_path, LEAN * 2), ("AAPL",), wanted)
    for others in ("20240103 00:00,187.15,188.44,183.89,185.64,82488700\n", "\ntime,o,h,l,c,v\n"):
        assert recording(file(tmp_path, LEAN + others), ("AAPL",), wanted).survey.facts.counts.rows
    path = file(tmp_path, f"time,o,h,l,close,volume\n{LEAN}")
    assert [row[2:] for row in values(path, ("AAPL",))] == [(1_856_400.0, 82_488_700.0)]


@pytest.mark.parametrize(
    ("heading", "row", "volume"),
    [
        ("symbol,Volume BTC,Volume USDT", "BTCUSDT,1.5,63000", 1.5),
        ("symbol,Volume USDT,Volume BTC", "BTC/USDT,63000,1.5", 1.5),
        ("symbol,Volume USD,Volume USDT", "USDT/USD,7,8", 8.0),
        ("symbol,Volume_(BTC),Volume_(Currency)", "BTCUSD,1.5,63000", 1.5),
        ("symbol,Volume BTC,Volume USDT", "ETHEUR,1.5,63000", None),
        ("symbol,Volume MA", "MA,7", None),
        ("symbol,Volume (shares)", "AAPL,7", 7.0),
        ("symbol,Volume (BTC)", "BTCUSD,7", 7.0),
        ("symbol,Volume (USD)", "BTCUSD,7", None),
        ("symbol,Volume (000)", "AAPL,7", None),
        ("symbol,Vol. [mln]", "AAPL,7", None),
        ("symbol,Volume BTC,Volume USDT,Volume", "BTCUSDT,1,2,3", 3.0),
    ],
)
def test_the_volume_is_that_of_what_is_traded(tmp_path, heading, row, volume):
    path = file(tmp_path, f"time,price,{heading}\n2024-01-02T14:30Z,42000,{row}\n")
    assert [it[3] for it in values(path)] == [volume]
    symbol, _, rest = row.partition(",")
    path = file(
        tmp_path,
        f"time,price,{heading.partition(',')[2]}\n2024-01-02T14:30Z,42000,{rest}\n",
    )
    assert [it[3] for it in values(path, (symbol,))] == [volume]


def test_a_file_that_is_appended_with_other_columns_is_not_read_by_the_first(tmp_path):
    first = "date,symbol,open,close\n2024-01-02,AAPL,1,185.1\n"
    path = file(tmp_path, f"{first}date,symbol,open,close\n2024-01-03,AAPL,1,185.2\n")
    rows, bad, _ = read(path)
    assert [row.price for row in rows] == [185.1, 185.2]
    assert [it.line for it in bad] == [3]
    path = file(tmp_path, f"{first}Date,Symbol,Close,Open\n2024-01-03,AAPL,185.2,1\n")
    with pytest.raises(SettingError, match="the columns change in line 3"):
        recording(path)


def test_a_long_file_whose_columns_change_further_on_is_refused_too(tmp_path):
    rows = "".join(f"2024-01-02T10:{n // 60:02}:{n % 60:02}Z,AAPL,1,185.1\n" for n in range(3000))
    appended = "Date,Symbol,Close,Open\n2024-01-03,AAPL,185.2,1\n"
    path = file(tmp_path, f"date,symbol,open,close\n{rows}{appended}")
    with pytest.raises(SettingError, match="the columns change in line 3002"):
        recording(path)


def test_a_file_that_is_appended_with_its_volume_elsewhere_is_not_read_by_the_first(tmp_path):
    # As Yahoo wrote it until 2017, and since.
    before = "Date,Close,Volume,Adj Close\n2017-01-03,116.15,28781900,114.7\n"
    path = file(tmp_path, f"{before}Date,Close,Adj Close,Volume\n2024-01-02,185.6,184.9,82488700\n")
    with pytest.raises(SettingError, match="the columns change in line 3"):
        recording(path, ("AAPL",))


@pytest.mark.parametrize(
    ("symbols", "played"),
    [
        ("aapl brk.b 700", "AAPL BRK.B 700"),
        ("btc-usd btc-usd", "BTC-USD BTC-USD"),
        ("AAPL aapl", "AAPL"),  # two that are the same but for their letters could be two symbols
        ("aapl Brk.b", ""),
        ("buy sell", ""),  # sides of trades
    ],
)
def test_symbols_in_small_letters_are_those_in_capitals_where_none_is_in_capitals(
    tmp_path, symbols, played
):
    rows = [f"2024-01-02,{it},185.1" for it in symbols.split()]
    path = file(tmp_path, "\n".join(["date,symbol,close", *rows]))
    if not played:
        with pytest.raises(SettingError, match=r"line 2: symbol is '.*': takes 1 to 32 capitals"):
            recording(path)
        return
    found, bad, _ = read(path)
    assert [row.symbol for row in found] == played.split()
    assert len(found) + len(bad) == len(rows)
    objects = [{"time": "2024-01-02", "symbol": it, "close": 185.1} for it in symbols.split()]
    assert len(read(file(tmp_path, json.dumps(objects)))[0]) == len(found)


def test_symbols_asked_for_are_found_in_small_letters(tmp_path):
    path = file(tmp_path, "date,symbol,close\n2024-01-02,aapl,185.1\n2024-01-02,ibm,7\n")
    rows, bad, counts = read(path, ("AAPL",))
    assert ([row.symbol for row in rows], bad, counts.other_symbol) == (["AAPL"], [], 1)


def test_a_capital_in_a_later_stretch_of_the_file_counts_for_all_of_it(tmp_path):
    rows = ["2024-01-02,aapl,185.1"] * 20_000
    path = file(tmp_path, "\n".join(["date,symbol,close", *rows, "2024-01-02,AAPL,7"]))
    rows, bad, _ = read(path)
    assert [(row.symbol, row.price) for row in rows] == [("AAPL", 7.0)]
    assert len(bad) == 20_000


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("45293,185.1", "line 2: time is '45293': it could be a day of Excel's; takes 2024-01-31"),
        ("45293.6,185.1", "time is '45293.6': it could be a day of Excel's"),
        ("2024-01-02,110'165", 'line 2: price is "110\'165": takes 1184.40, or 1,184.40 in qu'),
        ("2024-01-02,110\u2019165", "takes 1184.40, or 1,184.40 in quotes"),
        ("2024-01-02,110 16", "price is '110 16': takes 1184.40"),
    ],
)
def test_a_value_that_is_not_taken_says_what_is(tmp_path, row, said):
    with pytest.raises(SettingError) as told:
        recording(file(tmp_path, f"date,close\n{row}\n"), ("AAPL",))
    assert said in str(told.value)


@pytest.mark.parametrize("digits", ["153000123", "153000123456", "153000123456789"])
def test_times_of_day_without_a_day_are_no_numbers_since_1970(tmp_path, digits):
    # As in the files of New York's exchange, which count nanoseconds.
    path = file(tmp_path, f"Time,Symbol,Trade Price\n{digits},A,138.9\n")
    with pytest.raises(SettingError, match="look like times of day, such as 153000123"):
        recording(path)
    history = f"Time,Symbol,Trade Price\n{digits},A,1\n1704205800,A,138.9\n"
    assert [row[0] for row in values(file(tmp_path, history))][1] == TIME


@pytest.mark.parametrize("heading", ["Date,Timestamp,Close", "Timestamp,day,Close"])
def test_a_time_of_day_has_its_day_whatever_it_is_called(tmp_path, heading):
    row = {"Date": "2024-01-02", "day": "2024-01-02", "Timestamp": "14:30:00", "Close": "185.1"}
    text = ",".join(row[it] for it in heading.split(","))
    path = file(tmp_path, f"{heading}\n{text}\n")
    assert values(path, ("AAPL",)) == [(TIME, "AAPL", 185.1, None)]


def test_prices_of_databento_that_are_statistics_are_no_trades(tmp_path):
    heading = "ts_event,rtype,publisher_id,instrument_id,price,quantity,stat_type,symbol"
    path = file(tmp_path, f"{heading}\n1704205800000000000,24,1,5,4780.25,1,3,ESH4\n")
    with pytest.raises(SettingError, match="'stat_type' tells of Databento's statistics"):
        recording(path)


@pytest.mark.parametrize("lost", ["-1", "-1.0", -1, -1.0])
def test_bars_of_what_has_no_volume_have_none(tmp_path, lost):
    # As IBKR has them for currencies.
    bar = {
        "time": "2024-01-02T14:30Z",
        "open": 1,
        "high": 1,
        "low": 1,
        "close": 1.1,
        "volume": lost,
    }
    assert values(file(tmp_path, json.dumps(bar)), ("EUR",)) == [(TIME, "EUR", 1.1, None)]
    trade = {"time": "2024-01-02T14:30Z", "price": 1.1, "volume": lost}
    with pytest.raises(SettingError, match=r"volume is '-1(\.0)?'"):
        recording(file(tmp_path, json.dumps(trade)), ("EUR",))


@pytest.mark.parametrize(
    "name", ["20240102", "1704153600", "1704153600000", "1704153600" + "0" * 9]
)
def test_a_day_or_a_number_since_1970_that_rows_stand_under_is_their_time(tmp_path, name):
    midnight = TIME.replace(hour=0, minute=0)
    path = file(tmp_path, json.dumps({name: {"close": 185.1}}))
    assert values(path, ("AAPL",)) == [(midnight, "AAPL", 185.1, None)]
    path = file(
        tmp_path, json.dumps({"AAPL": {name: {"timestamp": "2024-01-02T14:30Z", "close": 1}}})
    )
    assert values(path) == [(TIME, "AAPL", 1.0, None)]
    path = file(tmp_path, json.dumps({name: [BAR]}))
    assert values(path, ("AAPL",)) == [(TIME, "AAPL", 185.1, None)]


def test_days_of_metastock_have_their_times(tmp_path):
    heading = "<TICKER>,<PER>,<DTYYYYMMDD>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>"
    path = file(tmp_path, f"{heading}\nEURUSD,5,20240102,143000,1,1,1,1.10425,12\n")
    assert values(path) == [(TIME, "EURUSD", 1.10425, 12.0)]


def test_a_row_without_values_does_not_tell_what_columns_hold(tmp_path):
    # As Stooq answers where one of several symbols is not known.
    path = file(
        tmp_path,
        "Symbol,Date,Time,Close\nXX.US,N/D,N/D,N/D\nYY.US,2024-01-02,14:30:00,1,184.40\n"
        "AAPL.US,2024-01-02,14:30:00,185.64\n",
    )
    rows, (bad, _), _ = read(path)
    assert [(row.time, row.symbol, row.price) for row in rows] == [(TIME, "AAPL.US", 185.64)]
    assert bad.line == 2


OFFSETS = [
    ("-05:00", 0), ("-18000", 0), ("-5", 0), ("UTC+8", 0), ("", 1), ("0", 1), ("+00:00", 1),
    ("UTC+00:00", 1), ("GMT", 1),
]  # fmt: skip


@pytest.mark.parametrize("name", ["utc_offset", "gmtoffset", "GMT Offset", "tz_offset_minutes"])
@pytest.mark.parametrize(("offset", "is_utc"), OFFSETS)
def test_a_time_without_a_zone_beside_an_offset_is_not_taken_for_utc(
    tmp_path, name, offset, is_utc
):
    path = file(tmp_path, f"time,symbol,{name},price\n2024-01-02 14:30,A,{offset},1.5\n")
    if not is_utc:
        with pytest.raises(SettingError) as told:
            recording(path)
        assert str(told.value).endswith(
            f"line 2: its time names no zone, and the offset beside it is {offset!r}: takes"
            " 2024-01-31T15:30:00-05:00, or times that are UTC by REPLAY_COLUMNS=time=NAME"
        )
    assert values(path, (), {} if is_utc else {"time": "time"}) == [(TIME, "A", 1.5, None)]


@pytest.mark.parametrize("time", ["2024-01-02T14:30Z", "1704205800", "2024-01-02 09:30-05:00"])
def test_a_time_that_names_its_zone_may_stand_beside_an_offset(tmp_path, time):
    path = file(tmp_path, f"time,symbol,gmtoffset,price\n{time},A,-18000,1.5\n")
    assert values(path) == [(TIME, "A", 1.5, None)]


def test_an_offset_beside_naive_times_of_parquet_is_seen(tmp_path):
    naive = TIME.replace(hour=9, tzinfo=None)
    table = {"time": [naive], "utc_offset": ["-05:00"], "price": [1.5]}
    parquet.write_table(pa.table(table), tmp_path / "a")
    with pytest.raises(SettingError, match="the offset beside it is '-05:00'"):
        recording(tmp_path / "a", ("A",))


@pytest.mark.parametrize(
    ("heading", "row", "names"),
    [
        ("time,timestamp", "2024-01-02 09:30,2024-01-02T14:30:00Z", "'time' .* by 'timestamp'"),
        (
            "datetime,datetime_utc",
            "2024-01-02 09:30,2024-01-02 14:30",
            "'datetime' .* 'datetime_utc'",
        ),
        ("date,time,UTC time", "2024-01-02,09:30,2024-01-02 14:30", "'time' .* 'UTC time'"),
    ],
)
def test_of_two_times_that_are_hours_apart_the_one_without_a_zone_is_not_taken_for_utc(
    tmp_path, heading, row, names
):
    path = file(tmp_path, f"{heading},symbol,price\n{row},A,1.5\n")
    with pytest.raises(
        SettingError, match=f"{names} it is not UTC; takes one of them by REPLAY_COL"
    ):
        recording(path)
    last = heading.rpartition(",")[2]
    assert [it[0] for it in values(path, (), {"time": last})] == [TIME]


@pytest.mark.parametrize(
    "other", ["2024-01-02T14:30:00Z", "2024-01-02T14:30:07Z", "2024-03-15T20:00:00Z", "x"]
)
def test_another_time_that_is_not_hours_apart_changes_nothing(tmp_path, other):
    path = file(tmp_path, f"time,received,symbol,price\n2024-01-02 14:30:00,{other},A,1.5\n")
    assert values(path) == [(TIME, "A", 1.5, None)]


@pytest.mark.parametrize(
    ("heading", "ends"),
    [
        ("Open Time (UTC),Close Time (UTC)", "2024-01-02 15:30:00"),
        ("Time (UTC),Updated (UTC)", "2024-01-02 15:30:00"),
        ("open_time,close_time", "2024-01-02T15:30:00Z"),
        ("time,end", "2024-01-02 15:30:00+00:00"),
    ],
)
def test_a_time_at_which_a_bar_ends_does_not_show_that_it_began_elsewhere(tmp_path, heading, ends):
    path = file(tmp_path, f"{heading},symbol,close\n2024-01-02 14:30:00,{ends},A,1.5\n")
    assert values(path) == [(TIME, "A", 1.5, None)]


@pytest.mark.parametrize(("local", "utc"), [("09:30", "14:30"), ("20:00", "01:00")])
def test_a_time_of_day_in_utc_shows_that_another_is_not(tmp_path, local, utc):
    path = file(tmp_path, f"date,time,time_utc,symbol,price\n2024-01-02,{local},{utc},A,1.5\n")
    with pytest.raises(SettingError, match="'time' names no zone, and by 'time_utc' it is not UTC"):
        recording(path)


def test_a_day_in_utc_is_no_time_hours_apart(tmp_path):
    path = file(
        tmp_path,
        "date,time,date_utc,time_utc,symbol,price\n2024-01-02,14:30,2024-01-02,14:30,A,1.5\n",
    )
    assert values(path) == [(TIME, "A", 1.5, None)]


@pytest.mark.parametrize("name", ["Time_EST", "bar time et", "Start, UTC-5"])
def test_a_zone_without_brackets_counts_in_a_column_that_is_wanted(tmp_path, name):
    path = file(tmp_path, f'"{name}",close\n2024-01-02 09:30,185.1\n')
    assert [row[0] for row in values(path, ("AAPL",), {"time": name})] == [TIME]


@pytest.mark.parametrize(
    "line",
    ["# timezone: US/Eastern", "Time Zone,ET", '"tz";"-05:00"', "TZ: America/New_York (EST)"],
)
def test_a_zone_that_stands_above_the_heading_is_that_of_all_rows(tmp_path, line):
    path = file(tmp_path, f"{line}\n\ntime,close\n2024-01-02 09:30,185.1\n2024-01-02T14:30Z,7\n")
    assert [row[0] for row in values(path, ("AAPL",))] == [TIME] * 2


@pytest.mark.parametrize("line", ["Symbol: MSFT", "# ticker = MSFT", '"Symbol","MSFT"'])
def test_a_symbol_that_stands_above_the_heading_is_that_of_all_rows(tmp_path, line):
    path = file(tmp_path, f"{line}\ntime,close\n2024-01-02T14:30Z,185.1\n")
    with pytest.raises(SettingError) as told:
        recording(path, ("AAPL",))
    assert str(told.value) == (
        "REPLAY_FILE: the rows are of 'MSFT', as stands above them, and SYMBOLS is 'AAPL'; takes"
        " SYMBOLS=MSFT"
    )
    assert [row[1] for row in values(path, ("MSFT",))] == ["MSFT"]


@pytest.mark.parametrize("line", ["Symbol: NASDAQ:AAPL", "Symbol: AAPL.US", "Symbol: Apple Inc."])
def test_a_symbol_above_the_heading_may_be_written_otherwise(tmp_path, line):
    path = file(tmp_path, f"{line}\ntime,close\n2024-01-02T14:30Z,185.1\n")
    assert [row[1] for row in values(path, ("AAPL",))] == ["AAPL"]


@pytest.mark.parametrize("symbol", ["NASDAQ:AAPL", "AAPL.US"])
def test_a_symbol_that_is_asked_for_may_say_more_than_that_above_the_heading(tmp_path, symbol):
    path = file(tmp_path, "Symbol: AAPL\ntime,close\n2024-01-02T14:30Z,185.1\n")
    assert [row[1] for row in values(path, (symbol,))] == [symbol]


@pytest.mark.parametrize(
    "other",
    [
        "timestamp,symbol,close,open,volume",
        "volume,symbol,open,close,date",
        "date,symbol,open,close,trades",
        "Day,Symbol,Open,Close,Turnover",
    ],
)
def test_a_file_that_is_appended_under_other_names_is_not_read_by_the_first(tmp_path, other):
    first = "date,symbol,open,close,volume\n2024-01-02,AAPL,1,185.1,7\n"
    path = file(tmp_path, f"{first}{other}\n2024-01-03,AAPL,185.2,1,8\n")
    with pytest.raises(SettingError, match="the columns change in line 3"):
        recording(path)


def test_a_heading_that_comes_again_is_no_other_whichever_column_is_wanted(tmp_path):
    part = "t,symbol,open,close\n2024-01-02,A,1,2\n"
    rows, bad, _ = read(file(tmp_path, part + part.upper()), (), {"price": "open"})
    assert ([row.price for row in rows], [it.line for it in bad]) == ([1.0, 1.0], [3])


def test_a_file_that_is_appended_under_another_name_for_its_time_goes_on(tmp_path):
    first = "date,symbol,open,close,volume\n2024-01-02,AAPL,1,185.1,7\n"
    other = "timestamp,symbol,open,close,volume\n2024-01-03,AAPL,1,185.2,8\n"
    rows, (bad,), _ = read(file(tmp_path, first + other))
    assert [row.price for row in rows] == [185.1, 185.2]
    assert bad.line == 3


@pytest.mark.parametrize(
    ("name", "scale"), [("price_scale", "2"), ("expo", "-8"), ("Scale", "100")]
)
def test_prices_in_units_that_another_column_tells_are_not_taken_as_they_are(tmp_path, name, scale):
    path = file(tmp_path, f"time,symbol,price,{name}\n2024-01-02T14:30Z,A,18564,{scale}\n")
    with pytest.raises(
        SettingError, match=f"'{name}' tells in which units the whole numbers in 'pri"
    ):
        recording(path)
    assert [row[2] for row in values(path, (), {"price": "price"})] == [18564.0]
    for price, plain in (("185.64", scale), ("18564", "0"), ("18564", "1")):
        path = file(tmp_path, f"time,symbol,price,{name}\n2024-01-02T14:30Z,A,{price},{plain}\n")
        assert [row[2] for row in values(path)] == [float(price)]


NAIVE = {"datetime": "2024-01-02 09:30:00", "close": 185.1}


@pytest.mark.parametrize(
    "document",
    [
        {"values": [NAIVE], "timezone": "America/New_York"},
        {"values": [NAIVE], "meta": {"exchange_timezone": "America/New_York"}},
        {"Time Series": {"2024-01-02 09:30:00": {"4. close": "185.1"}},
         "Meta Data": {"6. Time Zone": "America/New_York"}},
    ],
)  # fmt: skip
def test_a_zone_that_stands_behind_the_rows_is_not_passed_over(tmp_path, document):
    path = file(tmp_path, json.dumps(document))
    with pytest.raises(
        SettingError, match="the zone of its times, 'America/New_York', stands behin"
    ):
        recording(path, ("AAPL",))
    before = dict(reversed(document.items()))
    path = file(tmp_path, json.dumps(before))
    assert [row[0] for row in values(path, ("AAPL",))] == [TIME]


@pytest.mark.parametrize(
    "documents",
    [
        [{"values": [BAR], "timezone": "America/New_York"}],
        [{"symbol": "A", "values": [NAIVE]}, {"timezone": "UTC", "symbol": "B", "values": [NAIVE]}],
        [{"A": {"values": [NAIVE]}, "B": {"meta": {"timezone": "UTC"}, "values": [NAIVE]}}],
        [{"values": [NAIVE], "timezone": "UTC"}],
        [{"values": [NAIVE], "meta": {"exchange_timezone": "Etc/UTC"}}],
    ],
)
def test_a_zone_behind_rows_that_it_is_not_of_changes_nothing(tmp_path, documents):
    path = file(tmp_path, "\n".join(map(json.dumps, documents)))
    assert len(values(path, ("A",) if "A" in str(documents) else ("AAPL",))) >= 1


@pytest.mark.parametrize(
    ("heading", "rows"),
    [
        ("market,asset", ["spot,BTC", "spot,ETH"]),
        ("base,quote", ["BTC,USD", "ETH,USD"]),
        ("name,isin", ["Shell,GB00BP6MXD84", "Shell,US7802593050"]),
    ],
)
def test_of_several_columns_any_may_name_what_rows_are_of(tmp_path, heading, rows):
    lines = [f"2024-01-0{n},1.5,{it}" for n, it in enumerate(rows, 2)]
    with pytest.raises(SettingError, match=r"has rows of .*, and no symbols"):
        recording(file(tmp_path, "\n".join([f"date,close,{heading}", *lines])), ("BTC",))
    path = file(
        tmp_path, "\n".join([f"date,close,{heading}", lines[0], lines[0].rpartition(",")[0] + ","])
    )
    assert len(values(path, ("BTC",))) == 2


@pytest.mark.parametrize(
    "name", ["Local Time", "Time (local)", "Time [New York]", "Date (Eastern Time)", "Time (NY)"]
)
def test_times_that_are_local_by_their_heading_are_not_taken_for_utc(tmp_path, name):
    path = file(tmp_path, f"{name},close\n2024-01-02 14:30,185.1\n")
    with pytest.raises(SettingError) as told:
        recording(path, ("AAPL",))
    assert str(told.value) == (
        f"REPLAY_FILE: {name!r} says that its times are local, not of which zone; takes a heading"
        " such as 'Time (America/New_York)', or times that are UTC by REPLAY_COLUMNS=time=NAME"
    )
    assert [row[0] for row in values(path, ("AAPL",), {"time": name})] == [TIME]
    for time in ("2024-01-02 15:30 GMT+0100", "1704205800"):
        path = file(tmp_path, f"{name},close\n{time},185.1\n")
        assert [row[0] for row in values(path, ("AAPL",))] == [TIME]


@pytest.mark.parametrize(
    "unit",
    ["(ms)", "(UTC)", "(HH:MM)", "[s]", "(GMT)", "(est)", "(et)", "(START)", "(LAST)", "(INT)"],
)
def test_what_else_stands_behind_a_time_in_brackets(tmp_path, unit):
    hour = 9 if unit in {"(est)", "(et)"} else 14
    path = file(tmp_path, f"Time {unit},close\n2024-01-02 {hour:02}:30,185.1\n")
    assert [row[0] for row in values(path, ("AAPL",))] == [TIME]


def test_a_time_with_a_zone_beside_one_of_parquet_without_is_seen(tmp_path):
    table = {
        "time": pa.array([TIME.replace(hour=9, tzinfo=None)], pa.timestamp("us")),
        "received": pa.array([TIME], pa.timestamp("us", "America/New_York")),
        "price": [1.5],
    }
    parquet.write_table(pa.table(table), tmp_path / "a")
    with pytest.raises(SettingError, match="'time' names no zone, and by 'received' it is not UTC"):
        recording(tmp_path / "a", ("A",))
    found = values(tmp_path / "a", ("A",), {"time": "received"})
    assert [row[0] for row in found] == [TIME]


@pytest.mark.parametrize("above", [{"meta": {"tz": "America/New_York"}}, {"timezone": "ET"}])
def test_a_zone_in_a_line_of_json_above_the_rows_is_that_of_all_of_them(tmp_path, above):
    path = file(tmp_path, "\n".join(map(json.dumps, [above, NAIVE, NAIVE])))
    rows, (bad,), _ = read(path, ("AAPL",))
    assert [row.time for row in rows] == [TIME] * 2
    assert bad.line == 1


def test_a_symbol_in_a_line_of_json_above_the_rows_is_not_passed_over(tmp_path):
    path = file(tmp_path, "\n".join(map(json.dumps, [{"meta": {"symbol": "MSFT"}}, NAIVE])))
    with pytest.raises(SettingError, match="the rows are of 'MSFT', as stands above them"):
        recording(path, ("AAPL",))
    assert [row.symbol for row in read(path, ("MSFT",))[0]] == ["MSFT"]


@pytest.mark.parametrize("told", [("NYSE", "NASDAQ"), ("XNYS", "ARCX"), ("open", "pre-market")])
def test_a_market_may_be_a_venue_of_trades_or_a_part_of_the_day(tmp_path, told):
    rows = "".join(f"2024-01-02T14:30Z,1.5,{it}\n" for it in told)
    path = file(tmp_path, f"time,price,market\n{rows}")
    assert values(path, ("AAPL",)) == [(TIME, "AAPL", 1.5, None)] * 2
    rows = "2024-01-02T14:30Z,1.5,BTC-USD\n2024-01-02T14:30Z,1.5,ETH-USD\n"
    with pytest.raises(SettingError, match="has rows of 'BTC-USD', 'ETH-USD', and no symbols"):
        recording(file(tmp_path, f"time,price,market\n{rows}"), ("AAPL",))


@pytest.mark.parametrize("name", ["code", "name"])
def test_shares_may_be_called_as_venues_and_parts_of_the_day(tmp_path, name):
    rows = "".join(f"2024-01-02T14:30Z,1.5,{it}\n" for it in ("OPEN", "CBOE", "POST"))
    with pytest.raises(SettingError, match="has rows of 'CBOE', 'OPEN', 'POST', and no symbols"):
        recording(file(tmp_path, f"time,price,{name}\n{rows}"), ("AAPL",))


def test_venues_have_bars_of_their_own(tmp_path):
    rows = "".join(f"2024-01-02T14:30Z,1,2,1,1.5,{it}\n" for it in ("NYSE", "NASDAQ"))
    path = file(tmp_path, f"time,open,high,low,close,market\n{rows}")
    with pytest.raises(SettingError, match="has rows of 'NASDAQ', 'NYSE', and no symbols"):
        recording(path, ("AAPL",))


def test_rows_that_have_more_values_than_there_are_names_are_told(tmp_path):
    path = file(tmp_path, "time,price,size\n2024-01-02 14:30:00,1.5,2,\n")
    with pytest.raises(SettingError, match="line 2: 4 values under 3 names"):
        recording(path, ("AAPL",))


@pytest.mark.parametrize(
    "around",
    [
        {"symbol": "AAPL.US", "ticker": "AAPL"},
        {"security": "Apple Inc.", "instrument": "equity", "symbol": "AAPL.US"},
        {"pair": "AAPL/USD", "ticker": "AAPL.US"},
    ],
)
@pytest.mark.parametrize("rows", [{"bars": [BAR]}, {"t": [1_704_205_800], "c": [185.1]}])
def test_of_several_names_in_one_object_the_usual_one_is_the_symbol(tmp_path, around, rows):
    for document in (around | rows, {"meta": around} | rows, rows | {"meta": around}):
        path = file(tmp_path, json.dumps(document))
        assert values(path) == [(TIME, "AAPL.US", 185.1, None)]


@pytest.mark.parametrize(
    "document",
    [
        '{"meta": {"symbol": "AAPL"}, "info": {"symbol": "MSFT"}, "bars": [ROW]}',
        '{"meta": {"symbol": "AAPL"}, "info": {"ticker": "MSFT"}, "bars": [ROW]}',
        '{"meta": {"symbol": "AAPL"}, "meta": {"symbol": "MSFT"}, "bars": [ROW]}',
    ],
)
def test_symbols_in_several_places_are_several(tmp_path, document):
    path = file(tmp_path, document.replace("ROW", json.dumps(BAR)))
    with pytest.raises(SettingError, match="symbol is 'AAPL, MSFT'"):
        recording(path)


def test_of_several_names_for_a_zone_in_one_object_the_whole_one_counts(tmp_path):
    meta = {"symbol": "A", "timezone": "EST", "exchangeTimezoneName": "America/New_York"}
    path = file(tmp_path, json.dumps({"meta": meta, "t": ["2024-01-02 09:30"], "c": [185.1]}))
    assert values(path) == [(TIME, "A", 185.1, None)]
