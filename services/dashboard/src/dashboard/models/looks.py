"""How a chart of prices is drawn: its bars, its axis, its indicators, as the address has them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from dashboard.models.indicators import BAR_VWAP, Indicator, read

BAR, AXIS, INDICATORS = "bar", "axis", "indicators"
AUTO = "auto"
AXES = {"price": "Price", "log": "Logarithmic", "percent": "Per cent"}
_BAR = re.compile(r"[1-9][0-9]{0,3}[mhd]")


@dataclass(frozen=True)
class Looks:
    """How long a bar is (None: as suits the range), what is drawn besides, on which axis."""

    bar: str | None = None
    indicators: tuple[Indicator, ...] = (BAR_VWAP,)
    axis: str = "price"

    @property
    def bars_before(self) -> int:
        """How many bars before the range the indicators take."""
        return max((it.bars_before for it in self.indicators), default=0)


def looks(address: Mapping[str, str]) -> Looks:
    """Read an address; what it cannot mean counts as not there, no indicator as none."""
    bar, axis, named = address.get(BAR), address.get(AXIS, ""), address.get(INDICATORS)
    return Looks(
        bar=bar if bar and _BAR.fullmatch(bar) else None,
        indicators=(BAR_VWAP,) if named is None else read(named.split(",")),
        axis=axis if axis in AXES else "price",
    )


def written(indicators: tuple[Indicator, ...]) -> str | None:
    """Write indicators as the address has them; None where they are the default."""
    return None if indicators == (BAR_VWAP,) else ",".join(it.written for it in indicators)
