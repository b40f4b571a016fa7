"""How a chart of prices is drawn: its bars, its axis, its indicators, as the address has them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from dashboard.models.candles import WIDTHS
from dashboard.models.indicators import BAR_VWAP, Indicator, read
from dashboard.models.words import duration

BAR, AXIS, INDICATORS = "bar", "axis", "indicators"
AUTO = "auto"
BARS = {AUTO: "Auto"} | {name: duration(timedelta(minutes=it)) for name, it in WIDTHS.items()}
AXES = {"price": "Price", "log": "Log", "percent": "Percent"}


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
        bar=bar if bar in WIDTHS else None,
        indicators=(BAR_VWAP,) if named is None else read(named.split(",")),
        axis=axis if axis in AXES else "price",
    )


def written(indicators: tuple[Indicator, ...]) -> str | None:
    """Write indicators as the address has them; None where they are the default."""
    return None if indicators == (BAR_VWAP,) else ",".join(it.written for it in indicators)
