"""The address keeps the view."""

import pytest

from dashboard.address import chosen_range, chosen_symbols
from dashboard.ranges import LABELS, SPANS

THERE = ["IBM", "AAPL", "MSFT"]


def test_each_range_has_a_label():
    assert list(LABELS) == list(SPANS)


@pytest.mark.parametrize(
    ("address", "found"), [({}, "15m"), ({"range": "6h"}, "6h"), ({"range": "7y"}, "15m")]
)
def test_the_range_is_the_addresss_or_the_default(address, found):
    assert chosen_range(address, "15m") == found


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ({}, THERE),
        ({"symbols": "MSFT,IBM"}, ["IBM", "MSFT"]),
        ({"symbols": "msft"}, ["MSFT"]),
        ({"symbols": "MSFT,NOPE"}, ["MSFT"]),
        ({"symbols": ""}, []),
    ],
)
def test_the_symbols_are_the_addresss_of_those_that_are_there(address, found):
    assert chosen_symbols(address, THERE) == found


def test_of_many_symbols_the_first_are_shown():
    assert chosen_symbols({}, [f"S{at}" for at in range(100)]) == [f"S{at}" for at in range(8)]
