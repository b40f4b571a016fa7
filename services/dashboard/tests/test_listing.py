from conftest import MINUTE, NOON, bars_of, window

from dashboard.models.listing import Line, newest


def test_the_newest_come_first_those_of_one_end_in_the_order_given():
    bars = {
        ("TSLA", "synthetic"): bars_of(
            window("TSLA", NOON - MINUTE, average=10.0, close_price=10.5, vwap=10.25),
            window("TSLA", NOON),
        ),
        ("IBM", "finnhub"): bars_of(window("IBM", NOON, source="finnhub", average=20.0)),
    }
    assert newest(bars) == [
        Line(
            NOON, "TSLA", "synthetic", average=100.0, vwap=None, low=99.0, high=101.0, close=100.0
        ),
        Line(NOON, "IBM", "finnhub", average=20.0, vwap=None, low=19.0, high=21.0, close=20.0),
        Line(
            NOON - MINUTE,
            "TSLA",
            "synthetic",
            average=10.0,
            vwap=10.25,
            low=9.0,
            high=11.0,
            close=10.5,
        ),
    ]


def test_no_more_than_so_many():
    many = bars_of(*(window(end=NOON - at * MINUTE) for at in range(9)))
    few = bars_of(window("TSLA", NOON - 2 * MINUTE))
    found = newest({("IBM", "synthetic"): many, ("TSLA", "synthetic"): few}, most=4)
    assert [(it.symbol, (NOON - it.until) // MINUTE) for it in found] == [
        ("IBM", 0), ("IBM", 1), ("IBM", 2), ("TSLA", 2),
    ]  # fmt: skip


def test_of_nothing_there_is_no_line():
    assert newest({}) == []
