"""Losses and repeats in the sequences of the producers' runs.

A run's sequence interleaves over the topic's partitions, and a reader sees them unevenly: a number
that has not come may be waiting in a partition that is not read so far. So gaps are judged at the
end only, and only where every partition has been seen past them; the rest stays undecided. What
lies before the first number that was seen is no gap: one may start in the middle.
"""

from bisect import bisect_right
from itertools import pairwise
from typing import NamedTuple

MAX_SPANS = 10_000
MAX_RUN_ID = 64


class Position(NamedTuple):
    """Where a partition was begun, and whether it holds records that were not read."""

    start: int
    behind: bool


def positions(
    starts: dict[int, int], read_to: dict[int, int], ends: dict[int, int] | None
) -> dict[int, Position]:
    """Tell where the partitions stand; where the ends are not known, each may hold more."""
    return {
        partition: Position(
            start, behind=ends is None or read_to.get(partition, start) < ends[partition]
        )
        for partition, start in starts.items()
    }


class RunReport(NamedTuple):
    """What came of one run: `missing` are spans (both ends included) that are lost for certain."""

    run: str
    first: int
    last: int
    records: int
    repeated: int
    missing: list[tuple[int, int]]
    undecided: int

    @property
    def missing_count(self) -> int:
        """How many numbers are lost."""
        return _count(self.missing)


class Sequences:
    """Keeps which numbers came of which run, as spans, up to `max_spans` in all.

    Past that (runs without end, numbers without order, ids without measure: no producer does this)
    what is new is not followed; `overflowed` then tells.
    """

    def __init__(self, max_spans: int = MAX_SPANS) -> None:
        self._runs: dict[str, _Run] = {}
        self._room = max_spans
        self.overflowed = False

    def add(self, event_id: str, partition: int) -> None:
        """Count one event by its valid id."""
        run_id, _, number = event_id.partition("-")
        run = self._runs.get(run_id)
        if run is None:
            if not self._room or len(run_id) > MAX_RUN_ID:
                self.overflowed = True
                return
            run = self._runs[run_id] = _Run()
        before = len(run.spans)
        if run.add(int(number), partition, may_grow=self._room > 0):
            self._room -= len(run.spans) - before
        else:
            self.overflowed = True

    def report(self, positions: dict[int, Position]) -> list[RunReport]:
        """Judge all runs, in the order in which they were first seen."""
        return [run.report(run_id, positions) for run_id, run in self._runs.items()]


class _Run:
    def __init__(self) -> None:
        self.spans: list[tuple[int, int]] = []
        self._records = 0
        self._repeated = 0
        self._first: dict[int, int] = {}
        self._last: dict[int, int] = {}

    def add(self, number: int, partition: int, *, may_grow: bool) -> bool:
        at = bisect_right(self.spans, number, key=lambda span: span[0])
        before = self.spans[at - 1] if at else (-2, -2)
        after = self.spans[at] if at < len(self.spans) else (-2, -2)
        if number <= before[1]:
            self._repeated += 1
        elif before[1] + 1 == number or number == after[0] - 1:
            self._grow(at, number)
        elif may_grow:
            self.spans.insert(at, (number, number))
        else:
            return False
        self._records += 1
        self._first[partition] = min(number, self._first.get(partition, number))
        self._last[partition] = max(number, self._last.get(partition, number))
        return True

    def _grow(self, at: int, number: int) -> None:
        first = last = number
        low = high = at
        if at and self.spans[at - 1][1] + 1 == number:
            low, first = at - 1, self.spans[at - 1][0]
        if at < len(self.spans) and self.spans[at][0] - 1 == number:
            high, last = at + 1, self.spans[at][1]
        self.spans[low:high] = [(first, last)]

    def report(self, run_id: str, positions: dict[int, Position]) -> RunReport:
        open_spans = [(a[1] + 1, b[0] - 1) for a, b in pairwise(self.spans)]
        low, high = self._decidable(positions)
        missing = [
            (max(first, low), min(last, high))
            for first, last in open_spans
            if max(first, low) <= min(last, high)
        ]
        return RunReport(
            run=run_id,
            first=self.spans[0][0],
            last=self.spans[-1][1],
            records=self._records,
            repeated=self._repeated,
            missing=missing,
            undecided=_count(open_spans) - _count(missing),
        )

    def _decidable(self, positions: dict[int, Position]) -> tuple[int, int]:
        """Give the first and last number of which it is certain whether it came."""
        first, last = self.spans[0][0], self.spans[-1][1]
        low, high = first, last
        for partition, position in positions.items():
            if position.start > 0:  # what lies before it was not read
                low = max(low, self._first.get(partition, last))
            if position.behind:
                high = min(high, self._last.get(partition, first))
        return low, high


def _count(spans: list[tuple[int, int]]) -> int:
    return sum(last - first + 1 for first, last in spans)
