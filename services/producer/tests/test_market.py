"""The hours of exchanges, whatever the clock says and whatever is known of them."""

from datetime import UTC, datetime, timedelta

import pytest
import structlog

from producer.market import Exchange


def at(*parts):
    return datetime(*parts, tzinfo=UTC)


def test_a_clock_that_is_set_to_any_time_is_answered():
    new_york = Exchange("XNYS")
    answers = [
        (at(2026, 11, 30, 15), True),  # a Monday
        (at(2026, 9, 30, 15), True),  # the clock is set back by two months
        (at(1970, 1, 1), False),  # and to where one begins that has lost its battery
        (at(2026, 12, 31, 20, 59), True),
        (at(2026, 12, 31, 21), False),  # from here on nothing of the year is left
        (at(2027, 1, 1, 15), False),
        (at(2027, 1, 4, 15), True),
    ]
    assert [(time, new_york.is_open(time)) for time, _ in answers] == answers


@pytest.mark.parametrize("code", ["XSHG", "XBOM", "XSES"])
def test_an_exchange_whose_holidays_are_known_until_the_end_of_the_year_has_hours_until_then(code):
    # Two in the afternoon in Bombay on a Wednesday, and on the Saturday after.
    day = at(2026, 12, 16, 6)
    assert [Exchange(code).is_open(day + timedelta(days=it)) for it in (0, 3)] == [True, False]


def test_where_the_hours_of_a_year_are_not_known_trades_may_come_at_any_time():
    shanghai = Exchange("XSHG")
    with structlog.testing.capture_logs() as logged:
        assert [shanghai.is_open(at(2126, 3, 2 + day)) for day in range(7)] == [True] * 7
    assert [(it["exchange"], it["year"]) for it in logged] == [("XSHG", 2126)]
