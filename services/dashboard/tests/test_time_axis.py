"""The labels of the axis of time, as the browser works them out."""

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from conftest import call
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.charts.axes import HOVERED
from dashboard.models.zones import zone_of

NEW_YORK = "America/New_York"
ZONES = (NEW_YORK, "Asia/Kolkata", "Australia/Lord_Howe", "Europe/Zurich", "Asia/Tokyo", "UTC")


def clocks(zone, begin, end):
    around = timedelta(days=370)
    return zone_of("local", zone, []).clocks(begin - around, end + around)


def at(*when):
    return datetime(*when, tzinfo=UTC)


def ticks(browser, begin, end, zone=NEW_YORK, most=12):
    """Give the labels in a range, with when they are."""
    bounds = [it.timestamp() * 1000 for it in (begin, end)]
    made = call(browser, "timeTicks", clocks(zone, begin, end), *bounds, most)
    pairs = zip(made["tickvals"], made["ticktext"], strict=True)
    return {
        datetime.fromtimestamp(place / 1000, UTC): text
        for place, text in pairs
        if bounds[0] <= place <= bounds[1]
    }


def test_the_hour_that_comes_twice_is_labelled_twice(browser):
    assert ticks(browser, at(2026, 11, 1, 4), at(2026, 11, 1, 8)) == {
        at(2026, 11, 1, 4): "00:00 EDT<br>Nov 1, 2026",
        at(2026, 11, 1, 4, 30): "00:30 EDT<br>Nov 1, 2026",
        at(2026, 11, 1, 5): "01:00 EDT",
        at(2026, 11, 1, 5, 30): "01:30 EDT",
        at(2026, 11, 1, 6): "01:00 EST",
        at(2026, 11, 1, 6, 30): "01:30 EST",
        at(2026, 11, 1, 7): "02:00 EST",
        at(2026, 11, 1, 7, 30): "02:30 EST",
        at(2026, 11, 1, 8): "03:00 EST",
    }


def test_the_hour_that_is_left_out_has_no_label(browser):
    assert ticks(browser, at(2026, 3, 8, 6), at(2026, 3, 8, 8), most=6) == {
        at(2026, 3, 8, 6): "01:00 EST",
        at(2026, 3, 8, 6, 30): "01:30 EST<br>Mar 8, 2026",
        at(2026, 3, 8, 7): "03:00 EDT",
        at(2026, 3, 8, 7, 30): "03:30 EDT",
        at(2026, 3, 8, 8): "04:00 EDT",
    }


def test_where_no_clock_changes_labels_have_no_name_and_the_day_once(browser):
    assert list(ticks(browser, at(2026, 3, 2, 3), at(2026, 3, 2, 7), most=5).values()) == [
        "22:00",
        "23:00<br>Mar 1, 2026",
        "00:00<br>Mar 2, 2026",
        "01:00",
        "02:00",
    ]


@pytest.mark.parametrize(
    ("span", "labels"),
    [
        (timedelta(seconds=20), ["12:00:00", "12:00:05<br>Mar 2, 2026", "12:00:10"]),
        (timedelta(days=4), ["Mar 3<br>2026", "Mar 4", "Mar 5"]),
        (timedelta(days=30), ["Mar 9<br>2026", "Mar 16", "Mar 23"]),
        (timedelta(days=365), ["Apr<br>2026", "Jul", "Oct"]),
        (timedelta(days=3650), ["2028", "2030"]),
    ],
)
def test_labels_are_as_fine_as_the_range(browser, span, labels):
    found = list(ticks(browser, at(2026, 3, 2, 12), at(2026, 3, 2, 12) + span, "UTC", 5).values())
    assert found[: len(labels)] == labels


@settings(max_examples=150, deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    begin=st.datetimes(datetime(2015, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001 - made aware below
    minutes=st.floats(0.2, 5_000_000),
    most=st.integers(2, 20),
)
def test_each_label_reads_what_the_clock_of_the_zone_shows(browser, zone, begin, minutes, most):
    begin = begin.replace(tzinfo=UTC)
    found = ticks(browser, begin, begin + timedelta(minutes=minutes), zone, most)
    assert list(found) == sorted(set(found))
    assert len(found) <= most + 3
    for when, text in found.items():
        here = when.astimezone(ZoneInfo(zone))
        label = text.partition("<br>")[0]
        if ":" in label:
            assert label.startswith(f"{here:%H:%M:%S}"[: label.rfind(":") + 3])
        else:
            assert label in {f"{here:%b} {here.day}", f"{here:%b}", f"{here:%Y}"}
            assert (here.hour, here.minute) in {(0, 0), (0, 30)}


@pytest.mark.parametrize(
    ("when", "here"),
    [(at(2026, 11, 1, 5, 30), "01:30:00 EDT"), (at(2026, 11, 1, 6, 30, 5), "01:30:05 EST")],
)
def test_the_time_under_the_pointer_is_the_zones(browser, when, here):
    known = clocks(NEW_YORK, at(2026, 11, 1), at(2026, 11, 2))
    text = HOVERED.replace("%{x:.0f}", f"{when.timestamp() * 1000:.0f}")
    assert call(browser, "inZone", known, f"AAPL · {text}") == f"AAPL · 2026-11-01 {here}"
    assert call(browser, "inZone", known, "IBM average 3 ms") == "IBM average 3 ms"


def test_where_there_are_no_more_years_there_are_no_labels(browser):
    far_out = 'JSON.stringify(timeTicks([[0, 0, "UTC"]], -1e16, 1e16, 10))'
    assert json.loads(browser.eval(far_out, timeout_sec=30)) == {"tickvals": [], "ticktext": []}
