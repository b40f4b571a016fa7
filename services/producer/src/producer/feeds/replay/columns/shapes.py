"""Sets of names that tell a provider, and what each means there: ``t`` alone could be several."""

from collections.abc import Sequence
from typing import NamedTuple

from producer.feeds.replay.checks.corrections import OF_ALPACA
from producer.settings import Role


class Shape(NamedTuple):
    """Names that a provider uses together, which of them is what, and which number its trades.

    Of `trade` the first that is there is the number: a letter that is one here, and elsewhere a
    time or an instrument. `update` tells of a trade that was taken back.
    """

    names: Sequence[str]
    roles: dict[Role, str]
    trade: Sequence[str] = ()
    update: str = ""


SHAPES = (
    Shape("eETspq", {"time": "T", "symbol": "s", "price": "p", "volume": "q"}, "ta"),
    Shape("eEscohlvq", {"time": "E", "symbol": "s", "price": "c"}),
    Shape("Tpqm", {"time": "T", "price": "p", "volume": "q"}, "a"),
    Shape("TSohlctv", {"time": "t", "symbol": "S", "price": "c", "volume": "v"}),
    Shape(("T", "c", "v", "vw", "t"), {"time": "t", "symbol": "T", "price": "c", "volume": "v"}),
    Shape("TStps", {"time": "t", "symbol": "S", "price": "p", "volume": "s"}, "i"),
    Shape("txps", {"time": "t", "price": "p", "volume": "s"}, "i", OF_ALPACA),
    Shape(("t", "p", "s", "i", "tks"), {"time": "t", "price": "p", "volume": "s"}, "i"),
    Shape("TsSpvi", {"time": "T", "symbol": "s", "price": "p", "volume": "v"}, "i"),
    Shape("dtpqsi", {"time": "t", "symbol": "i", "price": "p", "volume": "q"}, "d"),
    Shape(("ticks", "open", "high", "low", "close", "cost"), {"time": "ticks"}),
    Shape(("openTime", "closeTime", "lastPrice"), {"time": "closeTime"}),
    Shape(("id", "amount", "vol", "count"), {"time": "id", "volume": "amount"}),
    Shape(("price", "qty", "time", "isBuyerMaker"), {}, ("id",)),
    Shape(("price", "qty", "time", "is_buyer_maker"), {}, ("id",)),
    Shape(("participant_timestamp", "price", "size"), {}, ("id",)),
    Shape(("datetime", "price", "amount", "takerOrMaker"), {}, ("id",)),
    Shape(("local_timestamp", "side", "price", "amount"), {}, ("id",)),
    Shape(("receipt_timestamp", "side", "price", "amount"), {}, ("id",)),
    Shape(("exchange", "date", "price", "amount", "sell"), {}, ("id",)),
)
"""Binance's (streams; tickers of these, whose `p` is a change and whose volume a day's; REST),
Alpaca's bars, Polygon's, Alpaca's trades (streams; REST, and Polygon's streams; REST of coins),
Bybit's, Crypto.com's; bars of Deribit; tickers of Binance by REST, which open a day before their
price; bars of HTX, whose `vol` is money; trades of Binance (REST; files) and of Polygon by REST,
those of CCXT, Tardis, Cryptofeed and Kaiko."""
_OF_MORE = {
    "totalvolume": ({"marketcap"}, {"lastsize"}),
    "volume": (
        {"firstid"}, {"bidqty"}, {"volumequote"}, {"open24"}, {"lastsize"}, {"lastqty"},
        {"timehigh"},
        {"avgvolume", "previousclose"}, {"averagevolume", "previousclose"},
        {"averagevolume", "prevclose"}, {"previousclose", "changep"}, {"sno", "marketcap"},
        {"quotevolume", "weightedaverage"}, {"windowend", "avgprice", "eventcount"},
    ),
    "vol": ({"tscode", "preclose"},),
}  # fmt: skip
"""Names, as they are compared, of volumes that are of more than their row, and those beside them
that show it: of CoinGecko and IQFeed; of tickers of Binance, Kraken, Kraken's futures and Bitstamp,
of quotes of IBKR, of CoinMarketCap, of quotes of FMP, Twelve Data, Tradier and EODHD, of
CoinMarketCap's days as Kaggle has them, of Poloniex's bars and of this project's windows, which
overlap; lots of 100 of Tushare's."""


def shape_of(names: Sequence[str]) -> Shape:
    """Give the shape of a row with these names; one that says nothing where none is known."""
    return next((it for it in SHAPES if set(it.names) <= set(names)), Shape((), {}))


def is_of_more(volume: str, normal: Sequence[str]) -> bool:
    """Tell by the names beside a volume if it is a day's so far, of 24 hours, in money or lots."""
    return any(beside <= set(normal) for beside in _OF_MORE.get(volume, ()))
