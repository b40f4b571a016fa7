from datetime import timedelta

import pytest

from producer.heartbeat import EventTime

SECOND = timedelta(seconds=1)


@pytest.fixture
def event_time(time):
    return EventTime(timedelta(0), 60 * SECOND, time.clock())


def test_before_the_first_quote_it_is_one_minute_ago(event_time, time):
    assert event_time.now(by_clock=True) == time.now - timedelta(minutes=1)


def test_before_the_first_quote_of_a_recording_there_is_none(event_time):
    assert event_time.now(by_clock=False) is None


def test_before_the_first_quote_is_handed_over_there_is_none(event_time):
    event_time.received()
    assert event_time.now(by_clock=True) is None


def test_while_quotes_flow_it_is_that_of_the_newest(event_time, time):
    newest = time.now
    event_time.handed_over([newest])
    time.pass_by(0.9)
    assert event_time.now(by_clock=True) == newest
    event_time.handed_over([newest - 60 * SECOND])
    time.pass_by(0.9)
    assert event_time.now(by_clock=True) == newest


def test_after_a_second_without_a_quote_it_goes_on_by_the_monotonic_clock(event_time, time):
    event_time.handed_over([time.now])
    newest = time.now
    time.pass_by(1)
    assert event_time.now(by_clock=True) == newest + SECOND
    time.pass_by(2)
    time.now += timedelta(hours=9)  # somebody sets the wall clock
    assert event_time.now(by_clock=True) == newest + 3 * SECOND


def test_the_lag_holds_it_back_but_never_below_the_newest_quote(time):
    event_time = EventTime(5 * SECOND, 60 * SECOND, time.clock())
    event_time.handed_over([time.now])
    newest = time.now
    time.pass_by(3)
    assert event_time.now(by_clock=True) == newest
    time.pass_by(3)
    assert event_time.now(by_clock=True) == newest + SECOND


def test_an_older_quote_does_not_set_it_back(event_time, time):
    newest = time.now
    event_time.handed_over([newest])
    time.pass_by(1)
    event_time.handed_over([newest - 60 * SECOND])
    time.pass_by(1)
    assert event_time.now(by_clock=True) == newest + 2 * SECOND


def test_in_a_gap_of_a_recording_it_stays(event_time, time):
    newest = time.now
    event_time.handed_over([newest])
    for _ in range(60):
        time.pass_by(1)
        assert event_time.now(by_clock=False) == newest


def test_while_a_quote_waits_for_room_it_does_not_pass_that_quote(event_time, time):
    newest = time.now
    event_time.handed_over([newest])
    time.pass_by(2)
    event_time.received()
    for _ in range(60):
        time.pass_by(1)
        assert event_time.now(by_clock=True) == newest
    event_time.handed_over([newest + 2 * SECOND])
    time.pass_by(1)
    assert event_time.now(by_clock=True) == newest + 3 * SECOND


def test_after_a_stand_still_what_was_not_read_comes_first(event_time, time):
    newest = time.now
    event_time.handed_over([newest])
    time.pass_by(60)
    for _ in range(8):
        assert event_time.now(by_clock=True) == newest
        time.pass_by(0.125)
    assert event_time.now(by_clock=True) == newest + 61 * SECOND


def test_a_quote_of_the_future_which_the_job_refuses_moves_nothing(event_time, time):
    newest = time.now
    event_time.handed_over([newest - SECOND, newest + 61 * SECOND, newest])
    assert event_time.now(by_clock=True) == newest
    event_time.handed_over([newest + 61 * SECOND])
    time.pass_by(1)
    assert event_time.now(by_clock=True) == newest + SECOND
    event_time.handed_over([newest + 61 * SECOND])
    assert event_time.now(by_clock=True) == newest + 61 * SECOND


@pytest.mark.parametrize(("skew", "moves"), [(5, False), (30, True), (600, True)])
def test_how_far_ahead_a_quote_may_be_is_what_the_job_takes(time, skew, moves):
    event_time = EventTime(timedelta(0), skew * SECOND, time.clock())
    event_time.handed_over([time.now + 30 * SECOND])
    assert (event_time.now(by_clock=False) is not None) is moves


def test_once_a_clock_that_was_ahead_is_right_it_follows_the_next_quote(event_time, time):
    hours = timedelta(hours=2)
    time.now += hours
    event_time.handed_over([time.now])
    time.now -= hours
    time.pass_by(1)
    event_time.handed_over([time.now])
    assert event_time.now(by_clock=True) == time.now
    newest = time.now
    time.pass_by(2)
    assert event_time.now(by_clock=True) == newest + 2 * SECOND
