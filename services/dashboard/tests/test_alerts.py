"""Alerts: found, listed, marked, told and given away."""

import csv
import io
from datetime import timedelta

import pytest
from conftest import MINUTE, NOON, SLIDE, alert, bars_of, window

from dashboard.charts.alerts import alert_marks
from dashboard.charts.figure import Frame
from dashboard.live.alerts import Alerts
from dashboard.models.alerts import as_csv, matching, told
from dashboard.models.ranges import Range
from dashboard.models.zones import IN_UTC
from dashboard.theme import palette


def ids(alerts):
    return [int(it.alert_id, 16) for it in alerts]


@pytest.mark.parametrize(
    ("words", "found"),
    [("", [1, 2]), ("ibm", [1]), ("OVER tsla", [2]), ("synthetic 101", [1, 2]), ("nothing", [])],
)
def test_alerts_are_found_by_all_the_words(words, found):
    alerts = [alert(1, text="at 101"), alert(2, symbol="TSLA", text="at 101")]
    assert ids(matching(alerts, words)) == found


def test_what_came_is_told_in_one_line():
    assert told([alert()]) == "IBM is at 101.00"
    assert told([alert(1, text="first"), alert(2, text="last")]) == "2 alerts, the last: last"


def test_alerts_of_before_are_known_and_not_told():
    there = Alerts()
    there.know([alert(1, at=NOON), alert(2, at=NOON + MINUTE)])
    assert ids(there.newest) == [2, 1]
    assert there.since(0, NOON) == []
    assert not there.add(alert(1), NOON + MINUTE)
    assert there.add(alert(3, at=NOON - MINUTE), NOON + MINUTE)
    assert ids(there.newest) == [2, 1, 3]
    assert ids(there.since(0, NOON)) == [3]
    assert there.since(0, NOON + MINUTE) == there.since(1, NOON) == []


def test_an_alert_that_is_older_than_all_that_are_listed_comes_once():
    there = Alerts()
    there.know(alert(number, at=NOON) for number in range(500))
    assert there.add(alert(500, at=NOON - MINUTE), NOON + MINUTE)
    assert not there.add(alert(500, at=NOON - MINUTE), NOON + MINUTE)
    assert ids(there.since(0, NOON)) == [500]


def test_the_export_has_all_columns_and_no_formula():
    evil = '=HYPERLINK("http://elsewhere.example")'
    text = as_csv([alert(rule=evil, text='a "quoted", text\nof two lines', symbol=None)])
    heads, line = csv.reader(io.StringIO(text.decode()))
    assert dict(zip(heads, line, strict=True)) == {
        "at": "2026-03-02T12:00:00.000000Z",
        "rule": f"'{evil}",
        "kind": "price",
        "symbol": "",
        "source": "synthetic",
        "value": "101.0",
        "threshold": "100.0",
        "text": 'a "quoted", text\nof two lines',
        "made_up": "True",
        "alert_id": f"{1:032x}",
    }


def marks_of(*alerts, span=15 * MINUTE):
    bars = bars_of(window(end=NOON - SLIDE, average=99.0), window(end=NOON, average=101.0))
    frame = Frame(Range("15m", NOON - span, NOON), palette("light"), IN_UTC, alerts)
    return alert_marks(("IBM", "synthetic"), bars.end, bars.average, frame)


def test_an_alert_is_marked_where_the_line_is_at_its_time():
    (marks,) = marks_of(
        alert(1, at=NOON - timedelta(seconds=1), text="<a href='x'>one</a>"),
        alert(2, at=NOON - 10 * SLIDE, source=None),
    )
    assert marks["x"].tolist() == [
        (NOON.timestamp() - 1) * 1000,
        (NOON.timestamp() - 50) * 1000,
    ]
    assert marks["y"].tolist() == pytest.approx([100.6, 99.0])
    assert marks["customdata"][0] == "&lt;a href=&#x27;x&#x27;&gt;one&lt;/a&gt;"


@pytest.mark.parametrize(
    "others",
    [{"symbol": "TSLA"}, {"source": "replay"}, {"symbol": None}, {"at": NOON - 16 * MINUTE}],
)
def test_alerts_of_others_and_of_other_times_are_not_marked(others):
    assert marks_of(alert(**others)) == []
