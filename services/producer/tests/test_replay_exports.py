"""Exports as well-known tools write them replay without being edited (`recorded/`)."""

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from recordings import read, recording

from contracts.settings import SettingError

RECORDED = Path(__file__).parent / "recorded"


def at(*parts):
    return datetime(*parts, tzinfo=UTC)


BARS = [
    (at(2024, 1, 2, 14, 30), "AAPL", 187.03, 28_194.0),
    (at(2024, 1, 2, 14, 31), "AAPL", 186.61, 9_120.0),
]
JANUARY_1 = at(2024, 1, 1)
EXPORTS = {
    "yfinance-daily.csv": (("AAPL",), {}, [
        (at(2024, 1, 2), "AAPL", 185.64, 82_488_700.0),
        (at(2024, 1, 3), "AAPL", 184.25, 58_414_500.0),
        (at(2024, 1, 4), "AAPL", 181.91, 71_983_600.0),
    ]),
    "yfinance-intraday.csv": (("AAPL",), {}, [
        (at(2024, 1, 2, 14, 30), "AAPL", 187.03, 1_874_512.0),
        (at(2024, 1, 2, 14, 31), "AAPL", 186.61, 402_118.0),
        (at(2024, 1, 2, 14, 32), "AAPL", 186.25, 388_014.0),
    ]),
    "yfinance-three-line-heading.csv": ((), {}, [
        (at(2024, 1, 2), "AAPL", 185.64, 82_488_700.0),
        (at(2024, 1, 3), "AAPL", 184.25, 58_414_500.0),
    ]),
    "yfinance-two-tickers.csv": ((), {}, [
        (JANUARY_1, "BTC-USD", 44_167.33, 18_426_978_443.0),
        (at(2024, 1, 2), "AAPL", 185.64, 82_488_700.0),
        (at(2024, 1, 2), "BTC-USD", 44_957.97, 39_335_274_536.0),
    ]),
    "yfinance-reset-index.csv": ((), {}, [
        (at(2024, 1, 2), "AAPL", 185.64, 82_488_700.0),
        (at(2024, 1, 3), "AAPL", 184.25, 58_414_500.0),
    ]),
    "stooq-daily.csv": (("AAPL",), {}, [
        (at(2024, 1, 2), "AAPL", 185.64, 82_488_674.0),
        (at(2024, 1, 3), "AAPL", 184.25, 58_414_460.0),
    ]),
    "stooq-5-minutes.txt": ((), {}, [
        (at(2024, 1, 2, 15, 35), "AAPL.US", 186.9, 1_874_512.0),
        (at(2024, 1, 2, 15, 40), "AAPL.US", 186.33, 1_209_877.0),
    ]),
    "binance-klines-no-heading-ms.csv": (("BTCUSDT",), {}, [
        (JANUARY_1, "BTCUSDT", 42_298.61, 35.92724),
        (at(2024, 1, 1, 0, 1), "BTCUSDT", 42_320.0, 21.16779),
    ]),
    "binance-klines-no-heading-us.csv": (("BTCUSDT",), {}, [
        (at(2025, 1, 1), "BTCUSDT", 93_610.93, 8.21827),
        (at(2025, 1, 1, 0, 1), "BTCUSDT", 93_652.0, 5.1023),
    ]),
    "binance-klines-heading.csv": (("BTCUSDT",), {}, [
        (JANUARY_1, "BTCUSDT", 42_331.9, 289.641),
        (at(2024, 1, 1, 0, 1), "BTCUSDT", 42_350.4, 202.444),
    ]),
    "binance-trades-no-heading.csv": (("BTCUSDT",), {}, [
        (at(2024, 1, 1, 0, 0, 0, 3_000), "BTCUSDT", 42_283.58, 0.001),
        (at(2024, 1, 1, 0, 0, 0, 117_000), "BTCUSDT", 42_283.59, 0.03571),
    ]),
    "binance-trades-heading.csv": (("BTCUSDT",), {}, [
        (at(2024, 1, 1, 0, 0, 0, 11_000), "BTCUSDT", 42_314.0, 0.014),
        (at(2024, 1, 1, 0, 0, 0, 68_000), "BTCUSDT", 42_314.1, 0.002),
    ]),
    "binance-agg-trades-no-heading.csv": (("BTCUSDT",), {}, [
        (at(2024, 1, 1, 0, 0, 0, 3_000), "BTCUSDT", 42_283.58, 0.001),
        (at(2024, 1, 1, 0, 0, 0, 117_000), "BTCUSDT", 42_283.59, 0.0521),
    ]),
    "binance-agg-trades-heading.csv": (("BTCUSDT",), {}, [
        (at(2024, 1, 1, 0, 0, 0, 11_000), "BTCUSDT", 42_314.0, 0.014),
        (at(2024, 1, 1, 0, 0, 0, 68_000), "BTCUSDT", 42_314.1, 0.02),
    ]),
    "investing.csv": (("AAPL",), {}, [
        (at(2024, 1, 31), "AAPL", 184.4, 55_470_000.0),
        (at(2024, 1, 30), "AAPL", 188.04, 55_860_000.0),
        (at(2024, 1, 2), "AAPL", 185.64, None),
    ]),
    "nasdaq.csv": (("AAPL",), {}, [
        (at(2024, 1, 31), "AAPL", 184.4, 55_467_800.0),
        (at(2024, 1, 30), "AAPL", 188.04, 55_859_370.0),
        (at(2024, 1, 2), "AAPL", 185.64, 82_488_670.0),
    ]),
    "alpaca-bars.json": ((), {}, [*BARS, (at(2024, 1, 2, 14, 30), "BRK.B", 356.75, 311.0)]),
    "alpaca-bars-of-one.json": ((), {}, BARS),
    "alpha-vantage-intraday.json": ((), {}, BARS[::-1]),
    "pandas-by-time.json": (("AAPL",), {}, BARS),
    "twelve-data.json": ((), {}, [
        (at(2024, 7, 2, 13, 31), "AAPL", 186.61, 9_120.0),
        (at(2024, 7, 2, 13, 30), "AAPL", 187.03, 28_194.0),
    ]),
    "alpaca-trades.json": ((), {}, [
        (at(2024, 1, 2, 14, 30, 0, 24_661), "AAPL", 187.15, 100.0),
        (at(2024, 1, 2, 14, 30, 0, 31_415), "AAPL", 187.14, 7.0),
    ]),
    "binance-combined-streams.jsonl": ((), {}, [
        (at(2024, 1, 1, 0, 0, 0, 3_000), "BTCUSDT", 42_283.58, 0.001),
        (at(2024, 1, 1, 0, 0, 0, 64_000), "ETHUSDT", 2_281.87, 0.2134),
        (at(2024, 1, 1, 0, 0, 0, 117_000), "BTCUSDT", 42_283.59, 0.03571),
    ]),
    "binance-single-stream.jsonl": ((), {}, [
        (at(2024, 1, 1, 0, 0, 0, 3_000), "BTCUSDT", 42_283.58, 0.001),
        (at(2024, 1, 1, 0, 0, 0, 117_000), "BTCUSDT", 42_283.59, 0.03571),
    ]),
    "finnhub-candles.json": (("AAPL",), {}, BARS),
    "pandas-default.json": (("AAPL",), {}, BARS),
    "pandas-split.json": (("AAPL",), {}, BARS),
    "iex-intraday.json": (("AAPL",), {}, BARS),
    "polygon-grouped.json": ((), {}, [BARS[0], (at(2024, 1, 2, 14, 30), "BRK.B", 356.75, 311.0)]),
    "cryptodatadownload.csv": ((), {}, [
        (at(2024, 1, 1, 0, 1), "BTCUSDT", 42_320.0, 21.16779),
        (JANUARY_1, "BTCUSDT", 42_298.61, 35.92724),
    ]),
    "wsj.csv": (("AAPL",), {}, [
        (at(2024, 1, 31), "AAPL", 184.4, 55_467_800.0),
        (at(2024, 1, 2), "AAPL", 185.64, 82_488_700.0),
    ]),
    "interactive-brokers.csv": (("AAPL",), {}, [
        (at(2024, 1, 2, 14, 30), "AAPL", 187.03, 28_194.0),
        (at(2024, 7, 2, 13, 30), "AAPL", 216.21, 30_112.0),
    ]),
    "metatrader.csv": (("EURUSD",), {}, [
        (at(2024, 1, 2, 0, 1), "EURUSD", 1.10423, 0.0),
        (at(2024, 1, 2, 0, 2), "EURUSD", 1.1043, 0.0),
    ]),
    "histdata.csv": (("EURUSD",), {"time": "1", "price": "5", "volume": "6"}, [
        (at(2024, 1, 2), "EURUSD", 1.10423, 0.0),
        (at(2024, 1, 2, 0, 1), "EURUSD", 1.1043, 0.0),
    ]),
    "ariva.csv": (
        ("SAP.DE",),
        {"time": "Datum", "price": "Schlusskurs", "volume": "Stuecke"},
        [
            (at(2024, 1, 3), "SAP.DE", 136.76, 1_842_307.0),
            (at(2024, 1, 2), "SAP.DE", 139.14, 1_405_118.0),
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", EXPORTS)
def test_an_export_gives_its_rows(name):
    symbols, wanted, expected = EXPORTS[name]
    rows, bad, counts = read(RECORDED / name, symbols, wanted)
    assert bad == []
    assert [(row.time, row.symbol, row.price, row.volume) for row in rows] == expected
    assert counts.blank == counts.other_symbol == 0


def test_of_a_chart_of_yahoo_minutes_without_a_trade_are_bad_rows():
    rows, (bad,), _ = read(RECORDED / "yahoo-chart.json")
    assert [(row.time, row.symbol, row.price, row.volume) for row in rows] == BARS
    assert (bad.line, bad.why) == (3, "price is ''")


def test_each_recorded_export_is_replayed():
    recorded = {path.name for path in RECORDED.iterdir()}
    assert {*EXPORTS, "yahoo-chart.json"} == recorded


def test_lines_count_once_however_many_tickers_they_quote():
    _, _, counts = read(RECORDED / "yfinance-two-tickers.csv")
    assert (counts.read, counts.heading, counts.rows) == (5, 3, 2)
    _, _, counts = read(RECORDED / "yfinance-two-tickers.csv", ("AAPL",))
    assert (counts.read, counts.heading, counts.rows, counts.other_symbol) == (5, 3, 1, 1)


def test_a_line_with_a_value_that_cannot_be_is_bad_for_all_its_tickers(tmp_path):
    text = (RECORDED / "yfinance-two-tickers.csv").read_text().replace("44957.97", "x")
    path = tmp_path / "a.csv"
    path.write_text(text + "2024-01-03,,,,,,,,,,\n")
    rows, bad, counts = read(path)
    assert [row.line for row in rows] == [4]
    assert [(it.line, it.why) for it in bad] == [
        (5, "price is 'x'"),
        (6, "no ticker has a price"),
    ]
    assert (counts.rows, counts.bad_row) == (1, 2)


def test_a_field_that_a_ticker_has_twice_is_told_by_both_names(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("Price,Close,Close\nTicker,AAPL,AAPL\nDate,,\n2024-01-02,185.64,185.65\n")
    with pytest.raises(SettingError, match="the column 'Close' of 'AAPL' is there twice"):
        read(path)


@pytest.mark.parametrize(
    "heading",
    [
        "Price,Datetime,Close,Close\nTicker,,AAPL,IBM",
        "Ticker,Datetime,AAPL,IBM\nPrice,,Close,Close",
    ],
)
def test_a_column_of_yfinance_that_counts_the_rows_is_no_price(tmp_path, heading):
    path = tmp_path / "a.csv"
    path.write_text(f"{heading}\n0,2024-01-02 14:30:00+00:00,187.03,\n1,2024-01-02 14:31,,161.2\n")
    rows, bad, _ = read(path)
    assert bad == []
    assert [(row.time, row.symbol, row.price) for row in rows] == [
        (at(2024, 1, 2, 14, 30), "AAPL", 187.03),
        (at(2024, 1, 2, 14, 31), "IBM", 161.2),
    ]


def test_the_same_dump_by_places():
    wanted = {"time": "1", "price": "5", "volume": "6"}
    name = "binance-klines-no-heading-ms.csv"
    rows, _, _ = read(RECORDED / name, ("BTCUSDT",), wanted)
    assert [(row.time, row.symbol, row.price, row.volume) for row in rows] == EXPORTS[name][2]


@pytest.mark.parametrize(
    ("fields", "first", "other"),
    [("Close,Volume", "A,A", "B,B"), ("Close,Close", "A,B", "B,A")],
)
def test_a_file_of_another_ticker_is_not_read_by_the_heading_of_the_first(
    tmp_path, fields, first, other
):
    def table(tickers, day):
        return f"Price,{fields}\nTicker,{tickers}\nDate,,\n2024-01-{day},1,2\n"

    (tmp_path / "a").write_text(table(first, "02") + table(other, "03"))
    with pytest.raises(SettingError, match="the columns change in line 6"):
        recording(tmp_path / "a")
    (tmp_path / "a").write_text(table(first, "02") + table(first, "03"))
    rows, bad, _ = read(tmp_path / "a")
    assert {row.time.day for row in rows} == {2, 3}
    assert [it.line for it in bad] == [5, 6, 7]


UNADJUSTED = """\
Price,Adj Close,Close,High,Low,Open,Volume
Ticker,AAPL,AAPL,AAPL,AAPL,AAPL,AAPL
Date,,,,,,
2024-01-02,184.94,185.64,188.44,183.89,187.15,82488700
"""
"""As `yf.download("AAPL", auto_adjust=False)` gives it."""


@pytest.mark.parametrize(
    ("wanted", "price", "volume"),
    [
        ({}, 185.64, 82_488_700.0),
        ({"time": "Date", "symbol": "Ticker", "price": "Adj Close"}, 184.94, 82_488_700.0),
        ({"price": "open", "volume": "High"}, 187.15, 188.44),
    ],
)
def test_of_the_fields_of_yfinance_those_that_are_wanted_are_taken(tmp_path, wanted, price, volume):
    path = tmp_path / "a.csv"
    path.write_text(UNADJUSTED)
    rows, bad, _ = read(path, (), wanted)
    assert bad == []
    assert [(row.time, row.symbol, row.price, row.volume) for row in rows] == [
        (at(2024, 1, 2), "AAPL", price, volume)
    ]


@pytest.mark.parametrize("role", ["time", "price", "volume"])
def test_a_field_that_yfinance_does_not_have_is_told_with_those_that_are_there(tmp_path, role):
    path = tmp_path / "a.csv"
    path.write_text(UNADJUSTED)
    there = "'Date'" if role == "time" else "'Adj Close', 'Close', 'High', 'Low', 'Open', 'Volume'"
    with pytest.raises(SettingError, match=f"no column 'Nope' for {role}, .*: it has {there}$"):
        recording(path, (), {role: "Nope"})


DAYS = [
    (at(2024, 1, 1), "BTC-USD", 44_167.33, 18_426_978_443.0),
    (at(2024, 1, 2), "AAPL", 185.64, 82_488_700.0),
    (at(2024, 1, 2), "BTC-USD", 44_957.97, 39_335_274_536.0),
]


@pytest.mark.parametrize("levels", [["Price", "Ticker"], ["Ticker", "Price"]])
@pytest.mark.parametrize("with_index", [True, False])
@pytest.mark.parametrize("form", ["parquet", "json"])
def test_frames_of_yfinance_give_a_quote_for_each_ticker(tmp_path, levels, with_index, form):
    # As `yf.download` gives them, also for one ticker.
    frame = pd.DataFrame(
        {
            ("Close", "AAPL"): [None, 185.64],
            ("Close", "BTC-USD"): [44_167.33, 44_957.97],
            ("Open", "AAPL"): [None, 187.15],
            ("Open", "BTC-USD"): [42_280.23, 44_187.14],
            ("Volume", "AAPL"): [None, 82_488_700],
            ("Volume", "BTC-USD"): [18_426_978_443, 39_335_274_536],
        },
        index=pd.DatetimeIndex(["2024-01-01", "2024-01-02"], name="Date"),
    )
    frame.columns.names = ["Price", "Ticker"]
    frame = frame.reorder_levels(levels, axis=1)
    one = frame.xs("BTC-USD", axis=1, level="Ticker", drop_level=False)
    for it, expected in ((frame, DAYS), (one, DAYS[::2])):
        shown = it if with_index else it.reset_index()
        path = tmp_path / f"a.{form}"
        shown.to_parquet(path) if form == "parquet" else shown.to_json(path, date_format="iso")
        rows, bad, counts = read(path)
        assert [(row.time, row.symbol, row.price, row.volume) for row in rows] == expected
        assert (bad, counts.read) == ([], 2)
