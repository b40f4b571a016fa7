"""When windows began that came within the hour is known, and takes a bounded room."""

from datetime import timedelta

import pytest
from make import BEGIN, micros, window

from gateway.live.arrivals import Arrivals

BEGIN_MS = micros(BEGIN) // 1000
MINUTE_MS = 60_000


def noted(*came: tuple[float, float]) -> Arrivals:
    """Note windows that came and began so many minutes after `BEGIN`."""
    arrivals = Arrivals()
    for came_at, began_at in came:
        made = window(seconds=60 * began_at).window
        arrivals.add(BEGIN_MS + int(came_at * MINUTE_MS), made)
    return arrivals


def began(arrivals: Arrivals, since: float) -> list[float]:
    found = sorted(arrivals.since(BEGIN_MS + int(since * MINUTE_MS)))
    return [(it - BEGIN) / timedelta(minutes=1) for it in found]


def test_minutes_are_of_windows_that_came_since_or_a_little_before() -> None:
    arrivals = noted((0, -5), (1, -4.5), (1.5, -300), (2, 1), (2, 1.25))
    assert began(arrivals, 0) == [-300, -5, 1]
    assert began(arrivals, 2.9) == [-300, -5, 1]
    assert began(arrivals, 3) == [1]
    assert began(arrivals, 4) == []


def test_an_hour_is_noted_also_where_partitions_are_read_one_behind_the_other() -> None:
    arrivals = noted((0, 0), (1, 1), (61, 61), (2, 2))
    assert began(arrivals, 0) == [1, 2, 61]


def test_after_the_broker_s_clock_was_set_back_what_comes_is_noted_too() -> None:
    arrivals = noted((0, 0), (300, 300), (1, 1), (2, -90))
    assert began(arrivals, 1) == [-90, 1, 300]


def test_the_oldest_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.live.arrivals._MOST", 4)
    arrivals = noted((0, 0), (0, -1), (1, 1), (2, 2), (3, 3))
    assert began(arrivals, 0) == [-1, 1, 2, 3]


def test_of_one_minute_too_the_oldest_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where a job reads years within a minute."""
    monkeypatch.setattr("gateway.live.arrivals._MOST", 4)
    assert began(noted(*((0, at) for at in range(6))), 0) == [2, 3, 4, 5]
