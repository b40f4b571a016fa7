"""What an alert says: one sentence for people, in plain text."""

from math import floor, log10

from contracts.alerts import MAX_TEXT
from contracts.sources import facts, is_made_up
from gateway.alerts.evaluation.figures import threshold_of
from gateway.alerts.rules.kinds import (
    ChangeRule,
    PriceRule,
    SpikeRule,
    VolatilityRule,
    VolumeRule,
    WindowRule,
)

_DECIMALS, _DIGITS = 8, 6
"""Of a price so many decimals are written, and of a small one so many digits that count."""
_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60))
_MADE_UP = {"made": "made up", "recorded": "not of now", "unknown": "not known"}


def of_figure(rule: WindowRule, symbol: str, source: str, figure: float) -> str:
    """Say what a figure of a symbol is, and what it went past."""
    return sentence(rule.name, f"{symbol} {_what(rule, figure)}", source)


def of_silence(name: str, symbol: str, source: str, silent_s: float) -> str:
    """Say that a symbol has no quotes."""
    return sentence(name, f"{symbol} has had no quotes for {about(silent_s)}", source)


def sentence(name: str, what: str, source: str = "") -> str:
    """Write one alert's text: the rule's name, what happened, and where the prices are from."""
    origin = facts(source)
    told = f"{name}: {what}"
    if source:
        told += f" ({origin.label}{': ' + _MADE_UP[origin.kind] if is_made_up(source) else ''})"
    return told if len(told) <= MAX_TEXT else f"{told[: MAX_TEXT - 1]}…"


def _what(rule: WindowRule, figure: float) -> str:
    match rule:
        case PriceRule(over=None):
            return f"is at {_price(figure)}, under {_price(threshold_of(rule))}"
        case PriceRule():
            return f"is at {_price(figure)}, over {_price(threshold_of(rule))}"
        case ChangeRule():
            way = "rose" if figure > 0 else "fell"
            within = length(rule.within.total_seconds())
            return (
                f"{way} by {_past(abs(figure), rule.pct, 2)}% within {within}, over {rule.pct:g}%"
            )
        case SpikeRule():
            limit = rule.max_deviation_pct
            return f"went {_past(figure, limit, 2)}% over the window's mean, over {limit:g}%"
        case VolatilityRule() | VolumeRule():
            of = "deviation" if isinstance(rule, VolatilityRule) else "volume"
            past = length(rule.past.total_seconds())
            times = _past(figure, rule.factor, 1)
            return f"has {times} times the {of} of the last {past}, over {rule.factor:g} times"


def _price(value: float) -> str:
    decimals = max(_DECIMALS, _DIGITS - 1 - floor(log10(value)))
    return f"{value:,.{decimals}f}".rstrip("0").rstrip(".")


def _past(figure: float, threshold: float, decimals: int) -> str:
    """Write a figure with so many decimals, or as many as tell it from what it went past."""
    while decimals < _DECIMALS and round(figure, decimals) <= threshold:
        decimals += 1
    return f"{figure:.{decimals}f}"


def length(seconds: float) -> str:
    """Write a length of time in its largest whole unit, else in seconds."""
    for unit, size in _UNITS:
        if seconds >= size and seconds % size == 0:
            return count(int(seconds // size), unit)
    return count(round(seconds), "second")


def about(seconds: float) -> str:
    """Write how long something has lasted, in the largest unit of which there are two at least."""
    for unit, size in _UNITS:
        if seconds >= 2 * size:
            return count(int(seconds // size), unit)
    return count(round(seconds), "second")


def count(number: int, unit: str) -> str:
    """Write how many there are of something."""
    return f"{number} {unit}" if number == 1 else f"{number:,} {unit}s"
