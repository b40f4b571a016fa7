"""What a batch reads of each partition, and where the watermark then stands: pure functions.

Each partition has a watermark of its own: the largest event time in it. The query's is the smallest
of them less the delay, so that of a partition in order nothing is late, however much sooner others
are read. What is open in the state is bounded by reading no partition further than the slowest one.
"""

from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

import msgspec

from spark_job.reading.offset_log import Offsets

type EventTimes = dict[int, int]
"""Partition to the largest event time in it, in microseconds since 1970, where one is known."""

type TimesBefore = Callable[[Offsets], EventTimes]
"""Tells for offsets of partitions the event times right before them, where they can be told."""

BEGINS, _TIMES, _WATERMARK = "begins at", "event times", "watermark ms"  # as no topic is called
_LEFT = "left to close"
_ROUNDS = 8
_MICROSECONDS_OF_A_MS = 1000


class Plan(NamedTuple):
    """How far a batch reads: Spark keeps it in its log of offsets.

    It reads from `begins` up to `offsets`, which are left out; then `event_times` are reached, and
    the watermark is `watermark_ms`, in milliseconds since 1970, 0 where it is not known yet. Where
    it leaves windows for those after it to close, `left` are the event times that these reach to.
    """

    offsets: Offsets
    begins: Offsets
    event_times: EventTimes
    watermark_ms: int
    left: Mapping[int, int] = {}

    @property
    def records(self) -> int:
        """Count the offsets that it reads, of which some may be empty."""
        return sum(self.offsets.values()) - sum(self.begins.values())


def encode(plan: Plan, topic: str) -> str:
    """Write a plan as JSON: the offsets under the topic's name, as Spark's own source does."""
    content = {
        topic: plan.offsets,
        BEGINS: plan.begins,
        _TIMES: plan.event_times,
        _LEFT: plan.left,
        _WATERMARK: plan.watermark_ms,
    }
    return msgspec.json.encode(content).decode()


def decode(text: str | bytes, topic: str) -> Plan:
    """Read a plan; raises `msgspec.DecodeError` or `KeyError` where it is none."""
    content = msgspec.json.decode(text)
    watermark = msgspec.convert(content.pop(_WATERMARK), int)
    parts = msgspec.convert(content, dict[str, dict[int, int]], strict=False)
    left = parts.get(_LEFT, {})  # older versions did not write it down
    return Plan(parts[topic], parts[BEGINS], parts[_TIMES], watermark, left)


def later(times: EventTimes, others: EventTimes) -> EventTimes:
    """Give the later event time, or offset, of each partition that either knows."""
    return times | {it: max(time_us, times.get(it, 0)) for it, time_us in others.items()}


def watermark_ms(event_times: EventTimes, partitions: Collection[int], delay_us: int) -> int:
    """Give the query's watermark; 0 while a partition has had no event."""
    if not partitions or any(partition not in event_times for partition in partitions):
        return 0
    slowest = min(event_times[partition] for partition in partitions)
    return max(0, slowest - delay_us) // _MICROSECONDS_OF_A_MS


def share(unread: Mapping[int, int], most: int) -> Offsets:
    """Share `most` records out over partitions; what one has no use for is for the others."""
    left, shares = most, {}
    for index, (partition, records) in enumerate(sorted(unread.items(), key=lambda it: it[1])):
        shares[partition] = min(records, max(1, left // (len(unread) - index)))
        left -= shares[partition]
    return shares


def align(
    offsets: Offsets, shares: Offsets, times: EventTimes, drift_us: int, reached: TimesBefore
) -> Offsets:
    """Give the offsets to read up to, `shares` of records further or less, none far ahead.

    The partition that comes least far is read as far as its share goes, and each other to hardly
    more than `drift_us` beyond it, if its share goes so far. One of which no event time is known is
    read by itself, until one is.
    """
    ends = {partition: offsets[partition] + records for partition, records in shares.items()}
    found = times | reached(ends)
    unknown = ends.keys() - found.keys()
    if unknown:
        return offsets | {partition: ends[partition] for partition in unknown}
    latest = min(found[partition] for partition in ends) + drift_us
    ahead = {partition for partition in ends if found[partition] > latest}
    low = {partition: offsets[partition] for partition in ahead}
    high = {
        partition: ends[partition] if times.get(partition, 0) <= latest else offsets[partition]
        for partition in ahead
    }
    for _ in range(_ROUNDS):
        middle = {it: (low[it] + high[it]) // 2 for it in ahead if high[it] - low[it] > 1}
        if not middle:
            break
        found = reached(middle)
        for partition, offset in middle.items():
            (low if found.get(partition, latest + 1) <= latest else high)[partition] = offset
    # Just beyond, not just before: until the next record of a partition, which may be hours later,
    # all that is read of the others would stay open.
    return offsets | ends | high
