"""The figure that a rule looks at in a trade or a window, and whether it is past the threshold."""

from contracts.sources import VOLUME_OF_THE_DAY
from contracts.window import Window, window_us
from gateway.alerts.evaluation.extremes import Extremes
from gateway.alerts.evaluation.past import Past
from gateway.alerts.evaluation.state import Watched
from gateway.alerts.rules.kinds import (
    ChangeRule,
    PriceRule,
    SpikeRule,
    VolatilityRule,
    VolumeRule,
    WindowRule,
)


def of_price(
    rule: PriceRule | ChangeRule, watched: Watched, price: float, at_us: int, now_us: int
) -> float | None:
    """Give the figure of a price of a time that came in now; None where there is none."""
    if isinstance(rule, PriceRule):
        return price
    extremes = watched.extremes = watched.extremes or Extremes()
    return extremes.change_pct(price, at_us, rule.within.us, now_us)


def of_window(rule: WindowRule, watched: Watched, window: Window, now_us: int) -> float | None:
    """Give the figure of a final window that came in now; its price is its mean.

    None where there is none.
    """
    match rule:
        case PriceRule() | ChangeRule():
            _, end_us = window_us(window)
            return of_price(rule, watched, window.avg_price, end_us, now_us)
        case SpikeRule():
            return window.max_deviation_pct
        case VolatilityRule() | VolumeRule():
            return _times_the_past(rule, watched, window)


def _times_the_past(
    rule: VolatilityRule | VolumeRule, watched: Watched, window: Window
) -> float | None:
    if isinstance(rule, VolumeRule):
        figure = None if window.source in VOLUME_OF_THE_DAY else window.volume
    else:
        deviation = window.stddev_price
        figure = None if deviation is None else deviation / window.avg_price
    if figure is None:
        return None
    past = watched.past = watched.past or Past()
    return past.ratio(figure, *window_us(window), rule.past.us)


def threshold_of(rule: WindowRule) -> float:
    """Give the threshold, in the figure's unit."""
    match rule:
        case PriceRule():
            return rule.over or rule.under or 0.0
        case ChangeRule():
            return rule.pct
        case SpikeRule():
            return rule.max_deviation_pct
        case VolatilityRule() | VolumeRule():
            return rule.factor


def excess(rule: WindowRule, figure: float) -> float:
    """Give how far a figure is past the threshold; below 0 where it is not."""
    if isinstance(rule, PriceRule) and rule.under is not None:
        return rule.under - figure
    if isinstance(rule, ChangeRule):
        return abs(figure) - rule.pct
    return figure - threshold_of(rule)
