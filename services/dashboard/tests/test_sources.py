"""A source that is new to the contract is shown as what it is, with no change here."""

import pytest
from conftest import MINUTE, NOW, job_status, producer_status, scope_of, snapshot_of, window

from contracts import sources
from contracts.sources import SourceFacts
from contracts.status import SymbolStatus
from dashboard.charts.figure import Frame
from dashboard.charts.lines import lines
from dashboard.models.notices import notices
from dashboard.models.ranges import Range
from dashboard.models.state import Kind, showing
from dashboard.models.zones import IN_UTC, zone_of
from dashboard.store import Newest
from dashboard.store.statuses import Statuses
from dashboard.theme import palette, style

NEW = {
    "kraken": SourceFacts("Kraken", "market", hours="always"),
    "stooq": SourceFacts("Stooq", "market", end_of_day=True),
    "walk": SourceFacts("Random walk", "made"),
    "tape": SourceFacts("Tape", "recorded"),
}


@pytest.fixture(autouse=True)
def _known(monkeypatch):
    for name, facts in NEW.items():
        monkeypatch.setitem(sources._KNOWN, name, facts)


@pytest.mark.parametrize(
    ("source", "label", "color", "dash", "real"),
    [
        ("kraken", "Kraken", "blue", "solid", True),
        ("stooq", "Stooq", "blue", "solid", True),
        ("walk", "Random walk", "orange", "dot", False),
        ("tape", "Tape", "violet", "dot", False),
        ("never-heard-of", "never-heard-of", "violet", "dot", False),
    ],
)
def test_it_is_drawn_by_its_kind(source, label, color, dash, real):
    styled = style(source)
    assert (styled.label, styled.color, styled.dash, styled.real) == (label, color, dash, real)
    assert bool(styled.warning) is not real


def test_it_is_in_the_legend_under_its_label():
    scope = scope_of(window(source="stooq"))
    framed = Frame(scope.shown, palette("light"), IN_UTC)
    made = lines(scope.drawn, ("IBM",), [], 5.0, framed, log=False)
    assert made["data"][0]["name"] == "Average · Stooq (end of day)"


def test_prices_that_are_not_the_markets_say_so():
    shown = Range("15m", NOW - 15 * MINUTE, NOW)
    snapshot, named = snapshot_of(window(end=NOW)), ["kraken", "walk"]
    found = notices(snapshot, Statuses(), named, shown, NOW, zone=IN_UTC)
    assert [it.text for it in found] == [
        "Random walk prices, not market data (dotted lines); Kraken prices are real (solid lines)"
    ]


def test_of_two_that_are_equally_new_the_markets_is_on_the_card():
    best = scope_of(window(source="walk"), window(source="kraken")).best("IBM")
    assert best is not None
    assert best[0] == "kraken"


def test_the_state_knows_end_of_day_and_recorded_prices():
    quotes = {"IBM": SymbolStatus(source="stooq", as_of="2026-02-27")}
    running = Statuses(job_status(), (producer_status(feed="stooq", symbols=quotes),))
    newest = Newest(NOW - 5 * MINUTE / 60, frozenset({"stooq"}))
    assert showing(running, newest, NOW, NOW, IN_UTC).kind is Kind.END_OF_DAY
    past = Newest(NOW - 99_999 * MINUTE, frozenset({"tape"}))
    running = Statuses(job_status(), (producer_status(),))
    assert showing(running, past, NOW, NOW, IN_UTC).kind is Kind.LIVE


def test_the_market_of_one_that_never_closes_has_no_clock_of_its_own():
    assert zone_of("market", None, ["kraken"]) == IN_UTC
    assert zone_of("market", None, ["kraken", "stooq"]) != IN_UTC
