"""The axis of prices: even, logarithmic, or in per cent of a first price."""

from dataclasses import dataclass
from typing import Any

from dashboard.charts.axes import value_axis
from dashboard.charts.figure import MARGIN_PX, Frame
from dashboard.store.bars import Floats

_FINEST = 20


def decimal_ticks(begin: int, sign: str = "") -> list[dict[str, Any]]:
    """Write ticks with as many decimals as neighbouring ones need to differ, so many and more."""
    return [
        {"dtickrange": [0.99 * 10**-at, 9.9 * 10**-at], "value": f"{sign},.{at}f"}
        for at in range(begin, _FINEST)
    ]


_TICKS = ({"dtickrange": [0.0099, None], "value": ",.2f"}, *decimal_ticks(3))
CHANGE_TICKS = ({"dtickrange": [0.0099, None], "value": "+,.2f"}, *decimal_ticks(3, "+"))
"""Of changes in per cent."""

_WITHIN_MARGIN, _DIGIT_PX = 4, 8
_CHARACTERS_WITHIN_MARGIN = len("999,999.99")


@dataclass(frozen=True)
class Scale:
    """How prices are drawn; `first` is the price that is 0 % on an axis in per cent.

    `highest` is the highest of them.
    """

    kind: str
    first: float
    decimals: int
    highest: float

    def of(self, prices: Floats) -> Floats:
        """Give prices as the axis takes them."""
        return 100 * (prices / self.first - 1) if self.kind == "percent" else prices

    @property
    def hovered(self) -> str:
        """How one is written under the pointer, in Plotly's format."""
        return "+.2f" if self.kind == "percent" else f",.{self.decimals}f"

    @property
    def unit(self) -> str:
        """What follows it there."""
        return " %" if self.kind == "percent" else ""

    @property
    def margin_px(self) -> dict[str, int]:
        """The margins of a figure, with room for the prices at the axis."""
        characters = len(f"{self.highest:,.2f}")
        more = max(0, self.decimals - _WITHIN_MARGIN, characters - _CHARACTERS_WITHIN_MARGIN)
        return MARGIN_PX | {"r": MARGIN_PX["r"] + _DIGIT_PX * more}

    def axis(self, frame: Frame, **others: object) -> dict[str, Any]:
        """Make the axis, on the right."""
        if self.kind == "percent":
            return value_axis(frame, tickformatstops=CHANGE_TICKS, ticksuffix=" %", **others)
        if self.kind == "log":
            return value_axis(frame, type="log", tickformat=f",.{self.decimals}f", **others)
        return value_axis(frame, tickformatstops=_TICKS, **others)
