"""Works out where to begin to read a topic: a place for each listener, the first for all."""

from collections.abc import Mapping
from typing import NamedTuple

from gateway.following.listener import Start


class Bounds(NamedTuple):
    """What a partition holds: its first offset, and that of the next record to come."""

    begin: int
    end: int


def start_of(
    wanted: Start,
    bounds: Mapping[int, Bounds],
    *,
    otherwise: Mapping[int, int],
    at_most: Mapping[int, int],
) -> dict[int, int]:
    """Give the offset from which one listener takes each partition.

    `otherwise` and `at_most` hold the first record since the listener's two times; none for a
    partition that has no record since.
    """
    found = {}
    share = -(-wanted.records // max(1, len(bounds)))
    for partition, (begin, end) in bounds.items():
        if wanted.offsets:
            kept = wanted.offsets.get(partition, begin)
            offset = max(kept if kept <= end else begin, at_most.get(partition, end))
        else:
            offset = min(otherwise.get(partition, end), end - share)
        found[partition] = min(max(offset, begin), end)
    return found
