"""Rows of one symbol that are of several series: contracts, strikes, intervals."""

import json
from datetime import UTC, datetime

import pyarrow as pa
import pytest
from pyarrow import parquet
from recordings import Columns, arrays, as_parquet, csv, json_lines, read, recording, values

from contracts.settings import SettingError
from producer.feeds.replay.checks import series
from producer.feeds.replay.checks.series import Series, is_interval, may_be_interval

FUTURES: Columns = {
    "date": ["2024-01-02", "2024-01-03", "2024-01-02", "2024-01-03"],
    "symbol": ["NIFTY"] * 4,
    "EXPIRY_DT": ["25-Jan-2024"] * 2 + ["29-Feb-2024"] * 2,
    "close": [21_800.0, 21_801.0, 21_900.0, 21_901.0],
}


@pytest.mark.parametrize("form", [csv, json_lines, arrays, as_parquet])
def test_contracts_of_one_symbol_at_the_same_times_are_not_one_series(tmp_path, form):
    path = tmp_path / "a"
    form(path, FUTURES)
    with pytest.raises(SettingError) as told:
        recording(path)
    assert str(told.value) == (
        f"REPLAY_FILE: {path} has rows of NIFTY at the same times that are of '25-Jan-2024',"
        " '29-Feb-2024'; takes those of one, or the column that names each by"
        " REPLAY_COLUMNS=symbol=NAME"
    )
    form(path, FUTURES | {"contract": ["NIFTYF4"] * 2 + ["NIFTYG4"] * 2})
    assert [row[1] for row in values(path, (), {"symbol": "contract"})] == [
        *["NIFTYF4"] * 2,
        *["NIFTYG4"] * 2,
    ]


def test_a_future_that_is_rolled_over_is_one_series(tmp_path):
    csv(tmp_path / "a", FUTURES | {"date": [f"2024-01-{n}" for n in (24, 25, 26, 29)]})
    assert len(values(tmp_path / "a")) == 4


def test_of_series_of_symbols_that_are_not_asked_for_nothing_is_said(tmp_path):
    csv(tmp_path / "a", FUTURES | {"symbol": ["IBM", *["NIFTY"] * 3]})
    assert [row[1] for row in values(tmp_path / "a", ("IBM",))] == ["IBM"]


@pytest.mark.parametrize(
    ("name", "of"),
    [
        ("timeframe", ["1m", "5m"]),
        ("<PER>", ["1", "5"]),
        ("SYM_SUFFIX", ["A", "B"]),
        ("Period", ["1", "2"]),
    ],
)
def test_what_tells_series_apart_has_several_names(tmp_path, name, of):
    csv(
        tmp_path / "a",
        {"date": ["2024-01-02"] * 2, "symbol": ["A"] * 2, name: of, "close": [1.0, 2.0]},
    )
    with pytest.raises(SettingError, match=f"of A at the same times that are of '{of[0]}', "):
        recording(tmp_path / "a")


BAR = {"t": 1_704_205_800, "c": 185.1}
COLUMNS = {"t": [1_704_205_800], "c": [185.1]}


@pytest.mark.parametrize("interval", ["1D", "15MIN", "1h", "M1", "DAILY", "minute"])
@pytest.mark.parametrize("rows", [[BAR], COLUMNS])
def test_an_interval_within_a_symbol_is_no_symbol(tmp_path, interval, rows):
    path = tmp_path / "a"
    path.write_text(json.dumps({"AAPL": {interval: rows}, "IBM": {interval: rows}}))
    assert [row[1] for row in values(path)] == ["AAPL", "IBM"]
    path.write_text(json.dumps({"AAPL": {interval: rows, "5D": rows}}))
    with pytest.raises(
        SettingError, match=f"of AAPL at the same times that are of '{interval}', '5D'"
    ):
        recording(path)


@pytest.mark.parametrize("rows", [[BAR], COLUMNS])
def test_an_interval_alone_is_no_symbol(tmp_path, rows):
    (tmp_path / "a").write_text(json.dumps({"1D": rows}))
    with pytest.raises(SettingError, match="no column for symbol"):
        recording(tmp_path / "a")
    assert [row[1] for row in values(tmp_path / "a", ("AAPL",))] == ["AAPL"]


@pytest.mark.parametrize("symbol", ["14D", "88E", "M", "A", "1U1", "700", "C52", "AAPL", "D", "T"])
def test_symbols_are_no_intervals(symbol):
    assert not is_interval(symbol)
    assert not may_be_interval(symbol)


@pytest.mark.parametrize("symbol", ["DAY", "M1", "H12"])
def test_symbols_that_could_be_intervals_are_symbols_where_none_stands_around_them(
    tmp_path, symbol
):
    (tmp_path / "a").write_text(json.dumps({symbol: [BAR]}))
    assert [row[1] for row in values(tmp_path / "a")] == [symbol]


HEADING = "Date,Close\n"


def test_files_of_several_symbols_one_behind_the_other_are_not_all_of_the_one_asked_for(tmp_path):
    path = tmp_path / "a"
    aapl = f"{HEADING}2024-01-02,185.64\n2024-01-03,184.25\n"
    ibm = f"{HEADING}2024-01-02,161.5\n2024-01-03,160.1\n"
    path.write_text(f"about\n{aapl}{ibm}")
    with pytest.raises(SettingError) as told:
        recording(path, ("AAPL",))
    assert str(told.value) == (
        f"REPLAY_FILE: {path} has rows of AAPL at the same times that are of 'heading, line 2',"
        " 'heading, line 5'; takes those of one, or the column that names each by"
        " REPLAY_COLUMNS=symbol=NAME"
    )


@pytest.mark.parametrize("days", [(4, 5), (3, 4), (1,), (1, 2)])
def test_files_of_times_that_follow_each_other_are_one_series(tmp_path, days):
    path = tmp_path / "a"
    later = "".join(f"2024-01-0{day},184.{day}\n" for day in days)
    path.write_text(f"{HEADING}2024-01-02,185.64\n2024-01-03,184.25\n\ufeff{HEADING}{later}")
    rows, bad, _ = read(path, ("AAPL",))
    assert len(rows) == 2 + len(days)
    assert [it.line for it in bad] == [4]


def test_a_file_that_overlaps_the_one_before_it_has_its_bars_once(tmp_path):
    heading = "Date,Open,High,Low,Close\n"
    rows = [f"2024-01-0{day},1,1,1,{day}\n" for day in range(2, 8)]
    (tmp_path / "a").write_text("".join([heading, *rows[:4], heading, *rows[2:]]))
    found, bad, _ = read(tmp_path / "a", ("AAPL",))
    assert [row.price for row in found] == [2, 3, 4, 5, 6, 7]
    assert [it.line for it in bad] == [6, 7, 8]


def test_so_many_series_are_told_apart_and_no_more(monkeypatch):
    monkeypatch.setattr(series, "_MOST", 2)
    known = Series()
    time = datetime(2024, 1, 2, tzinfo=UTC)
    known.note([("A", "1", time), ("B", "1", time), ("B", "2", time)])
    assert known.mixed() == ()
    known.note([("A", "1", time), ("B", "1", time)])
    assert known.mixed() == ()


def test_an_interval_that_stands_once_beside_columns_is_of_all_rows(tmp_path):
    columns = {"t": [1_704_205_800, 1_704_205_860], "c": [185.1, 185.2], "interval": ["1m"]}
    (tmp_path / "a").write_text(json.dumps(columns))
    assert len(values(tmp_path / "a", ("AAPL",))) == 2


def test_a_quote_that_is_asked_for_again_and_has_not_changed_is_one_series(tmp_path):
    (tmp_path / "a").write_text("Time,Last\n2024-01-02T21:00Z,185.64\n" * 3)
    rows, bad, _ = read(tmp_path / "a", ("AAPL",))
    assert (len(rows), len(bad)) == (3, 2)


@pytest.mark.parametrize("rows", [[BAR], COLUMNS])
@pytest.mark.parametrize("part", ["2024", "2024-01", "2024Q1", "DATA", "OHLC"])
def test_a_part_of_what_stands_under_a_symbol_is_no_symbol(tmp_path, part, rows):
    (tmp_path / "a").write_text(json.dumps({"AAPL": {part: rows}, "2330": {part: rows}}))
    assert [row[1] for row in values(tmp_path / "a")] == ["AAPL", "2330"]


def test_a_ratio_of_price_and_earnings_tells_no_series(tmp_path):
    rows = [f"2024-01-0{day},185.{day},{per}" for day, per in enumerate((28.1, 28.2, 28.1), 2)]
    (tmp_path / "a").write_text("\n".join(["date,close,PER", *rows]))
    assert len(values(tmp_path / "a", ("AAPL",))) == 3


def test_two_shares_one_behind_the_other_are_not_one(tmp_path):
    # As pandas' concat() writes them, whose names are lost.
    def days(first, count=12):
        return [f"2024-01-{day:02},1,{first + day},1,{first + day}" for day in range(1, count + 1)]

    path, heading = tmp_path / "a", "date,open,high,low,close"
    path.write_text("\n".join([heading, *days(100), *days(300)]))
    with pytest.raises(SettingError) as told:
        recording(path, ("A",))
    assert str(told.value) == (
        f"REPLAY_FILE: {path} has times of A twice, with other prices: takes rows of one series, or"
        " the column that names them by REPLAY_COLUMNS=symbol=NAME"
    )
    path.write_text("\n".join([heading, *days(100), *days(300, 9)]))  # few: they were corrected
    assert recording(path, ("A",)).survey.facts.counts.rows == 21
    # Trades of days may come in any order.
    path.write_text("\n".join(["date,a,b,c,close", *days(100), *days(300)]))
    assert len(values(path, ("A",))) == 24


@pytest.mark.parametrize("together", [[2] * 12, [1, 2] * 6, [2, 3] * 6, [1] * 12, [2] * 9])
def test_bars_of_one_time_may_stand_behind_each_other_but_not_equally_many(tmp_path, together):
    days = [day for day, count in enumerate(together, 1) for _ in range(count)]
    rows = [f"2024-01-{day:02},1,50,1,{n}" for n, day in enumerate(days, 1)]
    (tmp_path / "a").write_text("\n".join(["date,open,high,low,close", *rows]))
    if together == [2] * 12:
        with pytest.raises(SettingError, match="has times of A twice, with other prices"):
            recording(tmp_path / "a", ("A",))
    else:
        assert len(values(tmp_path / "a", ("A",))) == len(days)


@pytest.mark.parametrize("names", [("AAPL", "MSFT"), ("aapl", "part-0"), ("2024-01-02", "B")])
def test_files_of_a_folder_that_are_called_as_shares_are_not_all_of_one(tmp_path, names):
    for day, name in enumerate(names, 2):
        table = {"time": [datetime(2024, 1, day, tzinfo=UTC)], "close": [1.5]}
        parquet.write_table(pa.table(table), tmp_path / f"{name}.parquet")
    if names == ("AAPL", "MSFT"):
        with pytest.raises(SettingError, match="has rows of 'AAPL', 'MSFT', and no symbols"):
            recording(tmp_path, ("AAPL",))
    else:
        assert len(values(tmp_path, ("AAPL",))) == 2


@pytest.mark.parametrize(
    ("name", "of"),
    [("currency", "USD GBP"), ("price_type", "bid ask"), ("is_adjusted", "true false")],
)  # fmt: skip
def test_prices_of_one_symbol_that_are_of_several_kinds_are_told_apart(tmp_path, name, of):
    rows = [f"2024-01-0{day},A,{it},{day}" for day in (2, 3) for it in of.split()]
    (tmp_path / "a").write_text("\n".join([f"date,symbol,{name},price", *rows]))
    with pytest.raises(SettingError, match="has rows of A at the same times that are of"):
        recording(tmp_path / "a")


@pytest.mark.parametrize("told", [("pre", "regular", "post"), ("RTH", "ETH", "after-hours")])
def test_parts_of_a_day_are_one_series(tmp_path, told):
    rows = [
        f"2024-01-0{day}T{hour}:30Z,AAPL,1,2,1,1.5,{session}"
        for day in (2, 3)
        for hour, session in zip((10, 14, 22), told, strict=True)
    ]
    (tmp_path / "a").write_text("\n".join(["time,symbol,open,high,low,close,period", *rows]))
    assert len(values(tmp_path / "a")) == 6


@pytest.mark.parametrize(
    ("name", "told"), [("currency", ("USD", "usd", "USD")), ("freq", ("Daily", "daily", "DAILY"))]
)
def test_a_series_may_be_written_in_several_letters(tmp_path, name, told):
    rows = [f"2024-01-0{day},AAPL,{it},1.5" for day, it in enumerate(told, 2)]
    (tmp_path / "a").write_text("\n".join([f"date,symbol,{name},close", *rows]))
    assert len(values(tmp_path / "a")) == 3
    rows.append("2024-01-03,AAPL,Other,1.5")
    (tmp_path / "a").write_text("\n".join([f"date,symbol,{name},close", *rows]))
    with pytest.raises(SettingError, match=f"that are of '{told[0]}', 'Other'"):
        recording(tmp_path / "a")


@pytest.mark.parametrize("name", ["settlementPeriod", "trading_period"])
def test_half_hours_are_several_series_only_where_no_time_of_day_is_beside_them(tmp_path, name):
    rows = [(f"2024-01-0{day}", hour) for day in (2, 3) for hour in range(3)]
    lines = [f"{day}T{hour // 2:02}:{hour % 2 * 30:02}Z,{hour + 1},50.5" for day, hour in rows]
    (tmp_path / "a").write_text("\n".join([f"time,{name},price", *lines]))
    assert len(values(tmp_path / "a", ("MID",))) == 6
    lines = [f"{day},{hour + 1},50.5" for day, hour in rows]
    (tmp_path / "a").write_text("\n".join([f"time,{name},price", *lines]))
    with pytest.raises(SettingError, match="at the same times that are of '1', '2'"):
        recording(tmp_path / "a", ("MID",))
