"""The figures of the cards."""

from datetime import timedelta

import pytest
from conftest import HOUR, MINUTE, NOON, NOW, producer_status, scope_of, snapshot_of, window

from contracts.status import SymbolStatus
from dashboard.models.cards import Card, NoFigures, cards, figures
from dashboard.models.ranges import Range
from dashboard.models.scope import Scope, sources_of, symbols_of
from dashboard.store.statuses import Statuses


def made(*rows, symbols=("IBM",), statuses=None):
    scope = scope_of(*rows, symbols=symbols)
    shown = Range("1h", NOON - HOUR, NOON)
    found = figures(Scope(scope.snapshot, shown, symbols, scope.sources))
    return cards(symbols, found, statuses or Statuses(), NOW)


def test_a_card_shows_the_newest_window():
    newest = window(avg_price=10.0, max_price=12.0, close_price=11.0)
    assert made(window(end=NOON - MINUTE), newest) == [
        Card(
            symbol="IBM",
            source="synthetic",
            window_end=NOON,
            length=MINUTE,
            last=11.0,
            average=10.0,
            maximum=12.0,
            change_pct=-89.0,
            change_over="1 min",
            spark=(100.0, 11.0),
        )
    ]


def test_the_change_is_from_the_first_close_of_the_range_to_the_last():
    rows = [window(end=NOON - at * MINUTE, close_price=100.0 - at) for at in range(60)]
    card = made(*rows)[0]
    assert card.change_pct == pytest.approx(100 * (100 - 41) / 41)
    assert card.change_over == "1 h"


def test_a_change_over_less_than_the_range_says_so():
    assert made(window(end=NOON - 3 * MINUTE), window())[0].change_over == "3 min"


def test_one_window_has_no_change():
    assert made(window())[0].change_pct is None


def test_of_two_sources_the_newest_is_shown_and_its_own_change():
    rows = [
        window(end=NOON - 2 * MINUTE, source="alpha-vantage", close_price=50.0),
        window(end=NOON - MINUTE, close_price=100.0),
        window(close_price=101.0),
    ]
    card = made(*rows)[0]
    assert (card.source, card.change_pct) == ("synthetic", pytest.approx(1.0))


def test_of_two_that_are_equally_new_the_real_one_is_shown():
    assert made(window(), window(source="alpha-vantage"))[0].source == "alpha-vantage"


def test_an_end_of_day_price_says_its_day():
    reported = {"IBM": SymbolStatus(source="alpha-vantage", as_of="2026-02-27", count=1)}
    statuses = Statuses(producers=(producer_status(symbols=reported),))
    assert made(window(source="alpha-vantage"), statuses=statuses)[0].as_of == "2026-02-27"
    assert made(window(source="synthetic"), statuses=statuses)[0].as_of is None


def test_a_symbol_without_figures_says_why():
    reported = {
        "IBM": SymbolStatus(count=3),
        "AAPL": SymbolStatus(),
        "NOPE": SymbolStatus(dropped="the provider does not know it"),
        "MSFT": SymbolStatus(count=3, silent=True),
    }
    statuses = Statuses(producers=(producer_status(symbols=reported),))
    assert made(window("X"), symbols=("IBM", "AAPL", "NOPE", "MSFT"), statuses=statuses) == [
        NoFigures("IBM", "No window in this range"),
        NoFigures("AAPL", "No quote yet"),
        NoFigures("NOPE", "Left out by the feed: the provider does not know it"),
        NoFigures("MSFT", "The feed has sent no quote of it for a while"),
    ]


def test_a_card_tells_of_a_symbol_that_the_feed_is_silent_about():
    reported = {"IBM": SymbolStatus(count=3, silent=True), "AAPL": SymbolStatus(count=3)}
    statuses = Statuses(producers=(producer_status(symbols=reported),))
    found = made(window(), window("AAPL"), symbols=("IBM", "AAPL"), statuses=statuses)
    assert [it.silent for it in found] == [True, False]


@pytest.mark.parametrize("gone", [{"updated_at": NOW - MINUTE}, {"state": "stopped"}])
def test_what_a_producer_that_is_gone_said_of_its_feed_is_on_no_card(gone):
    reported = {
        "IBM": SymbolStatus(source="alpha-vantage", as_of="2026-02-27", count=1, silent=True),
        "AAPL": SymbolStatus(count=3, silent=True),
        "NOPE": SymbolStatus(dropped="the provider does not know it"),
    }
    statuses = Statuses(producers=(producer_status(symbols=reported, **gone),))
    ibm, *others = made(
        window(source="alpha-vantage"), symbols=("IBM", "AAPL", "NOPE"), statuses=statuses
    )
    assert (ibm.silent, ibm.as_of) == (False, "2026-02-27")
    assert others == [
        NoFigures("AAPL", "No window in this range"),
        NoFigures("NOPE", "No quote yet"),
    ]


def test_a_producer_that_runs_speaks_for_a_symbol_before_one_that_is_gone():
    killed = producer_status(
        service="first", updated_at=NOW - MINUTE, symbols={"IBM": SymbolStatus(count=3)}
    )
    other = producer_status(symbols={"IBM": SymbolStatus(count=3, silent=True)})
    assert made(window(), statuses=Statuses(producers=(killed, other)))[0].silent


def test_symbols_come_in_the_order_of_the_producer_and_then_by_name():
    statuses = Statuses(
        producers=(producer_status(symbols={"MSFT": SymbolStatus(), "IBM": SymbolStatus()}),)
    )
    snapshot = snapshot_of(window("TSLA"), window("AMZN"), window("IBM"))
    assert symbols_of(snapshot, statuses) == ["MSFT", "IBM", "AMZN", "TSLA"]


def test_sources_come_real_ones_first():
    snapshot = snapshot_of(window(), window(source="finnhub"), window(source="replay"))
    assert sources_of(snapshot) == ["finnhub", "replay", "synthetic"]


def test_only_sources_with_a_window_in_the_range_are_shown():
    rows = (window(end=NOON - HOUR), window(source="finnhub"))
    assert scope_of(*rows).sources_shown == ["finnhub"]
    assert scope_of(*rows, span=2 * HOUR).sources_shown == ["finnhub", "synthetic"]
    assert scope_of(*rows, symbols=("AAPL",)).sources_shown == []


def test_only_chosen_sources_make_a_card():
    rows = (window(), window(end=NOON - MINUTE, source="finnhub", close_price=7.0))
    card = figures(scope_of(*rows, sources=("finnhub",)))["IBM"]
    assert (card.source, card.last) == ("finnhub", 7.0)


def test_the_spark_goes_through_the_closes_of_the_range():
    rows = [window(end=NOON - at * MINUTE, close_price=100.0 - at) for at in range(60)]
    (card,) = made(*rows)
    assert card.spark == tuple(float(it) for it in range(41, 101))


def test_the_spark_is_of_what_is_there_however_long_the_range():
    rows = [window(end=NOON - at * MINUTE, close_price=100.0 - at) for at in range(60)]
    card = figures(scope_of(*rows, span=timedelta(days=3650)))["IBM"]
    assert len(card.spark) == 60
