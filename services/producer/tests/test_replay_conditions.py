"""Recorded trades that by their conditions were not made at the market's price are left out."""

import json

import pyarrow as pa
import pytest
from pyarrow import parquet
from recordings import feed, play, read, recording

from contracts.settings import SettingError

AT = 1_704_205_800_000_000_000


def taken(path, symbols=()):
    """Give the volumes of rows, which number them here, and how many are off the market."""
    rows, bad, counts = read(path, symbols)
    assert bad == []
    return [row.volume for row in rows], counts.off_market


def file(tmp_path, text):
    path = tmp_path / "a"
    path.write_text(text)
    return path


def of_alpaca(*trades):
    """Give trades of Alpaca's, each of a tape and conditions."""
    return [
        {"t": f"2024-01-02T14:30:{n:02}Z", "x": "V", "p": 1.5, "s": n, "c": c, "i": n, "z": tape}
        for n, (tape, c) in enumerate(trades)
    ]


@pytest.mark.parametrize("form", ["CSV", "JSON", "lines of JSON", "Parquet"])
def test_trades_of_polygon_off_the_market_are_left_out(tmp_path, form):
    # As in its flat files: the official close tells the closing trade once more.
    conditions = ["", "12,37", "14,41", "8,9", "15", "53,41", "37,2", "16", "10", "5"]
    trades = [
        {"ticker": "A", "conditions": it, "correction": 0, "id": str(n), "price": 1.5, "size": n,
         "participant_timestamp": AT + n, "sip_timestamp": AT + n}
        for n, it in enumerate(conditions, 1)
    ]  # fmt: skip
    lists = [[int(it) for it in text.split(",") if it] for text in conditions]
    rows = [trade | {"conditions": it} for trade, it in zip(trades, lists, strict=True)]
    if form == "Parquet":
        parquet.write_table(pa.Table.from_pylist(rows), tmp_path / "a")
    elif form == "JSON":
        file(tmp_path, json.dumps({"results": rows, "status": "OK"}))
    elif form == "lines of JSON":
        file(tmp_path, "\n".join(map(json.dumps, rows)))
    else:
        lines = [",".join(f'"{it}"' for it in trade.values()) for trade in trades]
        file(tmp_path, "\n".join([",".join(trades[0]), *lines]))
    assert taken(tmp_path / "a") == ([1, 2, 3, 4], 6)


def test_recorded_trades_of_finnhub_off_the_market_are_left_out(tmp_path):
    conditions = (["1", "24", "12"], None, ["1", "16"], ["1", "37"], ["36"], ["1", "9"])
    trades = [
        {"c": c, "p": 1.5, "s": "A", "t": AT // 1_000_000 + n, "v": n}
        for n, c in enumerate(conditions)
    ]
    path = file(tmp_path, json.dumps({"data": trades, "type": "trade"}))
    assert taken(path) == ([0, 1, 4], 3)


def test_ticks_of_finnhub_have_their_conditions_as_arrays(tmp_path):
    # As its REST API gives those of a day.
    conditions = [["1", "24", "12"], [], ["1", "16"], ["1", "37"]]
    ticks = {"p": [1.5] * 4, "s": "A", "t": [AT // 1_000_000 + n for n in range(4)],
             "v": [0, 1, 2, 3], "x": ["P", "Q", "Q", "D"], "c": conditions, "total": 4}  # fmt: skip
    assert taken(file(tmp_path, json.dumps(ticks))) == ([0, 1], 2)


@pytest.mark.parametrize("of_stream", [{}, {"T": "t", "S": "A"}])
def test_recorded_trades_of_alpaca_off_the_market_are_left_out(tmp_path, of_stream):
    conditions = (["@", "T", "I"], ["@", "F"], ["@", "M"], ["@", "4", "W"], ["6"], ["@", "G"])
    trades = [it | of_stream for it in of_alpaca(*(("C", c) for c in conditions))]
    path = file(tmp_path, json.dumps(trades if of_stream else {"trades": trades, "symbol": "A"}))
    assert taken(path) == ([0, 1, 4], 3)


def test_of_the_tapes_of_alpaca_each_calls_an_average_price_otherwise(tmp_path):
    # B is an average price of New York's shares, and a bunched trade of Nasdaq's.
    trades = of_alpaca(*((tape, ["@", "B"]) for tape in "ABCNO"), ("C", ["W"]), ("A", [" ", "E"]))
    path = file(tmp_path, json.dumps({"trades": {"A": trades}}))
    assert taken(path) == ([2, 3, 4, 6], 3)


@pytest.mark.parametrize("form", ["CSV", "Parquet"])
def test_frames_of_alpacas_package_have_conditions_too(tmp_path, form):
    # As `client.get_stock_trades(request).df` gives them.
    conditions = (["@"], ["@", "T", "I"], ["@", "4", "W"], ["M"], None)
    rows = [
        {"symbol": "A", "timestamp": f"2024-01-02 14:30:00.00000{n}+00:00", "exchange": "V",
         "price": 1.5, "size": n, "id": n, "conditions": c, "tape": "C"}
        for n, c in enumerate(conditions, 1)
    ]  # fmt: skip
    if form == "Parquet":
        parquet.write_table(pa.Table.from_pylist(rows), tmp_path / "a")
    else:
        lines = [",".join(f'"{it}"' for it in row.values()) for row in rows]
        file(tmp_path, "\n".join([",".join(rows[0]), *lines]))
    assert taken(tmp_path / "a") == ([1, 2, 5], 2)


def test_numbers_beside_a_tape_are_polygons(tmp_path):
    # Of its letters 4 and 9 are a derivative price and a corrected close; here both are trades.
    rows = [(1, "[4]"), (2, "[9]"), (3, "[10]"), (4, "[38]"), (5, "")]
    lines = [f'2024-01-02T14:30:0{n}Z,1.5,{n},"{c}",1.0' for n, c in rows]
    path = file(tmp_path, "\n".join(["timestamp,price,size,conditions,tape", *lines]))
    assert taken(path, ("A",)) == ([1, 2, 5], 2)


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("DATE,TIME_M,SYM_ROOT,TR_SCOND,SIZE,PRICE,TR_CORR,TR_SOURCE", ([1, 2, 4, 6], 3)),
        ("DATE,TIME_M,SYM_ROOT,TR_SCOND,SIZE,PRICE,TR_CORR,OTHER", ([1, 2, 3, 4, 6], 2)),
    ],
)
def test_letters_of_new_yorks_taq_stand_side_by_side(tmp_path, heading, expected):
    rows = [("@ TI", "N"), (" F I", "C"), ("@  B", "C"), ("@  B", "N"), ("@4 W", "N"), ("", "C")]
    rows.append(("@  M", "N"))
    lines = [
        f"2024-01-02,9:30:0{n}.000001,A,{letters},{n},1.5,0,{source}"
        for n, (letters, source) in enumerate(rows, 1)
    ]
    path = file(tmp_path, "\n".join([heading, *lines]))
    assert taken(path, ("A",)) == expected


def test_recorded_messages_of_polygon_off_the_market_are_left_out(tmp_path):
    trades = [
        {"ev": "T", "sym": "A", "x": 4, "i": f"{n}", "z": 3, "p": 1.5, "s": n, "c": c, "q": n,
         "t": AT // 1_000_000}
        for n, c in enumerate(([12, 37], [4], [9], [15]))
    ]  # fmt: skip
    assert taken(file(tmp_path, json.dumps(trades))) == ([0, 1, 2], 1)


def test_conditions_may_begin_far_into_a_file(tmp_path):
    # Polygon leaves the member out where a trade is under none.
    trades = [
        {"ev": "T", "sym": "A", "x": 4, "i": f"{n}", "z": 3, "p": 1.5, "s": 1, "q": n,
         "t": AT // 1_000_000 + n}
        for n in range(600)
    ]  # fmt: skip
    trades[-1]["c"] = [15]
    volumes, off_market = taken(file(tmp_path, "\n".join(map(json.dumps, trades))))
    assert (len(volumes), off_market) == (599, 1)


def test_those_of_symbols_that_are_not_asked_for_count_with_them(tmp_path):
    trades = {"A": of_alpaca(("C", ["@"]), ("C", ["W"])), "B": of_alpaca(("C", ["W"]))}
    _, _, counts = read(file(tmp_path, json.dumps({"trades": trades})), ("A",))
    assert (counts.rows, counts.off_market, counts.other_symbol) == (1, 1, 1)


def test_one_that_cannot_be_used_or_was_taken_back_is_a_bad_row(tmp_path):
    trades = of_alpaca(("C", ["W"]), ("C", ["W"]), ("C", ["W"]), ("C", ["@"]))
    trades[0]["p"], trades[1]["u"] = 0, "canceled"
    _, bad, counts = read(file(tmp_path, json.dumps({"trades": {"A": trades}})))
    assert [it.line for it in bad] == [1, 2]
    assert (counts.rows, counts.off_market) == (1, 1)


async def test_where_a_bad_row_ends_the_replay_those_off_the_market_do_not(tmp_path, time):
    trades = {"A": of_alpaca(("C", ["@"]), ("C", ["W"]), ("C", ["@"]))}
    it = feed(file(tmp_path, json.dumps({"trades": trades})), time, strict=True)
    assert [quote.volume for quote in await play(it)] == [0, 2]
    assert it.status.outcomes == {"rows": 2, "off_market": 1}


def test_a_recording_of_nothing_else_is_refused_with_the_reason(tmp_path):
    trades = {"A": of_alpaca(("C", ["W"]), ("C", ["M"]))}
    with pytest.raises(SettingError, match="by their conditions none of its 2 trades was made at"):
        recording(file(tmp_path, json.dumps({"trades": trades})))
