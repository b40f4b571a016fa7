"""JSON documents whose columns are arrays: which symbol is theirs, and when they are refused."""

import json
from datetime import UTC, datetime

import pytest
from recordings import read, recording, values

from contracts.settings import SettingError
from producer.feeds.replay.files.json import columnar

FIRST, SECOND = datetime(2024, 1, 2, 14, 30, tzinfo=UTC), datetime(2024, 1, 2, 14, 31, tzinfo=UTC)
CANDLES = {"c": [185.1, 185.2], "s": "ok", "t": [1_704_205_800, 1_704_205_860], "v": [10, 20]}
ROWS = [(FIRST, "AAPL", 185.1, 10.0), (SECOND, "AAPL", 185.2, 20.0)]
OTHERS = [(time, "IBM", *rest) for time, _, *rest in ROWS]


def file(tmp_path, *documents, indent=None):
    path = tmp_path / "a.json"
    path.write_text("\n".join(json.dumps(it, indent=indent) for it in documents))
    return path


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize(
    "document",
    [
        {"AAPL": CANDLES},
        {"symbol": "AAPL", "candles": CANDLES},
        {"candles": CANDLES, "meta": {"ticker": "AAPL"}},
        CANDLES | {"symbol": ["AAPL", "AAPL"]},
        {"response": [{"symbol": "AAPL", "timestamp": CANDLES["t"], "indicators": {
            "quote": [{"close": CANDLES["c"], "volume": CANDLES["v"]}]}}]},
        {"symbol": "AAPL", "datetime": ["2024-01-02 09:30", "2024-01-02 09:31"],
         "close": CANDLES["c"], "volume": CANDLES["v"], "timezone": "America/New_York"},
        {"column_names": ["Date", "Ticker", "Close", "Volume"],
         "data": [["2024-01-02T14:30", "AAPL", 185.1, 10],
                  ["2024-01-02T14:31", "AAPL", 185.2, 20]]},
        {"Date": {"0": 1_704_205_800_000, "1": 1_704_205_860_000},
         "Ticker": {"0": "AAPL", "1": "AAPL"},
         "Close": {"0": 185.1, "1": 185.2}, "Volume": {"0": 10, "1": 20}},
    ],
    ids=range(8),
)  # fmt: skip
def test_columns_that_are_arrays_have_the_symbol_that_stands_around_them(
    tmp_path, document, indent
):
    assert values(file(tmp_path, document, indent=indent)) == ROWS
    assert values(file(tmp_path, document, document)) == ROWS * 2


def test_bars_of_deribit_call_their_times_ticks(tmp_path):
    bars = {"close": [185.1, 185.2], "volume": [10, 20], "cost": [1, 1], "status": "ok",
            "ticks": [1_704_205_800_000, 1_704_205_860_000]}  # fmt: skip
    bars |= {name: [185.1, 185.2] for name in ("open", "high", "low")}
    assert values(file(tmp_path, {"jsonrpc": "2.0", "result": bars}), ("AAPL",)) == ROWS


def test_a_series_of_pandas_has_its_values_under_their_times(tmp_path):
    # As `df["Close"]["AAPL"].to_json()` writes it.
    series = {"1704153600000": 185.64, "1704240000000": None, "1704326400000": 181}
    rows, (bad,), _ = read(file(tmp_path, series), ("AAPL",))
    assert [(row.time.day, row.symbol, row.price) for row in rows] == [
        (2, "AAPL", 185.64),
        (4, "AAPL", 181.0),
    ]
    assert bad.line == 2
    with pytest.raises(SettingError, match="no column for symbol"):
        recording(file(tmp_path, series))


def test_several_symbols_are_told_apart(tmp_path):
    assert values(file(tmp_path, {"AAPL": CANDLES, "IBM": CANDLES})) == ROWS + OTHERS
    charts = [{"symbol": it} | CANDLES for it in ("AAPL", "IBM")]
    assert values(file(tmp_path, {"result": charts})) == ROWS + OTHERS
    assert values(file(tmp_path, *charts)) == ROWS + OTHERS
    rows, _, counts = read(file(tmp_path, *charts), ("IBM",))
    assert [row.symbol for row in rows] == ["IBM", "IBM"]
    assert (counts.read, counts.rows, counts.other_symbol) == (4, 2, 2)


def test_without_a_symbol_they_are_of_the_only_one_asked_for(tmp_path):
    path = file(tmp_path, CANDLES)
    assert values(path, ("AAPL",)) == ROWS
    with pytest.raises(SettingError, match="no column for symbol: it has 'c', 't', 'v'"):
        recording(path)


def test_several_without_symbols_are_not_all_of_the_one_asked_for(tmp_path):
    path = file(tmp_path, {"aapl": CANDLES, "ibm": CANDLES})
    with pytest.raises(SettingError, match="more than once, and no symbols"):
        recording(path, ("AAPL",))


def test_where_some_documents_name_a_symbol_the_rows_of_others_are_bad(tmp_path):
    rows, bad, _ = read(file(tmp_path, CANDLES, {"AAPL": CANDLES}), ("AAPL",))
    assert [row.line for row in rows] == [3, 4]
    assert [it.line for it in bad] == [1, 2]


def test_arrays_that_do_not_match_are_refused(tmp_path):
    path = file(tmp_path, CANDLES | {"c": [185.1]})
    with pytest.raises(SettingError, match="the same number of values: 't' 2, 'c' 1, 'v' 2"):
        recording(path, ("AAPL",))


def test_rows_are_numbered_through_and_each_is_accounted_for(tmp_path):
    count = 10_000
    times = [1_704_205_800 + n for n in range(count)]
    prices = [1.0] * 5000 + [None] + [2.0] * (count - 5001)
    rows, bad, counts = read(file(tmp_path, {"AAPL": {"t": times, "c": prices}}))
    assert [it.line for it in bad] == [5001]
    assert [rows[it].line for it in (0, 4999, 5000, -1)] == [1, 5000, 5002, count]
    assert (counts.read, counts.rows, counts.bad_row) == (count, count - 1, 1)


def test_more_than_is_held_in_memory_is_refused(tmp_path, monkeypatch):
    path = file(tmp_path, {"AAPL": CANDLES})
    monkeypatch.setattr(columnar, "MOST", 50)
    with pytest.raises(SettingError, match=r"no column for time and price: it has 'AAPL {}'"):
        recording(path)
    path = file(tmp_path, [CANDLES["t"], CANDLES["c"]])
    with pytest.raises(SettingError, match="no column for time and price"):
        recording(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"s": "no_data"}', "it has 's'; takes"),
        ('{"stream": "btcusdt@depth", "data": {"e": "depth", "k": {"t": 1, "c": "2"}}}',
         "it has 'stream', 'data {}'; takes"),
        ('{"quotes": [{"t": "2024-01-02", "ap": 1, "c": ["R"]}]}', "it has 't', 'ap', 'c {}'"),
        ("[" * 5000 + "]" * 5000, "no column for time and price"),
        ('{"a": ' * 5000 + "1" + "}" * 5000, "no column for time and price"),
        ("[1, 2, 3]", "no column for time and price: no objects have them"),
    ],
    ids=range(6),
)  # fmt: skip
def test_what_is_there_is_told_where_nothing_is_a_column(tmp_path, text, said):
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(SettingError, match=said):
        recording(path, ("AAPL",))


def test_a_frame_with_pandas_schema_has_its_rows_only(tmp_path):
    # What to_json(orient="table") writes.
    fields = [{"name": "time", "type": "datetime"}, {"name": "close", "type": "number"}]
    schema = {"fields": fields, "primaryKey": ["time"], "pandas_version": "1.4.0"}
    path = tmp_path / "a.json"
    rows = [{"time": "2024-01-02", "close": 185.1}]
    path.write_text(json.dumps({"schema": schema, "data": rows}))
    assert [row[1:] for row in values(path, ("AAPL",))] == [("AAPL", 185.1, None)]
