"""Where a new checkpoint begins that takes over from one that no longer fits.

Windows that end at or before the old query's watermark are written. The events of all others
happened after the watermark minus a window's length, and reached the broker at most
`MAX_FUTURE_SKEW` before they happened: an event further ahead of the broker's clock is refused.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import msgspec

from contracts.settings import parse_duration
from contracts.times import EPOCH, format_time, from_ms, parse_time
from spark_job.reading.broker import Since, Topic
from spark_job.reading.note import Note
from spark_job.reading.offset_log import Offsets, Reached
from spark_job.reading.plan import later

type Find = Callable[[Topic, datetime], Mapping[int, Since]]
"""Asks Kafka for the records that it received since a given time, by partition."""

_SENT_AGAIN = timedelta(minutes=1)
"""For a dataset that does not record when the first window of its last batch ends."""


def updated_note(
    old: Note, reached: Reached, written: datetime | None, first_end: datetime | None
) -> Note:
    """Give a note with what is written, counted and sent by now.

    `written` is how far windows are final by the dataset, and `first_end` when the first of its
    last batch's windows ends: Spark may not have recorded that this batch is over.
    """
    if reached.batch is None:
        return _with_written(old, written, first_end)
    watermark_ms = reached.watermark_ms
    final = [old.final_until, format_time(from_ms(watermark_ms)) if watermark_ms > 0 else None]
    done = msgspec.structs.replace(
        old,
        final_until=max(filter(None, final), default=None),
        counted_until=later(old.counted_until, reached.next_offsets),
        unsent_after=None,
        unsent_length=None,
    )
    return _with_written(done, written, first_end)


def _with_written(note: Note, written: datetime | None, first_end: datetime | None) -> Note:
    """Record what the dataset has as final, and as perhaps not sent: its last batch."""
    if written is None or format_time(written) <= (note.final_until or ""):
        return note
    unsent = format_time(before_last(written, first_end))
    if first_end is None:
        unsent = note.unsent_after or note.final_until or unsent
    lengths = note.window_length, note.unsent_length or note.window_length
    return msgspec.structs.replace(
        note,
        final_until=format_time(written),
        unsent_after=unsent,
        unsent_length=max(lengths, key=parse_duration),
    )


def before_last(written: datetime, first_end: datetime | None) -> datetime:
    """Give a time after which all windows of the dataset's last batch end."""
    if first_end is None:
        return written - _SENT_AGAIN
    return first_end - timedelta.resolution


def forget_lost(old: Note, topic: Topic) -> Note:
    """Let records at offsets that the broker has lost be counted, if they are refused."""
    counted = {it: min(offset, topic.latest.get(it, 0)) for it, offset in old.counted_until.items()}
    return msgspec.structs.replace(old, counted_until=counted)


def take_over(old: Note, note: Note, topic: Topic, find: Find) -> tuple[Note, list[str]]:
    """Complete `note` for a query that continues from `old`; gives notices for people too.

    Raises what `find` raises.
    """
    new = msgspec.structs.replace(
        note.keeping(old),
        query=_next_name(old.query),
        max_future_skew=note.max_future_skew,  # it reads everything in its state itself
        begins={},
        begun=None,
    )
    if not old.has_taken_over:
        return new, []
    skew = max(parse_duration(it.max_future_skew) for it in (old, note))
    found = find(topic, taken_in_from(old.final_until, parse_duration(note.window_length), skew))
    # One that goes on after a dataset's windows has counted nothing: it read from `begins` on.
    begins_ = begins(topic, found, old.counted_until or old.begins)
    return msgspec.structs.replace(new, begins=begins_), incomplete(found, old.final_until, skew)


def begin_after(
    written: datetime, first_end: datetime | None, note: Note, topic: Topic, find: Find
) -> tuple[Note, list[str]]:
    """Complete `note` for a query that continues from a dataset; gives notices for people too.

    Windows that end at or before `written` are in it; `first_end` is as for `updated_note`. A
    partition's first unread record came after all records of these windows, so no offsets are
    needed. Raises what `find` raises.
    """
    until, skew = format_time(written), parse_duration(note.max_future_skew)
    found = find(topic, taken_in_from(until, parse_duration(note.window_length), skew))
    new = msgspec.structs.replace(
        note,
        final_until=until,
        begins=begins(topic, found, topic.latest),
        unsent_after=format_time(before_last(written, first_end)),
    )
    return new, incomplete(found, until, skew)


def taken_in_from(final_until: str | None, length: timedelta, skew: timedelta) -> datetime:
    """Tell since when the broker received all records of windows that are not written yet."""
    until = parse_time(final_until) if final_until else EPOCH
    return max(EPOCH, until - min(until - EPOCH, length + skew))


def begins(topic: Topic, found: Mapping[int, Since], unread: Offsets) -> Offsets:
    """Give the offset of each partition at which reading has to begin.

    That is `found`, or where no query has read yet, if that is earlier: the offsets `unread`, or
    the start of a partition that is not in it.
    """
    return {
        partition: max(earliest, min(found[partition].offset, unread.get(partition, earliest)))
        for partition, earliest in topic.earliest.items()
    }


def incomplete(found: Mapping[int, Since], final_until: str | None, skew: timedelta) -> list[str]:
    """Say which of the windows that are not written yet may lack events that have expired."""
    oldest = [it.oldest for it in found.values() if it.oldest]
    if not oldest:
        return []
    end = f"end after {second(parse_time(final_until))} and " if final_until else ""
    # What the broker received before may have happened that much later.
    whole_from = second(max(oldest) + skew + timedelta(seconds=1) - timedelta.resolution)
    windows = f"windows that {end}begin before {whole_from}"
    return [f"{windows} may be incomplete: some of their events have expired in Kafka"]


def second(moment: datetime) -> str:
    """Write a time for people, to the second."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _next_name(query: str) -> str:
    number = int(query.partition("-")[2] or 1)
    return f"query-{number + 1}"
