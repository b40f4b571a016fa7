import time
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producer.feeds.replay.values.times import TimeReader

LATEST = datetime(2026, 1, 3, tzinfo=UTC)
DAY = datetime(2023, 8, 8, tzinfo=UTC)
AT = datetime(2023, 8, 8, 10, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2023-08-08T10:30:00Z", AT),
        ("2023-08-08 10:30:00", AT),
        ("2023-08-08t10:30z", AT),
        (" 2023-08-08  10:30 ", AT),
        ("2023-08-08 9:30", AT - timedelta(hours=1)),
        ("2023-08-08T10", AT.replace(minute=0)),
        ("2023-08-08T12:30+02:00", AT),
        ("2023-08-08T12:30+0200", AT),
        ("2023-08-08T12:30+02", AT),
        ("2023-08-08 06:30:00-04:00", AT),
        ("2023-08-08 06:30:00 -0400", AT),
        ("2023-08-08 12:30 GMT+2", AT),
        ("2023-08-08 16:00 UTC+5:30", AT),
        ("2023-08-08 16:00 UTC+530", AT),
        ("2023-08-08 10:30:00 UTC", AT),
        ("2023-08-08T10:30:00.123456789Z", AT.replace(microsecond=123_456)),
        ("2023-08-08T10:30:00,5Z", AT.replace(microsecond=500_000)),
        ("20230808T103000Z", AT),
        ("20230808T1030", AT),
        ("20230808T10Z", AT.replace(minute=0)),
        ("20230808103000Z", AT),
        ("20230808103000", AT),
        ("202308081230+02:00", AT),
        ("20230808 103000", AT),
        ("20230808 103000123", AT.replace(microsecond=123_000)),
        ("20230808 103000 0001230", AT.replace(microsecond=123)),  # NinjaTrader
        ("20230808T123000.25+0200", AT.replace(microsecond=250_000)),
        ("20230808", DAY),
        ("20230808Z", DAY),
        ("2023-08-08", DAY),
        ("2023-08-08Z", DAY),
        ("2023-08-07-14:00", DAY - timedelta(hours=10)),
        ("2023-W32-2", DAY),
        ("2023W322T1030", AT),
        ("2023-220", DAY),
        ("2023/08/08 10:30", AT),
        ("2023.08.08 10:30", AT),
        ("2023-08-08D10:30:00.000000000", AT),
        ("1.6914906E9", AT),
        ("1.691490600125E12", AT.replace(microsecond=125_000)),
        ("2023.08.08D10:30:00.5", AT.replace(microsecond=500_000)),
        ("2023-08-07T24:00", DAY),
        ("08.08.2023", DAY),
        ("8.8.2023 10:30:00", AT),
        ("08.08.2023 11:30:00.000 GMT+0100", AT),
        ("Aug 08, 2023", DAY),
        ("August 8, 2023 10:30 AM", AT),
        ("Sept. 1, 2023", datetime(2023, 9, 1, tzinfo=UTC)),
        ("Tue, 08 Aug 2023 10:30:00 GMT", AT),
        ("Tuesday, August 8, 2023", DAY),
        ("20230808;103000", AT),
        ("2023-08-08 06:30 EDT", AT),
        ("2023-01-08 05:30:00 EST", AT.replace(month=1)),
        ("Aug 8, 2023 6:30 AM ET", AT),
        ("2023-08-08 12:30:00 cest", AT),
        ("2023-08-08 19:30 JST", AT),
        ("20230808 06:30:00 US/Eastern", AT),
        ("2023-08-08T12:30 Europe/Berlin", AT),
        ("2023-08-08T12:30+02:00[Europe/Berlin]", AT),
        ("2023-11-05 01:30 EDT", datetime(2023, 11, 5, 5, 30, tzinfo=UTC)),
        ("2023-11-05 01:30 EST", datetime(2023, 11, 5, 6, 30, tzinfo=UTC)),
        ("8 Aug 2023", DAY),
        ("08-AUG-2023", DAY),
        ("1691490600", AT),
        ("1691490600.25", AT.replace(microsecond=250_000)),
        ("1691490600000", AT),
        ("1691490600000000", AT),
        ("1691490600000000999", AT),
    ],
)
def test_each_form_means_one_time(text, expected):
    assert TimeReader(LATEST).one(text) == expected
    assert TimeReader(LATEST).read([text, text]) == ([expected, expected], {})


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1_691_490_600, AT),
        (1_691_490_600_000, AT),
        (20_230_808, DAY),
        (20_230_808_103_000, AT),
        (1_691_490_600.5, AT.replace(microsecond=500_000)),
        (1_691_490_600_000.0, AT),
        (AT, AT),
        (datetime(2023, 8, 8, 10, 30), AT),  # noqa: DTZ001 - as Parquet has it
        (AT.astimezone(timezone(timedelta(hours=-5))), AT),
        (date(2023, 8, 8), DAY),
    ],
)
def test_values_that_are_no_text(value, expected):
    assert TimeReader(LATEST).one(value) == expected
    assert TimeReader(LATEST).read([value]) == ([expected], {})


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("1970-01-01T00:00:00Z", "stands for a time that is lost"),
        ("1970-01-01", "stands for a time that is lost"),
        (0, "stands for a time that is lost"),
        ("1969-12-31T23:59:59Z", "before 1970"),
        ("-5", "before 1970"),
        ("9999-12-31T23:59:59Z", "in the future"),
        ("2026-01-03T00:00:00.000001Z", "in the future"),
        ("9999-12-31T24:00", ""),
        ("9999-12-31T23:59:59-23:59", ""),
        ("0001-01-01T00:00:00+14:00", ""),
        ("0000-00-00", ""),
        ("0000-00-00 00:00:00", ""),
        ("2023-02-30", ""),
        ("2023-08-08T10:30:60Z", ""),
        ("2023-08-08T24:00:01", ""),
        ("2023-08-08T25:00", ""),
        ("2023-08-08T10:30+24:00", ""),
        ("2023-08-08T12:30+2", "takes ISO 8601"),
        ("2023-366", ""),
        ("2023-W53-1", ""),
        ("2023-08", "takes ISO 8601"),
        ("2023", "no number since 1970"),
        ("20230808T", "takes ISO 8601"),
        ("2023-08-08T", "takes ISO 8601"),
        ("2023-08-08 10:30 EST", "America/New_York has no EST at that time"),
        ("2023-01-08 10:30 EDT", "America/New_York has no EDT at that time"),
        ("2023-11-05 01:30 ET", "America/New_York has no such time, or has it twice"),
        ("2023-03-12 02:30 US/Eastern", "US/Eastern has no such time, or has it twice"),
        ("2023-01-08 10:30 CST", "CST is not sure to be one zone"),
        ("2023-01-08 10:30 Mars/Olympus", "Mars/Olympus is not sure to be one zone"),
        ("2023-01-08 EST", "takes ISO 8601"),
        ("2023-08-08T12:30[Europe/Berlin]", "takes ISO 8601"),
        ("2023-08-0810:30", "takes ISO 8601"),
        ("20230808-0500", "takes ISO 8601"),
        ("13:30 PM", "takes ISO 8601"),
        ("2023-08-08 13:30 PM", "no hour of half a day"),
        ("08/08/23", "in which order day, month and year stand"),
        ("08/08/3", "takes ISO 8601"),
        ("99999999", ""),
        ("197512312359", "could be milliseconds"),
        (197_512_312_359, "could be milliseconds"),
        ("16914906000", "told apart by its size"),
        ("638270946000000000", "as Windows and .NET do"),
        (133_359_642_000_000_000, "as Windows and .NET do"),
        ("1.69149E+12", "takes ISO 8601"),
        ("1.69149e12", "takes ISO 8601"),
        ("1_691_490_600", "takes ISO 8601"),
        ("\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669\u0660", "takes ISO 8601"),
        ("10:30:00", "takes ISO 8601"),
        ("yesterday", "takes ISO 8601"),
        ("", "takes ISO 8601"),
        ("x" * 10_000, "takes ISO 8601"),
        (None, ""),
        (True, ""),
        ([], ""),
        (float("nan"), "takes ISO 8601"),
        (float("inf"), "takes ISO 8601"),
        (1e300, "takes ISO 8601"),
        (10**30, "told apart by its size"),
        (-(10**30), ""),
    ],
)
def test_what_is_no_time_or_could_mean_two_is_bad_and_says_why(value, why):
    column = TimeReader(LATEST).read([AT, value])
    assert column.values[0] == AT
    assert column.bad[1].startswith("time is ")
    assert why in column.bad[1]
    assert len(column.bad[1]) < 300


@pytest.fixture
def in_new_york(monkeypatch):
    """Let this machine be in another zone than UTC."""
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "America/New_York")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("in_new_york")
def test_no_zone_means_utc_beside_times_that_name_one_and_wherever_the_machine_is():
    texts = ["2023-08-08T10:30:00", "2023-08-08T10:30:00Z", "2023-08-08T10:30:00+00:00"]
    assert TimeReader(LATEST).read(texts) == ([AT] * 3, {})


def with_order(*texts):
    """Read slashed dates as a file of these: twice, the second time knowing their order."""
    first = TimeReader(LATEST)
    first.read(texts)
    order = next(iter(first.orders)) if len(first.orders) == 1 else None
    return TimeReader(LATEST, order=order).read(texts)


def test_slashed_dates_are_read_where_the_file_leaves_one_order():
    january, march = datetime(2020, 1, 31, tzinfo=UTC), datetime(2020, 3, 2, tzinfo=UTC)
    assert with_order("31/01/2020", "02/03/2020").values == [january, march]
    assert with_order("01/31/2020", "03/02/2020").values == [january, march]
    assert with_order("1/31/2020 4:00 PM", "3-2-2020").values == [january.replace(hour=16), march]


@pytest.mark.parametrize(
    ("texts", "days"),
    [
        (("01/31/24", "02/01/24"), ["2024-01-31", "2024-02-01"]),
        (("1/31/24 9:30 AM", "2/1/24"), ["2024-01-31 09:30", "2024-02-01"]),
        (("31/01/24", "01/02/24"), ["2024-01-31", "2024-02-01"]),
        (("31.01.24", "01.02.24"), ["2024-01-31", "2024-02-01"]),
        (("24-01-31", "24-02-01"), ["2024-01-31", "2024-02-01"]),
        (("01/31/98", "02/01/98"), ["1998-01-31", "1998-02-01"]),
        (("31-Jan-24", "01-Feb-24"), ["2024-01-31", "2024-02-01"]),
        (("1 Feb 24", "05 Feb 24"), ["2024-02-01", "2024-02-05"]),
        (("13/01/24", "5/1/24"), ["2024-01-13", "2024-01-05"]),
        (("01/31/24", "02/01/2024"), ["2024-01-31", "2024-02-01"]),
    ],
)
def test_years_of_two_digits_are_read_where_the_file_leaves_one_order(texts, days):
    expected = [datetime.fromisoformat(day).replace(tzinfo=UTC) for day in days]
    assert with_order(*texts) == (expected, {})


@pytest.mark.parametrize(
    "texts",
    [
        ("01/02/24", "03/04/24"),  # any of three
        ("13/01/24", "14/01/24"),  # days of January 2024, or the 24th of 2013 and 2014
        ("13-Jan-24", "14-Jan-24"),
        ("31/01/24", "01/31/24"),
        ("24/01/31", "31/12/2024"),
    ],
)
def test_years_of_two_digits_are_bad_where_another_order_is_left(texts):
    column = with_order(*texts)
    assert list(column.bad) == [0, 1]
    assert "in which order day, month and year stand; takes 2024-01-31" in column.bad[0]


def test_of_slashed_dates_a_time_of_day_and_a_zone_stay():
    at = datetime(2020, 1, 31, 16, 5, tzinfo=UTC)
    assert with_order("31/01/2020 16:05", "31/01/2020 16:05").values == [at, at]
    assert with_order("01-31-2020 16:05:00", "01-31-2020 16:05:00").values == [at, at]
    assert with_order("31/01/2020 18:05+02:00", "31/01/2020 18:05+02:00").values == [at, at]


@pytest.mark.parametrize("digits", [10, 13, 16, 19])
def test_a_number_filled_up_with_zeros_is_no_larger_than_it_is(digits):
    column = TimeReader(LATEST).read([f"{5:0{digits}}", f"{7:0{digits}}"])
    assert list(column.bad) == [0, 1]


@pytest.mark.parametrize(
    "texts", [("01/02/2020", "03/02/2020"), ("31/01/2020", "01/31/2020"), ("13/13/2020",) * 2]
)
def test_slashed_dates_are_bad_where_the_order_is_open_or_contradicted(texts):
    column = with_order(*texts)
    assert list(column.bad) == [0, 1]
    assert "in which order day, month and year stand; takes 2024-01-31" in column.bad[0]


def test_the_units_of_numbers_are_gathered():
    reader = TimeReader(LATEST)
    reader.read(["1691490600000"] * 2)
    assert reader.units == {"milliseconds"}
    reader.read(["1691490600", "1691490600000000"])
    assert reader.units == {"milliseconds", "seconds", "microseconds"}


@given(
    st.datetimes(datetime(1974, 1, 1), datetime(2025, 12, 31)),  # noqa: DTZ001 - the strategy's
    st.sampled_from(["%Y-%m-%dT%H:%M:%S.%fZ", "%Y%m%dT%H%M%S.%f", "%Y-%m-%d %H:%M:%S.%f+00:00"]),
)
def test_what_is_written_is_read_again(moment, form):
    moment = moment.replace(tzinfo=UTC)
    assert TimeReader(LATEST).read([moment.strftime(form)]).values == [moment]
    since_s = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    assert TimeReader(LATEST).read([str(since_s)]).values == [moment]
    assert TimeReader(LATEST).read([f"{since_s // 1_000_000}.{since_s % 1_000_000:06}"]).values == [
        moment
    ]


@given(
    st.text()
    | st.text("0123456789-:.TZ+/ ", max_size=30)
    | st.from_regex(
        r"\d{4}-?\d\d-?\d\d([T ]?\d\d(:?\d\d){0,2}([.,]\d{1,9})?)?(Z|[+-]\d\d(:?\d\d)?)?"
    )
    | st.integers()
    | st.floats()
    | st.datetimes(timezones=st.none() | st.timezones())
    | st.dates()
)
def test_whatever_it_is_it_is_a_possible_time_or_bad_and_alone_as_among_others(value):
    whole = TimeReader(LATEST, order="DMY").read([value, value])
    if whole.bad:
        assert list(whole.bad) == [0, 1]
        return
    assert datetime(1970, 1, 1, tzinfo=UTC) < whole.values[0] <= LATEST
    assert TimeReader(LATEST, order="DMY").read([value, None]).values[0] == whole.values[0]
