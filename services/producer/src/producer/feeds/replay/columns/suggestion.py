"""Suggests what stands at which place of rows without a heading, for a person to correct."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from producer.feeds.replay.columns.time_columns import is_time, with_colon

_NUMBER = re.compile(r"\d+(?:[.,]\d+)?", re.ASCII)
_SYMBOL = re.compile(r"[A-Z][A-Z0-9./:_\-]{0,19}", re.ASCII)
_IN_SOME_ORDER = re.compile(r"\d\d?[-/.]\d\d?[-/.]\d{2,4}\b.*|\d{10}(?:\d{3}){0,3}", re.ASCII)
"""A day whose order another row may tell, or a number since 1970."""
_IN_A_BAR = 4


def suggested(row: Sequence[Any]) -> str:
    """Give what a row looks like, as `REPLAY_COLUMNS` takes it: ``1=time,5=price,6=volume``."""
    texts = [str(it).strip() for it in row]
    time = next((n for n, it in enumerate(texts) if is_time(it) or _IN_SOME_ORDER.match(it)), 0)
    clock = next((n for n in with_colon(texts) if n != time), None)
    roles = {time: "time"} if clock is None else {time: "date", clock: "time"}
    others = [n for n in range(len(texts)) if n not in roles]
    if (symbol := next((n for n in others if _SYMBOL.fullmatch(texts[n])), None)) is not None:
        roles[symbol] = "symbol"
    numbers = [n for n in others if _NUMBER.fullmatch(texts[n])]
    bar = next(_bars(numbers, texts), None)
    price = _close(bar, texts) if bar else next((n for n in numbers if n > max(roles)), time + 1)
    roles[price] = "price"
    if bar and (volume := _volume(bar, texts)) in numbers:
        roles[volume] = "volume"
    return ",".join(f"{n + 1}={roles[n]}" for n in sorted(roles))


def _bars(numbers: Sequence[int], texts: Sequence[str]) -> Iterator[Sequence[int]]:
    """Give four places beside each other whose numbers are much the same, as prices of a bar."""
    for first in range(len(numbers)):
        four = numbers[first : first + _IN_A_BAR]
        values = _values(four, texts)
        are_beside = all(b == a + 1 for a, b in pairwise(four))
        if len(four) == _IN_A_BAR and are_beside and 0 < max(values) < 2 * min(values):
            yield four


def _close(bar: Sequence[int], texts: Sequence[str]) -> int:
    """Give the last of a bar's prices, or the second where the others are its high and its low."""
    one, two, three, four = _values(bar, texts)
    ends = max(one, two, three, four), min(one, two, three, four)
    is_second = (three, four) == ends and (two, three) != ends and {one, two} != {*ends}
    return bar[1] if is_second else bar[-1]


def _volume(bar: Sequence[int], texts: Sequence[str]) -> int:
    """Give the place behind a bar, or the next one where an average price of it stands there."""
    low, high = min(_values(bar, texts)), max(_values(bar, texts))
    behind = bar[-1] + 1
    is_number = behind < len(texts) and _NUMBER.fullmatch(texts[behind])
    return behind + 1 if is_number and low <= _values([behind], texts)[0] <= high else behind


def _values(places: Sequence[int], texts: Sequence[str]) -> list[float]:
    return [float(texts[n].replace(",", ".")) for n in places]
