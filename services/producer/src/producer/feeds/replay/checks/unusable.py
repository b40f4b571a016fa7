"""Refuses tables that look like prices by their columns, and whose rows are no trades or bars."""

from collections.abc import Mapping, Sequence
from typing import Any

from contracts.settings import SettingError

DATABENTO = ("rtype", "publisher_id", "instrument_id")
"""Columns that Databento's records have, and nobody else's."""
CANDLES_THAT_GO_ON = (
    "REPLAY_FILE: the rows look like a stream of candles, each many times before it is over; takes"
    " trades, or candles that are over"
)
_OF_OPTIONS = {
    "strike", "strikeprice", "strikepr", "optiontype", "optiontyp", "optntp", "cpflag", "putcall",
    "callput",
}  # fmt: skip
_SCALES = {
    "pricescale", "scale", "pricefactor", "pricedivisor", "pricemultiplier", "pricedecimals",
    "priceexponent", "priceexpo", "expo", "exponent", "displayfactor",
}  # fmt: skip
"""Names, as they are compared, of columns that say by what a price is to be multiplied."""
_OVER = {"x": {"f", "L", "V", "Q"}, "confirm": {"start", "interval"}}
"""What tells whether a candle is over, and what stands beside it at Binance and Bybit."""
_OF_KRAKEN = {"interval_begin", "interval"}
"""Names in its candles, which do not tell when they are over."""
_ORDERS = (
    ("issnapshot", "side"),
    ("transacttime", "timestamp", "side", "id"),
    ("firstupdateid", "lastupdateid"),
    ("level", "side"),
    ("timeinforce", "orderstatus"),
)
"""Names, as they are compared, of columns of orders: books of Tardis, BitMEX, Binance and whoever
numbers the levels, and Binance's liquidations."""


_OF_FILLS = {
    "fillprice", "filledprice", "avgfillprice", "averagefillprice", "filledavgprice", "filledqty",
    "filledquantity", "executedqty", "executedquantity", "origqty", "remainingquantity",
}  # fmt: skip
"""Names, as they are compared, of what became of orders, whose own price is their limit."""


def check_name(name: str) -> None:
    """Raise `SettingError` where a file is called as liquidations, which look like trades."""
    if "liquidations" in name.casefold():
        raise SettingError(
            f"REPLAY_FILE: {name} is called as liquidations, whose prices are those of orders;"
            " takes a file of trades, or one that is called otherwise"
        )


def check(
    names: Sequence[str],
    normal: Sequence[str],
    row: Mapping[int, Any],
    price: int,
    *,
    symbol_told: bool,
    price_told: bool = False,
) -> None:
    """Raise `SettingError` where rows are of options, of candles that go on, or of orders.

    Also where they are Databento's statistics, or its prices as whole numbers.
    `row` has the first row's values by place, `price` is the place of the price; `symbol_told` and
    `price_told` say that somebody named the column of symbols, and that of prices.
    """
    option = next((name for name, it in zip(names, normal, strict=True) if it in _OF_OPTIONS), None)
    if option is not None and not symbol_told:
        raise SettingError(
            f"REPLAY_FILE: {option!r} tells of options, of which several may have one symbol; takes"
            " the column that names each by REPLAY_COLUMNS=symbol=NAME"
        )
    if _are_candles_that_go_on(names, row):
        raise SettingError(CANDLES_THAT_GO_ON)
    if set(DATABENTO) <= set(names) and str(row.get(price)).isdecimal():
        raise SettingError(
            "REPLAY_FILE: Databento's whole numbers are prices in units of 0.000000001; takes them"
            " with a decimal point (pretty_px)"
        )
    scale = next((n for n, it in enumerate(normal) if it in _SCALES), None)
    is_scaled = scale is not None and str(row.get(scale)).strip() not in {"", "0", "1", "None"}
    is_whole = str(row.get(price)).strip().isdecimal()
    if scale is not None and is_scaled and is_whole and not price_told:
        raise SettingError(
            f"REPLAY_FILE: {names[scale]!r} tells in which units the whole numbers in"
            f" {names[price]!r} are; takes prices with a decimal point, or as they stand there by"
            " REPLAY_COLUMNS=price=NAME"
        )
    if "stat_type" in names and set(DATABENTO) <= set(names):
        raise SettingError(
            "REPLAY_FILE: 'stat_type' tells of Databento's statistics, whose prices are no trades;"
            " takes a file of trades or of bars"
        )
    filled = next((n for n, it in enumerate(normal) if it in _OF_FILLS), None)
    if filled is not None and not price_told and "side" in normal and normal[price] == "price":
        raise SettingError(
            f"REPLAY_FILE: {names[filled]!r} beside 'side' tells of orders, whose 'price' is their"
            " limit; takes the price of trades by REPLAY_COLUMNS=price=NAME"
        )
    if orders := next((it for it in _ORDERS if set(normal) >= set(it)), None):
        first, second, *_ = (names[normal.index(it)] for it in orders)
        raise SettingError(
            f"REPLAY_FILE: {first!r} beside {second!r} tells of orders, whose prices are no"
            " trades; takes a file of trades or of bars"
        )


def _are_candles_that_go_on(names: Sequence[str], row: Mapping[int, Any]) -> bool:
    """Tell whether a stream has each candle many times, each with the volume so far."""
    told = [it for it, beside in _OVER.items() if {it, *beside} <= set(names)]
    going_on = any(str(row.get(names.index(it))).casefold() == "false" for it in told)
    return going_on or set(names) >= _OF_KRAKEN
