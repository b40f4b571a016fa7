from datetime import timedelta

from producer.heartbeat import EventTime

SECOND = timedelta(seconds=1)


def test_before_the_first_quote_it_is_one_minute_ago(time):
    event_time = EventTime(timedelta(0), time.clock())
    assert event_time.is_quiet()
    assert event_time.now() == time.now - timedelta(minutes=1)


def test_it_goes_on_from_the_newest_quote_by_the_monotonic_clock(time):
    event_time = EventTime(timedelta(0), time.clock())
    event_time.quote(time.now)
    received = time.now
    time.pass_by(7)
    time.now += timedelta(hours=9)  # somebody sets the wall clock
    assert event_time.now() == received + 7 * SECOND


def test_the_lag_holds_it_back_but_never_below_the_newest_quote(time):
    event_time = EventTime(5 * SECOND, time.clock())
    event_time.quote(time.now)
    received = time.now
    time.pass_by(3)
    assert event_time.now() == received
    time.pass_by(4)
    assert event_time.now() == received + 2 * SECOND


def test_an_older_quote_does_not_set_it_back(time):
    event_time = EventTime(timedelta(0), time.clock())
    newest = time.now
    event_time.quote(newest)
    time.pass_by(1)
    event_time.quote(newest - 60 * SECOND)
    assert event_time.now() == newest + SECOND


def test_quiet_is_two_seconds_without_a_quote(time):
    event_time = EventTime(timedelta(0), time.clock())
    event_time.quote(time.now)
    time.pass_by(1.9)
    assert not event_time.is_quiet()
    time.pass_by(0.2)
    assert event_time.is_quiet()


def test_after_a_stand_still_what_was_not_read_comes_first(time):
    event_time = EventTime(timedelta(0), time.clock())
    event_time.quote(time.now)
    time.pass_by(60)
    assert not event_time.is_quiet()
    time.pass_by(1)
    assert event_time.is_quiet()
