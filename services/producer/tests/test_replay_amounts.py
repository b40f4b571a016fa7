import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from recordings import values

from producer.feeds.replay.values.amounts import AmountReader


def price(text, mark="."):
    return AmountReader(mark).prices([text]).values[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("187.15", 187.15), ("187", 187.0), (" 187.15 ", 187.15), (".5", 0.5), ("5.", 5.0),
        ("4.2e-09", 4.2e-09), ("1E3", 1000.0), ("+1.5", 1.5), ("1,234", 1234.0),
        ("18,226.48", 18_226.48), ("1,234,567", 1_234_567.0), ("$187.15", 187.15),
        ("$1,234.50", 1234.5), ("1,23,456.50", 123_456.5), ("12,34,56,789", 123_456_789.0),
        ("187.15 €", 187.15), ("£5", 5.0), ("₹1,540.50", 1540.5),
        ("1 000", 1000.0), ("1 234 567.5", 1_234_567.5),
        ("1\xa0184.40", 1184.4), ("1'184.40", 1184.4), ("1\u2019234\u2019567.5", 1_234_567.5),
        (187, 187.0), (187.5, 187.5),
    ],
)  # fmt: skip
def test_prices_with_a_decimal_point(text, expected):
    assert price(text) == expected
    assert AmountReader().prices([text, "1"]).values == [expected, 1.0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("187,15", 187.15), ("187", 187.0), ("1.234", 1234.0), ("18.226,48", 18_226.48),
        ("1.234.567", 1_234_567.0), (",5", 0.5), ("1.234,50 €", 1234.5), ("1 184,40", 1184.4),
        ("1.234,50\u202f€", 1234.5),
        ("1\u202f184,400", 1184.4), ("$1\xa0234\xa0567,5", 1_234_567.5),
    ],
)  # fmt: skip
def test_prices_with_a_decimal_comma(text, expected):
    assert price(text, ",") == expected


@pytest.mark.parametrize(
    "value",
    [
        "", "-", "0", "0.0", "-1", "nan", "inf", "-inf", "infinity", "1_000", "0x10", "1e400",
        "1e10", "49.9M", "12,34", "1,2345", "0,123", ",123", "1,234,56", "1.2.3",
        "1,23,45", "0,12,345", "1,23,4567", "123,45,678",
        "1,234.5,6", "5%", "(5)", "1 00", "1 0000", "0 123",
        "1 000'000", "110'165", "1 2", "\u0661", "\uff11", "e5", ".", ",", "$", "--5", "5-",
        "1e", None, True, float("nan"), math.inf, [], {}, 10**400,
    ],
)  # fmt: skip
def test_what_is_no_price_is_bad(value):
    column = AmountReader().prices(["1", value])
    assert list(column.bad) == [1]
    assert column.bad[1].startswith("price is ")


@pytest.mark.parametrize(
    ("value", "what", "why"),
    [
        ("-1,234.50", "prices", "price is '-1,234.50': takes one over 0"),
        ("0", "prices", "price is '0': takes one over 0"),
        (-5.5, "prices", "price is '-5.5': takes one over 0"),
        ("(1,234.50)", "prices", "price is '(1,234.50)': brackets say that it is below 0"),
        ("-100", "volumes", "volume is '-100': takes none below 0"),
        ("(100)", "volumes", "volume is '(100)': brackets say that it is below 0"),
        ("(a)", "prices", "price is '(a)'"),
    ],
)
def test_a_number_that_is_too_small_says_so(value, what, why):
    assert getattr(AmountReader(), what)([value]).bad == {0: why}


def test_groups_of_two_before_one_of_three_show_a_decimal_point():
    assert seen("1,23,456")[:2] == ({"."}, False)
    assert seen("1.23.456")[:2] == (set(), False)
    assert list(AmountReader(",").prices(["1,23,456"]).bad) == [0]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("49.90M", 49_900_000.0), ("49.9m", 49_900_000.0), ("1.2K", 1_200.0), ("3B", 3e9),
        ("1,234.5K", 1_234_500.0), ("54,149,928", 54_149_928.0), ("0", 0.0), ("12.5", 12.5),
        ("-", None), ("--", None), ("N/A", None), ("n/a", None), ("NaN", None), ("null", None),
        ("None", None), ("", None), (" ", None), (None, None), ("\u2014", None),
        (float("nan"), None), ("$39,335,274,536", None), ("12.5 €", None),
    ],
)  # fmt: skip
def test_volumes(value, expected):
    for others in ([], ["7"], [""]):
        column = AmountReader().volumes([*others, value])
        assert column.values[-1] == expected
        assert column.bad == {}


@pytest.mark.parametrize("value", ["-1", "x", "1e16", "5T", "K", "0x1", "inf", True, [], "1_0"])
def test_what_is_no_volume_is_bad(value):
    assert list(AmountReader().volumes(["1", "", value]).bad) == [2]


def seen(*texts):
    reader = AmountReader(None)
    column = reader.prices(texts)
    return reader.seen, reader.open, column


@pytest.mark.parametrize(
    ("text", "mark"),
    [("12,5", ","), ("12.5", "."), ("1.234,5", ","), ("1,234.5", "."), ("1.234.567", ","),
     ("0,123", ","), ("0.123", "."), ("1234.567", "."), ("1234,567", ",")],
)  # fmt: skip
def test_a_number_that_leaves_one_reading_shows_its_mark(text, mark):
    assert seen(text)[:2] == ({mark}, False)
    assert seen(text)[2].values == [price(text, mark)]


def test_a_number_that_leaves_two_readings_is_open_and_bad():
    for text in ("1.234", "1,234", "999,999"):
        marks, is_open, column = seen(text, "5")
        assert (marks, is_open) == (set(), True)
        assert "thousands apart or decimals" in column.bad[0]
        assert column.values[1] == 5.0


@given(st.floats(1e-12, 1e9), st.sampled_from([".", ","]))
def test_what_is_written_is_read_again(number, mark):
    assert price(f"{number!r}".replace(".", mark), mark) == number
    grouped = f"{number:,.4f}"
    if float(grouped.replace(",", "")):
        swapped = grouped.translate(str.maketrans(",.", ".,")) if mark == "," else grouped
        assert price(swapped, mark) == float(grouped.replace(",", ""))


@given(
    st.lists(st.text("0123456789.,eE+-_$kM nainf\n", max_size=8) | st.floats() | st.integers(),
             min_size=1, max_size=4),
    st.sampled_from([".", ",", None]),
)  # fmt: skip
def test_many_at_once_are_read_as_each_by_itself(values, mark):
    for what in ("prices", "volumes"):
        whole = getattr(AmountReader(mark), what)(values)
        for place, value in enumerate(values):
            single = getattr(AmountReader(mark), what)([value])
            assert (place in whole.bad) == (0 in single.bad)
            assert whole.values[place] == single.values[0]


@pytest.mark.parametrize("gap", [" ", "\xa0", "\u202f"])
def test_a_sheet_of_excel_in_french_shows_its_decimals_by_its_thousands(tmp_path, gap):
    path = tmp_path / "a.csv"
    path.write_text(f"Date;Close;Volume\n2024-01-02;1{gap}187,155;82{gap}488{gap}700\n")
    ((_, _, *amounts),) = values(path, ("AAPL",))
    assert amounts == [1187.155, 82_488_700.0]
