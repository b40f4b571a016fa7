"""How figures, times and ages are written."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.models import words
from dashboard.models.zones import IN_UTC

NOW = datetime(2026, 3, 2, 12, 0, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (231.4, "231.40"),
        (1186.305, "1,186.31"),
        (186.31, "186.31"),
        (10.004, "10.00"),
        (100.125, "100.13"),
        (9.999999, "10.00"),
        (1.0, "1.00"),
        (1.08453, "1.08453"),
        (1.5, "1.50"),
        (0.5234, "0.5234"),
        (0.00001234, "0.00001234"),
        (4.2e-9, "0.0000000042"),
        (1e9, "1,000,000,000.00"),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
    ],
)
def test_a_price_has_the_digits_that_count(value, text):
    assert words.price(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.0123456, "0.01235"),
        (0.4, "0.4"),
        (3.0, "3"),
        (10.05, "10.05"),
        (999.96, "1,000"),
        (100.0, "100"),
        (12_345.6, "12,346"),
        (1e15, "1,000,000,000,000,000"),
    ],
)
def test_an_amount_has_the_digits_that_count(value, text):
    assert words.amount(value) == text


@given(st.floats(1e-12, 1e9))
def test_a_price_is_never_written_as_another(value):
    text = words.price(value)
    assert float(text.replace(",", "")) == pytest.approx(value, rel=5.1e-6, abs=0.0051)
    assert float(text.replace(",", "")) > 0
    assert len(text.partition(".")[2]) >= 2


@pytest.mark.parametrize("address", ["http://x.example", "www.x.example", "a@x.example"])
def test_an_address_in_what_others_wrote_is_no_link(address):
    found = words.unlinked(words.plain(f"see {address}"))
    assert "\u2060" in found
    assert found.replace("\u2060", "") == words.plain(f"see {address}")


def test_prices_of_one_line_have_decimals_alike():
    assert words.price_decimals(np.array([186.31, 290.0])) == 2
    assert words.price_decimals(np.array([1.08453, 1.085])) == 5
    assert words.price_decimals(np.array([4.2e-9])) == 10
    assert words.price_decimals(np.array([])) == 2


def test_a_symbol_in_bold_has_no_two_colons_in_one_piece_of_text():
    assert words.bold("IBM") == "**IBM**"
    assert words.bold("FX:100:X") == r"**FX**\:**100**\:**X**"
    assert words.bold("A::B") == r"**A**\:\:**B**"


def test_what_others_wrote_is_not_taken_for_markdown():
    assert words.plain("^GSPC EUR_USD*") == r"\^GSPC EUR\_USD\*"
    assert words.plain("one\n\n# two") == r"one \# two"


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


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (timedelta(0), "0 ms"),
        (timedelta(milliseconds=500), "500 ms"),
        (timedelta(seconds=2.5), "2 s 500 ms"),
        (timedelta(seconds=90), "1 min 30 s"),
        (timedelta(minutes=15), "15 min"),
        (timedelta(minutes=210), "3 h 30 min"),
        (timedelta(days=2, minutes=1), "2 days 1 min"),
    ],
)
def test_how_long_something_is_by_itself_is_written_exactly(value, text):
    assert words.length(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (timedelta(seconds=-3), "0 s"),
        (timedelta(seconds=119), "1 min"),
        (timedelta(minutes=119.9), "1 h 59 min"),
        (timedelta(hours=24), "1 day"),
        (timedelta(hours=47), "1 day 23 h"),
        (timedelta(days=1, minutes=59), "1 day"),
        (timedelta(days=700), "1 year 335 days"),
    ],
)
def test_how_far_apart_two_times_are_is_not_told_as_half_of_it(value, text):
    assert words.span(value) == text


def test_a_time_of_another_day_has_its_date():
    assert words.moment(NOW, NOW, IN_UTC) == "12:00:10 UTC"
    assert words.moment(NOW - timedelta(days=1), NOW, IN_UTC) == "2026-03-01 12:00:10 UTC"


def test_fractions_of_a_second_are_shown_where_there_are_some():
    assert words.moment(NOW + timedelta(milliseconds=250), NOW, IN_UTC) == "12:00:10.25 UTC"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "1 s"),
        (41.6, "42 s"),
        (89.0, "89 s"),
        (90.0, "2 min"),
        (128.0, "2 min"),
        (5_399.0, "90 min"),
        (5_400.0, "2 h"),
        (100_000.0, "28 h"),
        (200_000.0, "2 days"),
    ],
)
def test_what_is_still_to_come_is_told_roughly(seconds, text):
    assert words.about(seconds) == text


@pytest.mark.parametrize(
    ("per_second", "text"),
    [
        (0.0, "0/s"),
        (0.2346, "0.23/s"),
        (3.0, "3/s"),
        (9.96, "10/s"),
        (24_871.3, "25,000/s"),
        (1_234_567.0, "1,200,000/s"),
    ],
)
def test_a_rate_has_its_first_two_digits(per_second, text):
    assert words.rate(per_second) == text
