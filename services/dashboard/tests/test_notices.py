"""What a person has to know of the windows that are shown."""

from datetime import timedelta

import pytest
from conftest import MINUTE, NOW

from contracts.sources import SOURCES
from dashboard.models.notices import notices
from dashboard.models.ranges import Range
from dashboard.models.zones import IN_UTC, zone_of
from dashboard.store import Newest, Snapshot
from dashboard.store.snapshot import BrokenFile
from dashboard.store.statuses import Statuses
from dashboard.theme import style


def texts(sources=(), *, age=MINUTE, broken=(), pending=(), cut_before=None, problems=()):
    snapshot = Snapshot(
        newest=Newest(NOW - age, frozenset({"replay"})),
        broken=broken,
        pending=pending,
        cut_before=cut_before,
    )
    shown = Range("24h", NOW - age - timedelta(days=1), NOW - age)
    found = notices(snapshot, Statuses(problems=problems), sources, shown, NOW, zone=IN_UTC)
    return [notice.text for notice in found]


def test_real_prices_of_now_need_no_notice():
    assert texts(["alpha-vantage"]) == []


def test_synthetic_prices_are_never_taken_for_real():
    assert texts(["synthetic"]) == ["Synthetic prices, not market data"]
    (mixed,) = texts(["alpha-vantage", "synthetic"])
    assert mixed.startswith("Synthetic prices, not market data (dotted lines)")
    assert mixed.endswith("; Alpha Vantage prices are real (solid lines)")


@pytest.mark.parametrize("source", [*SOURCES, "not-known"])
def test_the_lines_are_as_the_notice_of_two_sources_says(source):
    dash = "solid" if style(source).real else "dot"
    assert style(source).dash == dash
    real = [it for it in SOURCES if style(it).real]
    told = " ".join(texts([source, *real]))
    assert ("(dotted lines)" in told) == (dash == "dot")


def test_replayed_prices_of_the_past_say_so_and_how_old_they_are():
    assert texts(["replay"], age=timedelta(days=4750)) == [
        "Replayed prices, not the current market",
        "The newest window is of 2013-02-28, 13 years ago: these are past prices",
    ]


def test_the_day_of_past_prices_is_that_of_the_chosen_zone():
    evening = Newest(NOW - timedelta(days=3, hours=10), frozenset({"finnhub"}))  # 02:00:10 UTC
    shown = Range("all", NOW - timedelta(days=4), evening.window_end)
    new_york = zone_of("market", None, ["finnhub"])
    (found,) = notices(Snapshot(newest=evening), Statuses(), [], shown, NOW, zone=new_york)
    assert found.text == "The newest window is of 2026-02-26, 3 days ago: these are past prices"


def test_files_that_cannot_be_read_are_named():
    one = (BrokenFile("window_date=2026-03-02/b.parquet", "no magic bytes"),)
    assert texts(broken=one) == [
        "1 file cannot be read and is left out: window_date=2026-03-02/b.parquet (no magic bytes)"
    ]
    many = tuple(BrokenFile(f"{at}", "why") for at in range(5))
    assert texts(broken=many) == [
        "5 files cannot be read and are left out: 0 (why); 1 (why); 2 (why); and 2 more"
    ]


def test_what_is_not_shown_yet_or_at_all_is_told():
    today = NOW.date()
    assert texts(
        pending=(today - timedelta(days=9), today - timedelta(days=1), today),
        cut_before=NOW.replace(hour=3),
        problems=("status/odd.json: Input data was truncated",),
    ) == [
        "status/odd.json: Input data was truncated",
        "Reading the history: 2 days to go",
        "The range has more windows than can be shown: they are shown from 03:00:10 UTC on",
    ]


def test_live_prices_that_are_away_are_told_quietly():
    shown = Range("15m", NOW - 15 * MINUTE, NOW)
    why = "the gateway does not answer"
    found = notices(Snapshot(), Statuses(), [], shown, NOW, zone=IN_UTC, away=why)
    assert [(it.text, it.color) for it in found] == [
        ("Live prices are unavailable: the gateway does not answer", "gray")
    ]
