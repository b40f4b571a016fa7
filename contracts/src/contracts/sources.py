"""Where prices come from: what is known of each source, once for all services."""

from typing import Literal, NamedTuple

type Source = Literal["alpha-vantage", "finnhub", "binance", "synthetic", "replay"]


class SourceFacts(NamedTuple):
    """What there is to know of a source.

    `label` is its name for people. `kind` tells what its prices are: of the market, made up, or
    recorded and played again. `hours` tells when they can move: while an exchange is open, or at
    any time. `in_order` tells whether event times never go back within one producer. `volume` tells
    what a quote's volume is: the size of a trade, or the day's so far. `end_of_day` tells that a
    price is a day's last, and not of the moment.
    """

    label: str
    kind: Literal["market", "made", "recorded", "unknown"]
    hours: Literal["exchange", "always"] = "exchange"
    in_order: bool = True
    volume: Literal["trade", "day"] = "trade"
    end_of_day: bool = False


SOURCE_PATTERN = r"\A[a-z0-9][a-z0-9\-]{0,31}\Z"
"""The whole name of a source, also of one that comes later."""

SOURCES: dict[Source, SourceFacts] = {
    "alpha-vantage": SourceFacts("Alpha Vantage", "market", volume="day", end_of_day=True),
    "finnhub": SourceFacts("Finnhub", "market", in_order=False),
    "binance": SourceFacts("Binance", "market", hours="always", in_order=False),
    "synthetic": SourceFacts("Synthetic", "made"),
    "replay": SourceFacts("Replay", "recorded"),
}

VOLUME_OF_THE_DAY = tuple(name for name, it in SOURCES.items() if it.volume == "day")
"""The sources whose volume grows over a day: of several quotes the largest counts, not the sum."""


def facts(name: str) -> SourceFacts:
    """Give what is known of a source; of one that is not known, its name."""
    return _KNOWN.get(name) or SourceFacts(name, "unknown")


def is_made_up(name: str) -> bool:
    """Tell whether a source's prices are none of the market now: made up, or played again.

    Of a source that is not known nobody can say that they are of the market.
    """
    return facts(name).kind != "market"


_KNOWN: dict[str, SourceFacts] = dict(SOURCES.items())
