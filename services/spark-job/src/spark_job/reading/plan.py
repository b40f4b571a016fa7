"""What a batch reads of each partition, and the watermark after it: pure functions.

Each partition has a watermark of its own: the largest event time in it. The query's is the smallest
of them minus the delay, so nothing is late in a partition in order, however far ahead others are
read. Reading no partition further than the slowest one bounds the open windows in the state.
"""

from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

import msgspec

from spark_job.reading.offset_log import BEGINS, Offsets

type EventTimes = dict[int, int]
"""Partition to the largest event time in it, in microseconds since 1970, if one is known."""

type TimesBefore = Callable[[Offsets], EventTimes]
"""Gives, for offsets of partitions, the event times right before them, if they are known."""

_TIMES, _WATERMARK = "event times", "watermark ms"  # no topic is called so
_LEFT = "left to close"
_ROUNDS = 8
_MICROSECONDS_OF_A_MS = 1000


class Plan(NamedTuple):
    """How far a batch reads: Spark keeps it in its log of offsets.

    It reads from `begins` up to `offsets`, exclusive; then `event_times` are reached, and the
    watermark is `watermark_ms`, in milliseconds since 1970, 0 if it is not known yet. If it leaves
    windows for the batches after it to close, `left` are the event times up to which these reach.
    """

    offsets: Offsets
    begins: Offsets
    event_times: EventTimes
    watermark_ms: int
    left: Mapping[int, int] = {}

    @property
    def records(self) -> int:
        """Count the offsets that it reads; some may have no record."""
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
    """Read a plan; raises `msgspec.DecodeError` or `KeyError` if it is not one."""
    content = msgspec.json.decode(text)
    watermark = msgspec.convert(content.pop(_WATERMARK), int)
    parts = msgspec.convert(content, dict[str, dict[int, int]], strict=False)
    left = parts.get(_LEFT, {})  # older versions did not write it down
    return Plan(parts[topic], parts[BEGINS], parts[_TIMES], watermark, left)


def later(times: EventTimes, others: EventTimes) -> EventTimes:
    """Give the later event time, or offset, of each partition that is in either."""
    return times | {it: max(time_us, times.get(it, 0)) for it, time_us in others.items()}


def watermark_ms(event_times: EventTimes, partitions: Collection[int], delay_us: int) -> int:
    """Give the query's watermark; 0 while a partition has had no event."""
    if not partitions or any(partition not in event_times for partition in partitions):
        return 0
    slowest = min(event_times[partition] for partition in partitions)
    return max(0, slowest - delay_us) // _MICROSECONDS_OF_A_MS


def share(unread: Mapping[int, int], most: int) -> Offsets:
    """Distribute `most` records over partitions; what one does not need goes to the others."""
    left, shares = most, {}
    for index, (partition, records) in enumerate(sorted(unread.items(), key=lambda it: it[1])):
        shares[partition] = min(records, max(1, left // (len(unread) - index)))
        left -= shares[partition]
    return shares


def align(
    offsets: Offsets,
    shares: Offsets,
    to_come: Collection[int],
    times: EventTimes,
    *,
    drift_us: int,
    reached: TimesBefore,
) -> Offsets:
    """Give the offsets to read up to, `shares` of records further or less, none far ahead.

    Of the partitions in which events are `to_come`, the slowest is read as far as its share goes,
    and each other hardly more than `drift_us` beyond it, if its share goes that far. One without a
    known event time is read alone, until it has one. The others wait for no partition that has
    nothing but refused records left: these may go on for ever.
    """
    ends = {partition: offsets[partition] + records for partition, records in shares.items()}
    found = times | reached(ends)
    awaited = ends.keys() & to_come or ends.keys()
    unknown = awaited - found.keys()
    if unknown:
        return offsets | {partition: ends[partition] for partition in unknown}
    latest = min(found[partition] for partition in awaited) + drift_us
    ahead = {partition for partition in ends if found.get(partition, 0) > latest}
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
