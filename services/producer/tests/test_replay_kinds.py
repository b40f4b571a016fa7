"""Which rows are trades, where a file has others too: the same in each form."""

import gzip
import json
from pathlib import Path

import pytest
from recordings import (
    Columns,
    arrays,
    as_parquet,
    csv,
    json_lines,
    objects,
    read,
    recording,
    values,
)


def rows_of(name: str, kinds: list[str], **others: str) -> Columns:
    """Give a row of each kind, with prices from 1."""
    count = len(kinds)
    return {
        name: kinds,
        "time": ["2024-01-02T14:30:00Z"] * count,
        "symbol": ["IBM"] * count,
        "price": [float(n) for n in range(1, count + 1)],
        **{other: [it] * count for other, it in others.items()},
    }


def document(path: Path, columns: Columns) -> None:
    path.write_text(json.dumps({"rows": objects(columns)}))


FORMS = [csv, json_lines, document, arrays, as_parquet]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("name", "kinds", "trades"),
    [
        ("type", ["ticker", "match", "match"], [2, 3]),
        ("type", ["subscriptions", "ticker", "match"], [3]),
        ("type", ["subscriptions", "ticker"], [2]),
        ("Type", ["Quote", "Trade", "Auction"], [2]),
        ("kind", ["quote", "trade", "order"], [2]),
        ("record_type", ["order", "QUOTE", "TRADE"], [3]),
        ("event", ["order", "aggTrade", "trade"], [3]),
        ("msg_type", ["trades", "quotes"], [1]),
        ("action", ["quote", "trade"], [2]),
        ("EventType", ["QUOTE BID", "TRADE"], [2]),
        ("message_type", ["trade", "quote"], [1]),
        ("e", ["aggTrade", "markPriceUpdate", "trade"], [3]),
    ],
)
def test_only_trades_are_rows_whichever_comes_first(tmp_path, form, name, kinds, trades):
    form(tmp_path / "a", rows_of(name, kinds))
    rows, bad, counts = read(tmp_path / "a")
    assert [row.price for row in rows] == trades
    assert counts.bad_row == len(kinds) - len(trades)
    assert all(it.why.startswith(f"its {name!r} is '") for it in bad)


@pytest.mark.parametrize("form", FORMS)
def test_trades_may_come_after_thousands_of_others(tmp_path, form):
    form(tmp_path / "a", rows_of("type", ["ticker"] * 5000 + ["match"]))
    rows, _, _ = read(tmp_path / "a")
    assert [row.price for row in rows] == [5001]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("type", ["BUY", "SELL"]),
        ("type", ["market", "limit"]),
        ("type", ["stock", "etf"]),
        ("type", ["open", "close"]),
        ("event", ["open", "done"]),
        ("action", ["buy", "sell"]),
        ("kind", ["quote", "quote"]),
        ("T", ["T", "X"]),
    ],
)
def test_a_column_that_tells_of_something_else_leaves_all_rows(tmp_path, form, name, kinds):
    form(tmp_path / "a", rows_of(name, kinds))
    assert [row[2] for row in values(tmp_path / "a")] == [1.0, 2.0]


@pytest.mark.parametrize("form", FORMS)
def test_orders_of_coinbase_are_no_rows_before_any_trade(tmp_path, form):
    columns = rows_of("type", ["open"] * 10_000 + ["match"], product_id="BTC-USD")
    form(tmp_path / "a", columns)
    rows, _, counts = read(tmp_path / "a")
    assert [row.price for row in rows] == [10_001]
    assert counts.bad_row == 10_000


def test_blanks_around_a_kind_do_not_count(tmp_path):
    (tmp_path / "a").write_text(
        "type, time, symbol, price\n trade, 2024-01-02T14:30Z, IBM, 1\n"
        "trade , 2024-01-02T14:30Z, IBM, 2\n quote, 2024-01-02T14:30Z, IBM, 3\n"
    )
    rows, (bad,), _ = read(tmp_path / "a")
    assert [row.price for row in rows] == [1, 2]
    assert bad.line == 4


@pytest.mark.parametrize("in_name", [False, True])
def test_of_the_files_of_a_folder_all_have_trades_of_one_kind(tmp_path, in_name):
    for kind in ("ticker", "trade"):
        columns = rows_of("type", [kind])
        folder = tmp_path / "all" / (f"type={kind}" if in_name else kind)
        folder.mkdir(parents=True)
        if in_name:
            del columns["type"]
        columns["price"] = [1.0 if kind == "ticker" else 2.0]
        as_parquet(folder / "a.parquet", columns)
    rows, (bad,), _ = read(tmp_path / "all")
    assert [row.price for row in rows] == [2]
    assert bad.why == "its 'type' is 'ticker', and that of rows 'trade'"


def test_what_is_damaged_behind_the_first_rows_is_told_later(tmp_path):
    csv(tmp_path / "plain", rows_of("type", ["trade"] * 9000))
    packed = gzip.compress((tmp_path / "plain").read_bytes(), mtime=0)
    (tmp_path / "a").write_bytes(packed[: len(packed) * 3 // 4])
    facts = recording(tmp_path / "a").survey.facts
    assert facts.counts.rows > 1000
    assert facts.error
