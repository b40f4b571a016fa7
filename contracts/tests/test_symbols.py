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


def letter(character: str) -> bool:
    """What the data dictionary says a letter of a script without case is."""
    return unicodedata.category(character) == "Lo" and character not in JOINING


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


CHARACTERS = st.one_of(
    st.sampled_from(sorted(OTHER)), st.characters(categories=["Lo"]), st.characters()
)


@given(st.text(CHARACTERS, max_size=34))
def test_a_text_is_a_symbol_where_its_characters_length_and_normal_form_say_so(text: str) -> None:
    assert bool(SYMBOL.match(text)) == is_symbol(text)


@given(st.text(st.characters(categories=["Lo"]), min_size=1, max_size=8))
def test_what_is_taken_stays_as_it_is_in_the_normal_form(text: str) -> None:
    if SYMBOL.match(text):
        assert unicodedata.normalize("NFC", text) == text
