import pytest
from hypothesis import given
from hypothesis import strategies as st

from debug_consumer.safe import safe, safe_bytes


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("IBM", "IBM"),
        ("日本 é", "日本 é"),
        ("a\x1b[31mred", "a\\x1b[31mred"),
        ("a\nb\tc\r", "a\\nb\\tc\\r"),
        ("\x9b2J", "\\x9b2J"),
        ("\u202egnp", "\\u202egnp"),
        ("\u2028", "\\u2028"),
        ("\ud800", "\\ud800"),
    ],
)
def test_what_does_not_print_is_escaped(text: str, shown: str) -> None:
    assert safe(text, 80) == shown


def test_a_text_that_just_fits_is_whole_and_a_longer_one_ends_with_an_ellipsis() -> None:
    assert safe("abcde", 5) == "abcde"
    assert safe("abcdef", 5) == "abcd…"


def test_bytes_that_are_no_utf8_are_shown_as_such() -> None:
    assert safe_bytes(b"Soci\xe9t", 80) == "Soci\\xe9t"


def test_no_value_is_null() -> None:
    assert safe_bytes(None, 80) == "null"


@given(st.binary(max_size=400), st.integers(1, 60))
def test_any_bytes_come_out_printable_and_short(value: bytes, width: int) -> None:
    shown = safe_bytes(value, width)
    assert shown.isprintable()
    assert len(shown) <= width


def test_a_huge_value_takes_no_longer_than_a_long_one() -> None:
    assert safe_bytes(b"\x00" * 10_000_000, 20) == "\\x00\\x00\\x00\\x00\\x0…"
