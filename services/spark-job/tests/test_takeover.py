"""Where a new checkpoint takes over from an old one, so that no window is lost or written twice."""

from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec
import pytest
from checkpoints import NOTE, topic
from hypothesis import given
from hypothesis import strategies as st
from records import EPOCH, at

from contracts.times import format_time, parse_time
from spark_job.reading.broker import Since, Topic
from spark_job.reading.offset_log import Reached
from spark_job.reading.takeover import begins, incomplete, take_over, taken_in_from, updated_note

OLD = msgspec.structs.replace(NOTE, topic_id=None)
NEW = msgspec.structs.replace(OLD, state_layout=2)


def test_what_is_done_is_as_far_as_the_last_finished_batch_has_come():
    done = updated_note(OLD, Reached(7, 65_000, {0: 120, 1: 80}, [8], {0: 130, 1: 80}), None, None)
    assert done.final_until == "1970-01-01T00:01:05.000000Z"
    assert done.counted_until == {0: 120, 1: 80}


def test_what_others_had_done_before_stays_done_while_it_is_read_again():
    old = msgspec.structs.replace(OLD, final_until=format_time(at(100)), counted_until={0: 500})
    done = updated_note(old, Reached(2, 65_000, {0: 120, 1: 80}, [], {}), None, None)
    assert done.final_until == format_time(at(100))
    assert done.counted_until == {0: 500, 1: 80}


@pytest.mark.parametrize(
    "reached", [Reached(None, 0, {0: 10}, [0], {0: 20}), Reached(None, 0, {}, [], {})]
)
def test_nothing_is_done_before_a_batch_is_finished(reached):
    assert updated_note(OLD, reached, None, None) == OLD


def test_a_first_batch_that_closed_nothing_has_counted_what_it_refused():
    done = updated_note(OLD, Reached(0, 0, {0: 120}, [], {}), None, None)
    assert (done.final_until, done.counted_until) == (None, {0: 120})


def test_records_are_needed_from_a_new_window_and_the_skew_before_the_watermark():
    until, length, skew = format_time(at(1000)), timedelta(minutes=5), timedelta(seconds=60)
    assert taken_in_from(until, length, skew) == at(640)
    assert taken_in_from(until, timedelta(hours=1), skew) == EPOCH
    assert taken_in_from(None, length, skew) == EPOCH


@pytest.mark.parametrize(("old", "new"), [("1 minute", "5 seconds"), ("5 seconds", "1 minute")])
def test_the_larger_skew_counts_and_the_new_length(old, new):
    asked = []

    def find(_: Topic, moment: datetime) -> dict[int, Since]:
        asked.append(moment)
        return {0: Since(40)}

    before = msgspec.structs.replace(OLD, final_until=format_time(at(1000)), max_future_skew=old)
    after = msgspec.structs.replace(NEW, window_length="5 minutes", max_future_skew=new)
    moved, notices = take_over(before, after, topic({0: 0}, {0: 100}), find)
    assert asked == [at(640)]
    assert notices == []
    assert moved.begins == {0: 0}  # nothing of the partition is known to have been read


def test_a_skew_that_was_lowered_counts_until_all_was_read_under_the_new_one():
    def find(_: Topic, moment: datetime) -> dict[int, Since]:
        asked.append(moment)
        return {0: Since(40)}

    asked = []
    there = topic({0: 0}, {0: 100})
    lowered = msgspec.structs.replace(OLD, max_future_skew="5 seconds")
    old = msgspec.structs.replace(
        OLD, max_future_skew="10 minutes", final_until=format_time(at(1000))
    )
    kept = lowered.keeping(old)
    kept = lowered.keeping(kept)  # however often it is started
    assert kept.max_future_skew == "10 minutes"
    note = msgspec.structs.replace(lowered, state_layout=2)
    moved, _ = take_over(kept, note, there, find)
    assert moved.max_future_skew == "5 seconds"  # what is in windows is read under it once more
    take_over(moved, msgspec.structs.replace(note, state_layout=3), there, find)
    assert asked == [at(1000 - 60 - 600), at(1000 - 60 - 5)]


def test_a_note_of_its_own_names_another_folder_and_keeps_what_is_done():
    old = msgspec.structs.replace(
        OLD, query="query-9", begins={0: 1}, final_until=format_time(at(1000)),
        counted_until={0: 70},
    )  # fmt: skip
    moved, _ = take_over(old, NEW, topic({0: 0}, {0: 100}), lambda *_: {0: Since(40)})
    assert moved == msgspec.structs.replace(old, state_layout=2, query="query-10", begins={0: 40})


def test_where_nothing_is_done_it_begins_at_the_start_and_asks_nobody():
    moved, notices = take_over(OLD, NEW, topic({0: 5}, {0: 100}), lambda *_: pytest.fail("asked"))
    assert moved == msgspec.structs.replace(NEW, query="query-2")
    assert notices == []


def test_a_partition_begins_no_later_than_what_has_not_been_read():
    there = topic(dict.fromkeys(range(5), 10), dict.fromkeys(range(5), 100))
    found = {0: Since(40), 1: Since(40), 2: Since(100), 3: Since(40), 4: Since(10)}
    unread = {0: 90, 1: 30, 2: 60, 4: 3}
    assert begins(there, found, unread) == {
        0: 40,
        1: 30,  # far behind the others: what it refuses has not been counted yet
        2: 60,  # nothing is as young: all that is read is written
        3: 10,  # new, read from its start
        4: 10,  # what came before has expired
    }


def test_windows_whose_events_may_have_expired_are_named():
    found = {0: Since(7), 1: Since(10, at(700.5)), 2: Since(10, at(650))}
    (told,) = incomplete(found, format_time(at(600.25)), timedelta(seconds=60))
    assert told.startswith(
        "windows that end after 1970-01-01 00:10:00 UTC and begin before 1970-01-01 00:12:41 UTC"
        " may be incomplete"
    )
    (told,) = incomplete(found, None, timedelta(0))
    assert told.startswith("windows that begin before 1970-01-01 00:11:41 UTC may be incomplete")


def test_where_nothing_has_expired_there_is_nothing_to_say():
    assert incomplete({0: Since(7), 1: Since(0)}, format_time(at(600)), timedelta(0)) == []


class Taken(NamedTuple):
    """A record, by when the broker took it in and when it happened, in seconds."""

    in_s: int
    event_s: int


@st.composite
def partitions(draw, skew_s: int) -> list[list[Taken]]:
    """Partitions of records whose events are at most the skew ahead of the broker's clock."""
    times = st.tuples(st.integers(0, 30), st.integers(-200, skew_s))  # the clock may step back
    found = []
    for steps in draw(st.lists(st.lists(times, max_size=20), min_size=1, max_size=3)):
        clock, records = 1000, []
        for forward, ahead in steps:
            clock += forward - 5
            records.append(Taken(clock, max(0, clock + ahead)))
        found.append(records)
    return found


def first_since(records: list[Taken], moment: datetime) -> int:
    """Answer as Kafka does: the first record that was taken in then or later, or the end."""
    since = (it for it, record in enumerate(records) if at(record.in_s) >= moment)
    return next(since, len(records))


@given(data=st.data())
def test_all_that_is_in_windows_not_written_is_read_and_nothing_unread_is_passed_over(data):
    skew_s = data.draw(st.integers(0, 60))
    there = data.draw(partitions(skew_s))
    length_s = data.draw(st.integers(1, 300))
    until_s = data.draw(st.integers(1, 2000))
    read = {number: data.draw(st.integers(0, len(records))) for number, records in enumerate(there)}
    old = msgspec.structs.replace(OLD, max_future_skew=f"{skew_s} seconds")
    note = msgspec.structs.replace(
        NEW, window_length=f"{length_s} seconds", max_future_skew="0 seconds"
    )
    moved, told = take_over(
        updated_note(old, Reached(3, until_s * 1000, read, [], {}), None, None),
        note,
        topic(dict.fromkeys(read, 0), {it: len(records) for it, records in enumerate(there)}),
        lambda _, moment: {it: Since(first_since(rows, moment)) for it, rows in enumerate(there)},
    )
    assert told == []
    for number, records in enumerate(there):
        passed_over = records[: moved.begins[number]]
        assert moved.begins[number] <= read[number]
        # A window that holds it ends no later than its own length after it.
        assert all(record.event_s + length_s <= until_s for record in passed_over)
    assert parse_time(moved.final_until) == at(until_s)
