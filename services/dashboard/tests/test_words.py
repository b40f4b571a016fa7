"""How figures, times and ages are written."""

from datetime import UTC, datetime, timedelta

import pytest

from dashboard.models import words

NOW = datetime(2026, 3, 2, 12, 0, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (231.4, "231.40"),
        (1186.305, "1,186.31"),
        (1.0, "1.00"),
        (0.5234, "0.5234"),
        (0.00001234, "0.00001234"),
    ],
)
def test_a_price_has_fixed_decimals(value, text):
    assert words.price(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.336, "+1.34 %"), (-0.5, "-0.50 %"), (0.0, "0.00 %"), (-0.001, "0.00 %"), (0.001, "0.00 %")],
)
def test_a_change_has_a_sign_unless_it_is_nothing(value, text):
    assert words.per_cent(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (timedelta(seconds=-3), "0 s"),
        (timedelta(seconds=3.9), "3 s"),
        (timedelta(seconds=60), "1 min"),
        (timedelta(minutes=119), "1 h"),
        (timedelta(hours=25), "1 day"),
        (timedelta(days=28), "28 days"),
        (timedelta(days=4700), "12 years"),
    ],
)
def test_a_duration_is_in_its_largest_whole_unit(value, text):
    assert words.duration(value) == text


def test_a_time_of_another_day_has_its_date():
    assert words.moment(NOW, NOW) == "12:00:10 UTC"
    assert words.moment(NOW - timedelta(days=1), NOW) == "2026-03-01 12:00:10 UTC"


def test_fractions_of_a_second_are_shown_where_there_are_some():
    assert words.moment(NOW + timedelta(milliseconds=250), NOW) == "12:00:10.25 UTC"
