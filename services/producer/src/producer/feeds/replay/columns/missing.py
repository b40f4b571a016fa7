"""Says what a file looks like that has no column for time or price, and what can be done."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from producer.feeds.replay.columns.names import NoColumnsError, shown
from producer.feeds.replay.columns.suggestion import suggested
from producer.settings import Role

A_SYMBOL = re.compile(r"[A-Z0-9^][A-Z0-9./:=^_-]*", re.ASCII)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?", re.ASCII)
"""What stands in a first line without names, and for names where a row is an array."""
_FEW_WORDS = 2


def missing(names: Sequence[str], row: Sequence[Any], places: Mapping[Role, int]) -> NoColumnsError:
    """Say what a file looks like that has no column for time or price, and what can be done."""
    needed: tuple[Role, ...] = ("time", "price")
    roles = [it for it in needed if it not in places]
    if any(map(_is_candle, (dict(zip(names, row, strict=False)), *row))):
        return NoColumnsError(
            "looks like Binance's stream of klines, each many times before it is over: takes"
            " trades, or klines as Binance's files have them"
        )
    text = f"has no column for {' and '.join(roles)}: it has {shown(names)}"
    if any(map(_NUMBER.fullmatch, names)):
        is_array = list(names) == [str(n) for n in range(1, len(names) + 1)]
        example = suggested(row if is_array else names)
        return NoColumnsError(
            f"{text}; where that is no heading, takes what stands at which place, such as"
            f" REPLAY_COLUMNS={example}"
        )
    if len(names) == 1 and len(names[0].split()) > _FEW_WORDS:
        text += "; takes commas, semicolons, tabs or | between values, if those are several"
    others = ",".join(f"{role}=NAME" for role in roles)
    left = [it for n, it in enumerate(names) if n not in places.values()]
    if (
        left
        and roles == ["price"]
        and "symbol" not in places
        and all(map(A_SYMBOL.fullmatch, left))
    ):
        others += f", or as SYMBOLS={','.join(left[:2])} where they are symbols above their prices"
    return NoColumnsError(
        f"{text}; takes one of them by REPLAY_COLUMNS={others}",
        any_names=bool(names),
        time_is_there="time" not in roles,
    )


def _is_candle(values: Any) -> bool:
    return isinstance(values, dict) and values.get("e") == "kline"
