"""Tells recorded trades that were not made at the market's price, by the conditions beside them."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from producer.feeds.off_market import BY_SOURCE, BY_TAPE, FINNHUB, POLYGON, is_off_market
from producer.feeds.replay.values.amounts import is_nothing

type _Codes = Literal["by tape", "by source", "Finnhub", "Polygon"]

LATE = ("conditions", "c")
"""Members that only those trades have that are under some condition."""
_TABLES: dict[_Codes, Mapping[str, Mapping[str, str]]] = {
    "by tape": BY_TAPE, "by source": BY_SOURCE, "Finnhub": {"": FINNHUB}, "Polygon": {"": POLYGON},
}  # fmt: skip
_FINNHUB, _WITH_A_TAPE = (frozenset("sptvc"), frozenset("ptvxc")), frozenset("spticxz")
"""What trades of Finnhub have (messages; a day's ticks by REST), and of Alpaca and Polygon."""
_OF_TAQ = {"trscond": "trsource", "salecondition": "sourceoftrade"}
"""Names of conditions in New York's TAQ, as names are compared, and of what tells the tape."""
_NUMBERS, _LETTERS = re.compile(r"\d+", re.ASCII), re.compile(r"[A-Z0-9]", re.ASCII)


class Conditions(NamedTuple):
    """Where rows have their conditions, whose codes those are, and where the tape stands."""

    place: int
    codes: _Codes
    tape: int | None = None

    def off_market(self, column: Callable[[int], Sequence[Any]]) -> frozenset[int]:
        """Give the places of rows that were not made at the market's price."""
        told = column(self.place)
        tapes = [""] * len(told) if self.tape is None else column(self.tape)
        rows = enumerate(zip(told, tapes, strict=False))
        return frozenset(
            n for n, (it, tape) in rows if it and _is_off_market(self.codes, str(it), str(tape))
        )


def conditions_of(normal: Sequence[str]) -> Conditions | None:
    """Find by names, as they are compared, where rows have conditions; None where they have none.

    What holds several values is marked by braces behind its name.
    """
    names = [it.removesuffix("{}") for it in normal]
    places = {name: place for place, name in enumerate(names)}
    if "conditions" in places and "siptimestamp" in places:
        return Conditions(places["conditions"], "Polygon")
    if "conditions" in places and "tape" in places:
        return Conditions(places["conditions"], "by tape", places["tape"])
    if frozenset(places) in _FINNHUB:
        return Conditions(places["c"], "Finnhub")
    if places.keys() >= _WITH_A_TAPE:
        return Conditions(places["c"], "by tape", places["z"])
    found = next((it for it in _OF_TAQ if it in places), None)
    if found is None:
        return None
    return Conditions(places[found], "by source", places.get(_OF_TAQ[found]))


@lru_cache(maxsize=4096)
def _is_off_market(codes: _Codes, conditions: str, tape: str) -> bool:
    """Tell it by the codes of a list, however it is written; those of another tape say nothing."""
    table = _TABLES[codes].get(tape.strip().removesuffix(".0"), {})
    are_letters = "W" in table
    found = (_LETTERS if are_letters else _NUMBERS).findall(conditions)
    return not is_nothing(conditions) and is_off_market(found, table)
