"""Messages that were recorded as they came, each in an envelope."""

import json
from datetime import UTC, datetime

import pytest
from recordings import read, recording, values

from producer.errors import InputError

TRADE = {"e": "trade", "E": 1_704_205_800_009, "s": "BTCUSDT", "t": 7, "p": "42283.58", "q": "0.1",
         "T": 1_704_205_800_000, "m": True}  # fmt: skip
ROW = (datetime(2024, 1, 2, 14, 30, tzinfo=UTC), "BTCUSDT", 42_283.58, 0.1)
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
    assert values(file(tmp_path, message, message)) == [ROW, ROW]
    assert values(file(tmp_path, [message, message])) == [ROW, ROW]


def test_messages_with_an_envelope_and_without_go_together(tmp_path):
    assert values(file(tmp_path, WRAPPED, TRADE, WRAPPED)) == [ROW] * 3
    assert values(file(tmp_path, TRADE, WRAPPED)) == [ROW] * 2


def test_other_messages_are_bad_rows(tmp_path):
    others = [{"result": None, "id": 1}, {"e": "serverShutdown", "E": 1}, WRAPPED | {"data": "x"}]
    rows, bad, counts = read(file(tmp_path, others[0], WRAPPED, *others[1:], WRAPPED))
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


@pytest.mark.parametrize(
    "message",
    [
        # Which symbol it is of stands in the channel's name only: one file may have several.
        {"channel": "live_trades_btcusd", "data": {"timestamp": 1_704_205_800, "price": 42_283}},
        # Of a candle each message has the volume so far.
        {"stream": "btcusdt@kline_1m", "data": {
            "e": "kline", "s": "BTCUSDT", "k": {"t": 1_704_205_800_000, "c": "1", "v": "2"}}},
    ],
    ids=["no symbol", "candle so far"],
)  # fmt: skip
def test_what_is_in_an_envelope_is_not_guessed_at(tmp_path, message):
    with pytest.raises(InputError, match=r"no column for time and price: it has .*'data {}'"):
        recording(file(tmp_path, message), ("BTCUSD",))


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
    with pytest.raises(InputError, match=r"got '[13]', takes a column of the file: '1 {}'$"):
        recording(file(tmp_path, *messages), ("XBT",), {"price": "1", "time": "3"})
