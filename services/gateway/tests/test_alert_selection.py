"""Which rules are for a symbol is found at once, however many a rule names."""

import sys
from collections import Counter
from typing import Any

import pytest
from alert_making import rule, rules

from gateway.alerts.rules.kinds import PriceRule
from gateway.alerts.rules.selection import Selection


def selection(*symbols: str) -> Selection[PriceRule, str]:
    [one] = rules(rule(kind="price", over=1, symbols=list(symbols)))
    assert isinstance(one, PriceRule)
    return Selection([("mark", one)], lambda mark, *_: mark)


@pytest.mark.parametrize(
    ("symbol", "is_for_it"),
    [
        ("IBM", True),
        ("IBMX", False),
        ("BTCUSDT", True),
        ("BTC", False),
        ("A.B", True),
        ("AXB", False),
    ],
)
def test_names_and_patterns_mean_the_whole_symbol(symbol: str, *, is_for_it: bool) -> None:
    assert selection("IBM", "BTC?*", "?.B").of(symbol, "finnhub") == ("mark",) * is_for_it


def test_of_a_rule_that_names_thousands_not_each_name_is_looked_at() -> None:
    many = selection(*(f"S{number}" for number in range(5000)), "A*")
    calls = Counter[str]()

    def count(_frame: Any, event: str, _argument: Any) -> None:
        calls[event] += 1

    sys.setprofile(count)
    try:
        found = [many.of(symbol, "finnhub") for symbol in ("S4999", "ABC", "NONE")]
    finally:
        sys.setprofile(None)
    assert found == [("mark",), ("mark",), ()]
    assert calls.total() < 100
