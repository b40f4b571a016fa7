"""What a symbol may be, checked against Unicode's own tables."""

import re
import unicodedata
from string import ascii_uppercase, digits

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.letters import UNICODE_VERSION
from contracts.symbols import SYMBOL_PATTERN

SYMBOL = re.compile(SYMBOL_PATTERN)
FIRST = set(ascii_uppercase + digits + "^")
OTHER = FIRST | set(".-_:/=&+")
JOINING = {*map(chr, range(0x1161, 0x1176)), *map(chr, range(0x11A8, 0x11C3))}  # Korean parts
OF_SCRIPTS_WITH_CASE = set("ªºƻǀǁǂǃʔꙮꞏꟷꟻꟼꟽꟾꟿ\U000118ff\U0001df0a")  # Latin, Cyrillic, Warang Citi
RANGES_OF_MARKS = [
    (0x640, 0x640), (0x6E5, 0x6E6), (0x8C9, 0x8C9),  # Arabic
    (0x7F4, 0x7F5), (0x7FA, 0x7FA), (0x81A, 0x81A), (0x824, 0x824), (0x828, 0x828),  # NKo, Samar.
    (0x971, 0x971), (0xE46, 0xE46), (0xEC6, 0xEC6), (0x17D7, 0x17D7),  # Devanagari to Khmer
    (0x1843, 0x1843), (0x1AA7, 0x1AA7), (0x1C78, 0x1C7D), (0x2D6F, 0x2D6F),  # Mongolian to Tifinagh
    (0x3005, 0x3005), (0x3031, 0x3035), (0x303B, 0x303B), (0x309D, 0x309E), (0x30FC, 0x30FE),  # CJK
    (0xA015, 0xA015), (0xA4F8, 0xA4FD), (0xA60C, 0xA60C),  # Yi, Lisu, Vai
    (0xA9CF, 0xA9CF), (0xA9E6, 0xA9E6), (0xAA70, 0xAA70), (0xAADD, 0xAADD), (0xAAF3, 0xAAF4),
    (0xFF70, 0xFF70), (0xFF9E, 0xFF9F),  # Katakana of half the width
    (0x16B40, 0x16B43), (0x16F93, 0x16F9F), (0x16FE0, 0x16FE1), (0x16FE3, 0x16FE3),
    (0x1AFF0, 0x1AFF3), (0x1AFF5, 0x1AFFB), (0x1AFFD, 0x1AFFE),  # Katakana of Minnan
    (0x1E137, 0x1E13D), (0x1E4EB, 0x1E4EB),
]  # fmt: skip
MARKS = {chr(code) for first, last in RANGES_OF_MARKS for code in range(first, last + 1)}


def letter(character: str) -> bool:
    """What the contract's README says a letter of a script without case is."""
    if unicodedata.category(character) != "Lo":
        return character in MARKS
    return character not in JOINING | OF_SCRIPTS_WITH_CASE


def is_symbol(text: str) -> bool:
    return (
        1 <= len(text) <= 32
        and (text[0] in FIRST or letter(text[0]))
        and all(it in OTHER or letter(it) for it in text)
        and unicodedata.normalize("NFC", text) == text
    )


@pytest.mark.skipif(
    unicodedata.unidata_version != UNICODE_VERSION, reason="the tables are of another Unicode"
)
def test_every_single_character_is_taken_or_not_as_unicode_has_it() -> None:
    characters = map(chr, [*range(0xD800), *range(0xE000, 0x110000)])
    wrong = [hex(ord(it)) for it in characters if bool(SYMBOL.match(it)) != is_symbol(it)]
    assert wrong == []


@pytest.mark.parametrize(
    "text", ["ソニー", "佐々木", "いすゞ", "ไทย", "ｿﾆｰ", "שלום", "币安人生USDT"]
)
def test_a_name_in_a_script_without_case_is_a_symbol(text: str) -> None:
    assert SYMBOL.match(text)


@pytest.mark.parametrize("text", ["Nº", "ªB", "\u0294A", "ʰA", "éA", "ß", "Ж", "ა", "ՙA", "AˇB"])
def test_letters_and_marks_of_scripts_with_case_are_not_in_a_symbol(text: str) -> None:
    assert not SYMBOL.match(text)


CHARACTERS = st.one_of(
    st.sampled_from(sorted(OTHER | MARKS)), st.characters(categories=["Lo", "Lm"]), st.characters()
)


@given(st.text(CHARACTERS, max_size=34))
def test_a_text_is_a_symbol_where_its_characters_length_and_normal_form_say_so(text: str) -> None:
    assert bool(SYMBOL.match(text)) == is_symbol(text)


@given(st.text(st.characters(categories=["Lo", "Lm"]), min_size=1, max_size=8))
def test_what_is_taken_stays_as_it_is_in_the_normal_form(text: str) -> None:
    if SYMBOL.match(text):
        assert unicodedata.normalize("NFC", text) == text
