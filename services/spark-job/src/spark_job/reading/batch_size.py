"""How many records a batch may take in, and how far it may move the watermark.

Its memory is used by the windows that it closes and the panes that it touches, which are known only
when it has ended.
"""

import sys
from collections.abc import Mapping

from spark_job.reading.plan import Plan

_MOST_WINDOWS = 600_000
_MOST_RECORDS = 3_000_000
_LONGEST_S = 10.0
_GROWTH = 16  # more symbols may be in the next batch than in any before it


def first_limit(windows_each: int) -> int:
    """Give how many records are safe in the worst case, each in so many windows."""
    return _MOST_WINDOWS // windows_each


class BatchSize:
    """Learns from each batch how many windows its records touched, and how long that took.

    An event is in `windows_each` windows, of which one begins `slide_us` after the other.
    """

    def __init__(self, windows_each: int, slide_us: int) -> None:
        self._slide_us = slide_us
        self._safe = first_limit(windows_each)
        self._most = self._safe
        self._windows_a_slide = 0.0

    @property
    def most_records(self) -> int:
        """Give the limit of the next batch."""
        return self._most

    @property
    def fewest_records(self) -> int:
        """Give the smallest limit."""
        return self._safe

    def learn(self, before: Plan, batch: Plan, windows: int, took_s: float) -> None:
        """Learn how many windows a batch touched, and how many seconds it took."""
        if not batch.records or not windows:  # heartbeats say nothing about the windows of quotes
            return
        by_windows = batch.records * _MOST_WINDOWS / windows
        by_time = batch.records * _LONGEST_S / max(took_s, 0.001)
        by_growth = _GROWTH * max(self._safe, batch.records)
        self._most = max(self._safe, int(min(_MOST_RECORDS, by_windows, by_time, by_growth)))
        if before.watermark_ms:
            slides = self._slides(before.watermark_ms, batch.watermark_ms)
            self._windows_a_slide = windows / slides

    def fitting(self, before: Plan, watermark_ms: int, records: int) -> int:
        """Give how many of these records may be taken in, of which the last is that much later.

        If records become sparse after they were dense, each touches more windows than before.
        """
        windows = self._windows_a_slide * self._slides(before.watermark_ms, watermark_ms)
        if windows <= _MOST_WINDOWS:
            return records
        return max(min(self._safe, records), int(records * _MOST_WINDOWS / windows))

    def _slides(self, before_ms: int, after_ms: int) -> float:
        """Give how many panes the events of a batch are in, and as many windows end."""
        passed_us = (after_ms - before_ms) * 1000 if before_ms else 0
        return passed_us / self._slide_us + 1


class Closing:
    """Bounds the windows that a batch closes: one record may move the watermark by hours.

    With each slide one window of each symbol ends. An event is in `windows_each` windows, of which
    one begins `slide_us` after the other.
    """

    def __init__(self, windows_each: int, slide_us: int) -> None:
        self._windows_each = windows_each
        self._slide_us = slide_us
        self._symbols: int | None = None

    def learn(self, symbols: int) -> None:
        """Learn how many symbols have open windows after a batch."""
        self._symbols = symbols

    def _until_ms(self, start: Plan) -> int:
        """Give how far the batch after `start` may move the watermark."""
        if not start.watermark_ms:  # nothing is open, or it is not known since when
            return sys.maxsize
        # A quarter more than planned is not worth another batch.
        slides = 0 if self._symbols is None else first_limit(max(1, self._symbols)) * 5 // 4
        end = start.watermark_ms * 1000 // self._slide_us + max(1, slides)
        last = max(_open(start).values(), default=0) // self._slide_us + self._windows_each
        return sys.maxsize if end >= last else ((end + 1) * self._slide_us - 1) // 1000

    def within(self, start: Plan, plan: Plan) -> Plan:
        """Give a plan that closes as much as it may; those after it close the rest."""
        until_ms = self._until_ms(start)
        if plan.watermark_ms <= until_ms:
            return plan._replace(left={})
        return plan._replace(watermark_ms=until_ms, left=_open(start))


def _open(start: Plan) -> Mapping[int, int]:
    """Give the newest event times in the state, without those of a batch that is still closed.

    How many windows that batch left is bounded by how much it read.
    """
    return start.left or start.event_times
