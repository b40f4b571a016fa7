from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.times import check_date, epoch_us, format_time, from_kafka_ms, from_ms, parse_time

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LAST_US = 253_402_300_799_999_999
MOMENTS = st.integers(0, LAST_US).map(lambda us: EPOCH + timedelta(microseconds=us))


@pytest.mark.parametrize(
    ("text", "us"),
    [
        ("1970-01-01T00:00:00.000000Z", 0),
        ("1970-01-01T00:00:00.000001Z", 1),
        ("2000-02-29T12:34:56.789012Z", 951_827_696_789_012),
        ("2026-01-02T15:04:05.300000Z", 1_767_366_245_300_000),
        ("9999-12-31T23:59:59.999999Z", LAST_US),
    ],
)
def test_a_time_in_microseconds(text: str, us: int) -> None:
    assert epoch_us(text) == us


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-01-02",
        "15:04:05.300000Z",
        "2026-01-02T15:04:05Z",
        "2026-01-02T15:04:05.300Z",
        "2026-01-02T15:04:05.300000000Z",
        "2026-01-02T15:04:05.300000",
        "2026-01-02T15:04:05.300000+00:00",
        "2026-01-02T15:04:05,300000Z",
        "2026-01-02 15:04:05.300000Z",
        "2026-01-02t15:04:05.300000z",
        "2026-01-02T15:04:05.300000Z\n",
        "\n2026-01-02T15:04:05.300000Z",
        "2026-01-02T15:04:05.30000 Z",
        "2026-01-02T15:04:05.+30000Z",
        "2026-01-02T15:04:05.3_0000Z",
        "2026-01-02T15:04:05.\u0663\u0660\u0660\u0660\u0660\u0660Z",
        "\u0662\u0660\u0662\u0666-01-02T15:04:05.300000Z",
        "2026-1-02T15:04:05.3000000Z",
        "+026-01-02T15:04:05.300000Z",
        "2026-W01-5T15:04:05.300000Z",
        "2026-02-30T15:04:05.300000Z",
        "2025-02-29T15:04:05.300000Z",
        "2026-13-01T15:04:05.300000Z",
        "2026-00-01T15:04:05.300000Z",
        "2026-01-00T15:04:05.300000Z",
        "2026-01-02T24:00:00.000000Z",
        "2026-01-02T15:60:05.300000Z",
        "2016-12-31T23:59:60.000000Z",
        "0000-01-01T00:00:00.000000Z",
        "1969-12-31T23:59:59.999999Z",
        "10000-01-01T00:00:00.000000Z",
    ],
)
def test_what_is_no_time_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        epoch_us(text)
    with pytest.raises(ValueError, match=r".+"):
        parse_time(text)


@given(MOMENTS)
def test_every_moment_since_1970_comes_back_as_it_was(moment: datetime) -> None:
    text = format_time(moment)
    assert len(text) == 27
    assert parse_time(text) == moment
    assert epoch_us(text) == (moment - EPOCH) // timedelta(microseconds=1)
    assert datetime.fromisoformat(text) == moment


@given(MOMENTS, st.integers(-23, 23))
def test_a_time_of_another_zone_is_written_in_utc(moment: datetime, hours: int) -> None:
    try:
        elsewhere = moment.astimezone(timezone(timedelta(hours=hours)))
    except OverflowError:
        return
    assert format_time(elsewhere) == format_time(moment)


@given(st.text(max_size=30) | st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{6}Z"))
def test_any_text_is_a_time_or_a_value_error(text: str) -> None:
    try:
        us = epoch_us(text)
    except ValueError:
        return
    assert format_time(EPOCH + timedelta(microseconds=us)) == text


@given(st.dates())
def test_every_date_is_one(day: date) -> None:
    check_date(day.isoformat())


@pytest.mark.parametrize(
    "text",
    ["", "2026-02-30", "2026-1-2", "20260102", "2026-W01-5", "2026-01-02\n", "0000-01-01", "today"],
)
def test_what_is_no_date_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        check_date(text)


def test_milliseconds_since_1970_are_a_moment() -> None:
    assert from_ms(1_767_366_245_123) == parse_time("2026-01-02T15:04:05.123000Z")


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (1_767_366_245_123, "2026-01-02T15:04:05.123000Z"),
        (0, "1970-01-01T00:00:00.000000Z"),
        (-1, "1970-01-01T00:00:00.000000Z"),
        (-(2**63), "1970-01-01T00:00:00.000000Z"),
        (1_767_366_245_123_000, "9000-01-01T00:00:00.000000Z"),  # microseconds
        (2**63 - 1, "9000-01-01T00:00:00.000000Z"),
    ],
)
def test_whatever_a_producer_takes_for_a_kafka_timestamp_is_a_moment(ms: int, text: str) -> None:
    assert format_time(from_kafka_ms(ms)) == text
