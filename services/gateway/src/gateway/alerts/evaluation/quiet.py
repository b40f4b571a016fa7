"""Which prices change nothing for a rule: most of them, and to tell must cost little."""

from math import inf
from typing import NamedTuple

from gateway.alerts.evaluation.extremes import part_us
from gateway.alerts.evaluation.state import Watched
from gateway.alerts.rules.kinds import ChangeRule, PriceRule

_FOR_EVER_US = 1 << 62


class Quiet(NamedTuple):
    """Prices from `low` to `high`, of times in a part (a number, each so many microseconds)."""

    low: float
    high: float
    part: int
    part_us: int

    def holds(self, price: float, at_us: int) -> bool:
        """Tell whether a price at a time neither triggers the rule nor changes what it knows."""
        return self.low <= price <= self.high and at_us // self.part_us == self.part


NEVER = Quiet(inf, -inf, 0, 1)


def quiet_of(rule: PriceRule | ChangeRule, watched: Watched) -> Quiet:
    """Work out what changes nothing from now on, until something does."""
    if not watched.trigger.armed:
        return NEVER
    match rule:
        case PriceRule(over=float(over)):
            return Quiet(-inf, over, 0, _FOR_EVER_US)
        case PriceRule(under=float(under)):
            return Quiet(under, inf, 0, _FOR_EVER_US)
        case ChangeRule() if watched.extremes and watched.extremes.largest_in_newest() <= rule.pct:
            part, low, high = watched.extremes.newest
            return Quiet(low, high, part, part_us(rule.within.us))
        case _:
            return NEVER
