from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producer.feeds.retry_after import retry_after_s

NOW = datetime(2026, 1, 2, 15, 4, 5, tzinfo=UTC)
DAY_S = 86_400


@pytest.mark.parametrize(
    ("status", "value", "wait_s"),
    [
        (429, "30", 30),
        (418, " 120 ", 120),
        (503, "0", 0),
        (503, "Fri, 02 Jan 2026 15:05:05 GMT", 60),
        (503, "Friday, 02-Jan-26 15:05:05 GMT", 60),
        (503, "Fri, 02 Jan 2026 15:05:05 +0100", 0),
        (503, "Fri, 02 Jan 2026 15:03:05 GMT", 0),
        (503, "Fri, 31 Dec 9999 23:59:59 GMT", DAY_S),
        (429, "259200", DAY_S),
        (429, "9" * 400, DAY_S),
        (429, "-5", 0),
        (429, "1.5", 0),
        (429, "soon", 0),
        (429, "٣", 0),
        (429, "", 0),
        (500, "30", 0),
        (403, "30", 0),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_a_day_at_most(status, value, wait_s):
    assert retry_after_s(status, {"Retry-After": value}, NOW) == wait_s


def test_an_answer_without_it_asks_for_no_wait():
    assert retry_after_s(429, {}, NOW) == 0


@given(st.text())
def test_any_text_is_a_wait_of_a_day_at_most(value):
    assert 0 <= retry_after_s(429, {"Retry-After": value}, NOW) <= DAY_S
