"""The axis of prices: even, logarithmic, or in per cent of a first price."""

from dataclasses import dataclass
from typing import Any

from dashboard.charts.axes import price_axis, value_axis
from dashboard.charts.figure import Frame
from dashboard.store.bars import Floats


@dataclass(frozen=True)
class Scale:
    """How prices are drawn; `first` is the price that is 0 % on an axis in per cent."""

    kind: str
    first: float
    decimals: int

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

    def axis(self, frame: Frame, **others: object) -> dict[str, Any]:
        """Make the axis, on the right."""
        if self.kind == "percent":
            return value_axis(frame, tickformat="+.2f", ticksuffix=" %", **others)
        if self.kind == "log":
            return value_axis(frame, type="log", tickformat=f",.{self.decimals}f", **others)
        return price_axis(frame, **others)
