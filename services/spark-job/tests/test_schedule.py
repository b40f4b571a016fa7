"""Batches come at the trigger's pace, and as soon as a window is over; nobody looks in haste."""

from collections.abc import Callable
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_job.reading.schedule import Schedule

ASKED_EVERY_S = 0.05
SLIDE_US = 5_000_000
START_MS = 1_767_366_240_000  # a window ends there


class Run(NamedTuple):
    """When batches came, and when it was looked whether one is due, in seconds since the start."""

    batches: list[float]
    looks: list[float]


def run(
    seen_ms: Callable[[float], int],
    until_s: float,
    trigger_s: float = 2.0,
    slide_us: int = SLIDE_US,
    left: Callable[[float], bool] = lambda _: False,
) -> Run:
    """Ask as Spark does. `seen_ms` gives the watermark of what there is, `left` if more is left."""
    schedule = Schedule(trigger_s, slide_us)
    found = Run([], [])
    read_ms = 0
    for step in range(round(until_s / ASKED_EVERY_S)):
        now_s = step * ASKED_EVERY_S
        if not schedule.look_is_due(now_s):
            continue
        found.looks.append(round(now_s, 3))
        there_ms = seen_ms(now_s)
        if not schedule.batch_is_due(now_s, read_ms, there_ms):
            schedule.look_later(now_s, there_ms)
        elif there_ms == read_ms:
            schedule.waited(now_s)
        else:
            found.batches.append(round(now_s, 3))
            schedule.made(now_s, there_ms, behind=left(now_s))
            read_ms = there_ms
    return found


def flowing(behind_s: float = 0.0) -> Callable[[float], int]:
    """Events whose times are those of the clock, which begins 1 s after a window has ended."""
    return lambda now_s: START_MS + round((1 + now_s - behind_s) * 1000)


def test_a_batch_comes_with_each_trigger_and_as_soon_as_a_window_is_over():
    # Windows end at 4, 9, 14 and 19 s.
    assert run(flowing(), 20).batches == pytest.approx(
        [0, 2, 4, 6, 8, 9, 11, 13, 14, 16, 18, 19], abs=ASKED_EVERY_S + 1e-6
    )


def test_the_end_of_a_window_is_awaited_by_the_events_not_by_the_clock():
    batches = run(flowing(behind_s=0.4), 20).batches
    for over_s in (4.4, 9.4, 14.4, 19.4):
        assert min(at_s - over_s for at_s in batches if at_s >= over_s) <= 2 * ASKED_EVERY_S


def test_where_windows_end_more_often_than_the_trigger_its_pace_holds():
    batches = run(flowing(), 60, trigger_s=2.0, slide_us=100_000).batches
    assert len(batches) <= 2 + 60 / 2.0 * 2
    assert len(batches) >= 60 / 2.0 - 1


def test_a_long_trigger_does_not_keep_a_window_waiting():
    batches = run(flowing(), 120, trigger_s=60.0, slide_us=60_000_000).batches
    assert batches == pytest.approx([0, 59, 119], abs=0.1)


@given(
    trigger_s=st.sampled_from([0.1, 0.5, 2.0, 10.0]),
    slide_us=st.sampled_from([100_000, 1_000_000, 5_000_000, 60_000_000]),
    behind_s=st.floats(0, 10),
)
def test_the_topic_is_looked_at_a_few_times_a_batch(trigger_s, slide_us, behind_s):
    found = run(flowing(behind_s), 60, trigger_s, slide_us)
    assert len(found.looks) <= 3 * len(found.batches) + 3
    gaps = [later - sooner for sooner, later in zip(found.batches, found.batches[1:], strict=False)]
    assert max(gaps, default=0) <= trigger_s + 2 * ASKED_EVERY_S
    # Of any three, the first and the last lie no closer than the trigger says.
    thirds = zip(found.batches, found.batches[2:], strict=False)
    assert min((last - first for first, last in thirds), default=trigger_s) >= trigger_s - 0.1


@pytest.mark.parametrize("seen_ms", [0, START_MS + 4999])
def test_where_nothing_comes_it_is_looked_once_a_trigger(seen_ms):
    found = run(lambda _: seen_ms, 60)
    assert len(found.batches) == (1 if seen_ms else 0)
    assert len(found.looks) <= 30 + 10


def test_after_an_idle_trigger_a_long_one_does_not_keep_a_window_waiting_either():
    schedule = Schedule(600.0, SLIDE_US)
    schedule.waited(0)
    assert schedule.look_is_due(2)
    assert schedule.batch_is_due(2, 1_000, 6_000)


@pytest.mark.parametrize("again_s", [101, 701])
def test_with_a_long_trigger_it_is_looked_after_a_silence_as_often_as_with_the_usual_one(again_s):
    found = run(lambda now_s: START_MS + 60_000 * (now_s >= again_s), 720, trigger_s=600.0)
    assert found.batches[0] == 0
    assert again_s <= found.batches[1] <= again_s + 2 + ASKED_EVERY_S
    assert len(found.looks) <= 720 / 2 + 10


def test_event_times_that_stand_still_right_before_an_end_are_not_asked_for_all_the_time():
    stopped = flowing()
    found = run(lambda now_s: min(stopped(now_s), START_MS + 4_999), 60)
    assert len([at_s for at_s in found.looks if at_s > 4]) <= 40


def test_of_a_backlog_one_batch_follows_another_and_then_the_trigger_holds_again():
    backlog = run(
        lambda now_s: START_MS + round(now_s * 1000) * 60, 10, left=lambda now_s: now_s < 1
    )
    assert [at_s for at_s in backlog.batches if at_s <= 1] == pytest.approx(
        [step * ASKED_EVERY_S for step in range(21)]
    )
    rest = [at_s for at_s in backlog.batches if at_s > 1.1]
    assert all(last - first >= 2 - 1e-6 for first, last in zip(rest, rest[2:], strict=False))


def test_a_batch_that_is_due_stays_so_while_the_broker_is_away():
    schedule = Schedule(2.0, SLIDE_US)
    schedule.made(100, START_MS, behind=False)
    schedule.ask_again(102)
    assert not schedule.look_is_due(102.9)
    assert schedule.look_is_due(103)
    assert schedule.batch_is_due(103, START_MS, START_MS + 1)


def test_two_batches_do_not_come_early_within_a_trigger():
    schedule = Schedule(2.0, SLIDE_US)
    schedule.made(100, START_MS, behind=False)
    assert schedule.batch_is_due(101, START_MS, START_MS + 5000)
    schedule.made(101, START_MS + 5000, behind=False)
    assert not schedule.batch_is_due(102, START_MS + 5000, START_MS + 10_000)
    assert schedule.batch_is_due(103, START_MS + 5000, START_MS + 10_000)


def test_a_short_trigger_asks_a_broker_that_is_away_as_often():
    schedule = Schedule(0.2, SLIDE_US)
    schedule.ask_again(100)
    assert not schedule.look_is_due(100.1)
    assert schedule.look_is_due(100.2)


@pytest.mark.parametrize(
    ("read_ms", "seen_ms", "closed"),
    [
        (0, 4999, False),
        (4999, 5000, True),
        (5000, 9999, False),
        (5000, 5000, False),
        (0, 60_000, True),
    ],
)
def test_a_window_is_over_with_the_watermark_that_reaches_its_end(read_ms, seen_ms, closed):
    assert Schedule(2.0, SLIDE_US).closes(read_ms, seen_ms) is closed
