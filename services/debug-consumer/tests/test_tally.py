import pytest
from make import heartbeat, quote, record

from contracts import examples
from contracts.check import DEFAULT_MAX_FUTURE_SKEW
from debug_consumer.judge import judge_for
from debug_consumer.tally import MAX_NAMES, OTHERS, ExitCode, Tally

JUDGE = judge_for("raw_api_events", DEFAULT_MAX_FUTURE_SKEW)


def tally_of(*records) -> Tally:
    tally = Tally()
    for one in records:
        tally.add(JUDGE(one))
    return tally


def test_records_are_counted_by_kind_symbol_source_and_reason() -> None:
    tally = tally_of(
        quote(0), quote(1, "AAPL"), quote(2), heartbeat(3), record(b"hello"), record(None)
    )
    assert (tally.records, tally.valid, tally.invalid) == (6, 4, 2)
    assert tally.kinds == {"quote": 3, "heartbeat": 1}
    assert tally.symbols == {"IBM": 2, "AAPL": 1}
    assert tally.sources == {"synthetic": 4}
    assert tally.reasons == {"not_json": 1, "tombstone": 1}


def test_windows_and_alerts_are_counted_by_symbol_and_source_and_their_keys_are_looked_at() -> None:
    tally = Tally()
    for name, key in (("windows", b"IBM"), ("windows", None), ("alerts", b"IBM")):
        value = examples.load_plain(name)[0].value
        judge = judge_for(f"market_{name}", DEFAULT_MAX_FUTURE_SKEW)
        tally.add(judge(record(value, key=key)))
    assert tally.kinds == {"window": 2, "alert": 1}
    assert tally.symbols == {"IBM": 3}
    assert tally.sources == {"synthetic": 2, "finnhub": 1}
    assert tally.odd_keys == 1


def test_how_far_each_partition_was_read() -> None:
    tally = tally_of(quote(3), record(b"hello", offset=4), quote(9, partition=2))
    assert tally.read_to == {0: 5, 2: 10}


@pytest.mark.parametrize(
    ("odd", "one"),
    [
        (0, quote(0)),
        (0, heartbeat(0)),
        (1, quote(0)._replace(key=None)),
        (1, quote(0)._replace(key=b"AAPL")),
        (1, heartbeat(0)._replace(key=b"IBM")),
    ],
)
def test_a_key_that_is_not_the_symbol_is_noticed_and_not_invalid(odd, one) -> None:
    tally = tally_of(one)
    assert tally.odd_keys == odd
    assert tally.exit_code(broker_answers=True) == ExitCode.ALL_VALID


def test_symbols_without_end_do_not_fill_the_memory() -> None:
    tally = tally_of(
        *(quote(number, f"S{number}") for number in range(MAX_NAMES + 7)), quote(0, "S0")
    )
    assert len(tally.symbols) == MAX_NAMES + 1
    assert tally.symbols[OTHERS] == 7
    assert tally.symbols["S0"] == 2


@pytest.mark.parametrize(
    ("records", "broker_answers", "code"),
    [
        ([quote(0)], True, 0),
        ([quote(0)], False, 0),
        ([heartbeat(0)], True, 0),
        ([quote(0), record(b"x")], True, 1),
        ([record(b"x")], False, 1),
        ([], True, 3),
        ([], False, 4),
    ],
)
def test_the_exit_code(records, broker_answers, code) -> None:
    assert tally_of(*records).exit_code(broker_answers=broker_answers) == code


def test_gaps_and_repeats_do_not_make_it_invalid() -> None:
    tally = tally_of(quote(0), quote(5), quote(5))
    assert tally.exit_code(broker_answers=True) == ExitCode.ALL_VALID
