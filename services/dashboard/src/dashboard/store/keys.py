"""Symbols and sources as numbers, so that columns can say whose a bar is."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from contracts.sources import VOLUME_OF_THE_DAY

type Key = tuple[str, str]
"""A symbol and a source."""

type Codes = NDArray[np.int64]
"""Whose each of some bars is: the numbers of a `Keys`."""


def have_volume_of_the_day(codes: Codes) -> NDArray[np.bool_]:
    """Tell of which the volume is the day's so far: it is the largest that counts, not the sum."""
    odd: NDArray[np.bool_] = codes % 2 == 1
    return odd


class Keys:
    """Numbers symbols and sources in the order in which they are met.

    The numbers of sources whose volume is the day's so far are odd, all others even.
    """

    def __init__(self) -> None:
        self._codes: dict[Key, int] = {}

    def codes(self, rows: pa.Table) -> Codes:
        """Give the number of the symbol and source of each row."""
        symbols, sources = (
            rows[name].combine_chunks().dictionary_encode() for name in ("symbol", "source")
        )
        pairs = symbols.indices.to_numpy().astype(np.int64) * len(sources.dictionary)
        pairs += sources.indices.to_numpy()
        distinct, of = np.unique(pairs, return_inverse=True)
        first, second = symbols.dictionary.to_pylist(), sources.dictionary.to_pylist()
        numbers = []
        for pair in distinct.tolist():
            symbol, source = divmod(pair, len(second))
            key = first[symbol], second[source]
            number = 2 * len(self._codes) + (key[1] in VOLUME_OF_THE_DAY)
            numbers.append(self._codes.setdefault(key, number))
        return np.array(numbers, np.int64)[of]

    def among(self, found: list[Codes]) -> dict[Key, int]:
        """Give those of whom something is found, with their numbers."""
        there = np.zeros(2 * len(self._codes), np.bool_)
        for codes in found:
            there[codes] = True
        return {key: code for key, code in self._codes.items() if there[code]}

    def sources(self, codes: Codes) -> frozenset[str]:
        """Name the sources of some codes."""
        wanted = set(codes.tolist())
        return frozenset(source for (_, source), code in self._codes.items() if code in wanted)
