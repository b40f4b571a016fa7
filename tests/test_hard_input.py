"""Difficult input in a topic of several partitions: late, invalid, missing, huge, all at once.

Takes minutes: `make test-long`.
"""

import random
import time
from collections import Counter
from datetime import timedelta

import pytest
from events import US, read_event
from spoilt import REASONS, encode, heartbeat, quote, spoil
from stack import settled_differences
from topic import Message
from waiting import wait_for
from windows import assert_none, key_of

pytestmark = pytest.mark.long

LENGTH, SLIDE, DELAY = timedelta(seconds=20), timedelta(seconds=5), timedelta(seconds=30)
PARTITIONS = 4
SYMBOLS = ("IBM", "AAPL", "MSFT", "TSLA", "AMZN", "BRK.B")


@pytest.fixture(scope="module")
def stack(new_stack):
    stack = new_stack(
        "hard",
        WINDOW_LENGTH="20 seconds",
        WINDOW_SLIDE="5 seconds",
        WATERMARK_DELAY="30 seconds",
        KAFKA_PARTITIONS=str(PARTITIONS),
        SYNTHETIC_EVENTS_PER_SECOND="0",
        REPLAY_SPEED="1",
    )
    stack.up("topic-init", "spark-job")  # no producer
    return stack


def publish(stack, events, partition=None):
    """Publish events, each to its symbol's partition, or all to one."""
    stack.produce(
        Message(
            encode(it),
            key=it.get("symbol", "").encode(),
            partition=SYMBOLS.index(it["symbol"]) % 2 if partition is None else partition,
        )
        for it in events
    )


def beat(stack, seconds):
    """Publish heartbeats to every partition: each has a watermark of its own."""
    for partition in range(PARTITIONS):
        publish(stack, (heartbeat(second) for second in seconds), partition)


def newest_s(stack):
    """Give the end of the newest window, in seconds since 1970."""
    return max((key_of(row).end_us for row in stack.rows()), default=0) / 1e6


def late(stack):
    return stack.status("spark-job")["details"]["late_window_updates"]


def settle(stack):
    """Wait until the job has read all there is, and give what must be in the dataset."""

    def read():
        lags = stack.status("spark-job").get("details", {}).get("lag", [])
        return len(lags) == PARTITIONS and all(it["lag"] == 0 for it in lags)

    time.sleep(8)  # so that what is said of the lag is said of what has just been published
    wait_for("all read", read, 300)
    calculation = stack.expected()
    assert_none(settled_differences(stack, calculation))
    return calculation


def price(rng: random.Random) -> float:
    return round(rng.uniform(90, 110), 2)


def base() -> float:
    """Give a second that all of a test's events come after."""
    return float(int(time.time()) - 3600)


def test_in_an_hour_of_quiet_no_window_waits_and_none_is_made(stack):
    """Heartbeats alone go on: the last window comes by them, not by the next quote."""
    first = base() - 2 * 3600
    publish(stack, (quote(first + n / 10, SYMBOLS[n % 6], 100 + n / 100) for n in range(300)))
    last_end = (first + 29.9) // SLIDE.total_seconds() * SLIDE.total_seconds() + 20
    beats = [first + 30 + n for n in range(3600)]
    final = int(last_end + DELAY.total_seconds() - first - 30) + 1
    beat(stack, beats[:final])
    wait_for("the last window", lambda: newest_s(stack) == last_end, 20)
    beat(stack, beats[final:])
    publish(stack, (quote(first + 3630 + n / 10, "IBM", 101.0) for n in range(30)))
    beat(stack, [first + 3633 + 60])
    ends = [key.end_us / 1e6 for key in settle(stack).rows]
    assert not any(last_end < end <= first + 3630 for end in ends)
    assert max(ends) > first + 3630
    assert late(stack) == 0


def test_events_out_of_order_within_the_delay_are_all_in_their_windows(stack):
    """Two of the four partitions stay empty."""
    rng, first = random.Random(1), base()
    moments = [first + n / 100 for n in range(20_000)]
    arrival = sorted(moments, key=lambda moment: moment + rng.uniform(0, 25))
    publish(
        stack, (quote(at, rng.choice(SYMBOLS), round(rng.uniform(90, 110), 2)) for at in arrival)
    )
    beat(stack, [first + 200 + 60])
    calculation = settle(stack)
    assert not calculation.doubtful
    events = (len(it) for key, it in calculation.rows.items() if key.end_us > first * 1e6)
    assert sum(events) == 20_000 * (LENGTH // SLIDE)
    assert late(stack) == 0


def test_symbols_that_are_active_in_different_hours_all_have_their_windows(stack):
    first = base() + 1000
    hours = [(first + 600 * n, symbol) for n, symbol in enumerate(("IBM", "AAPL", "MSFT"))]
    for begin, symbol in hours:
        publish(stack, (quote(begin + n / 10, symbol, 100 + n / 100) for n in range(500)))
    beat(stack, [hours[-1][0] + 120])
    calculation = settle(stack)
    ends = {
        symbol: max(k.end_us for k in calculation.rows if k.symbol == symbol) for _, symbol in hours
    }
    assert [ends[symbol] * US.total_seconds() for _, symbol in hours] == [
        pytest.approx(begin + 70, abs=5) for begin, _ in hours
    ]
    assert not calculation.doubtful


def test_each_refused_record_is_in_the_dead_letter_topic_and_each_good_one_in_its_windows(stack):
    """100,000 refused of every reason among as many good ones, and one partition of garbage."""
    rng, first = random.Random(2), base() + 2500
    expected: Counter[str] = Counter()
    messages = []
    for n in range(100_000):
        event = quote(first + n / 500, rng.choice(SYMBOLS), price(rng))
        reason = REASONS[n % len(REASONS)]
        if reason == "too_large" and n % 25:
            reason = "not_json"  # of the large ones a few hundred: each is copied many times
        expected[reason] += 1
        partition = n % 3
        messages += [
            Message(encode(event), partition=partition),
            Message(spoil(event, reason, rng), partition=partition),
            *([Message(rng.randbytes(40), partition=3)] if n % 10 == 0 else []),
        ]
    messages += [Message(b"x" * 1_000_000, partition=2) for _ in range(20)]
    expected["too_large"] += 20
    before = len(stack.refused())
    stack.produce(messages)
    beat(stack, [first + 300])
    settle(stack)

    def refused():
        found = {(it["partition"], it["offset"]): it for it in stack.refused()[before:]}
        return found if len(found) >= 110_020 else None

    found = wait_for("all that was refused", refused, 120, every_s=5)
    assert len(found) == 110_020
    reasons = Counter(it["reason"] for it in found.values() if it["partition"] != 3)
    assert reasons == expected
    assert {it["reason"] for it in found.values() if it["partition"] == 3} <= {
        "not_utf8",
        "not_json",
    }
    assert stack.restarts()["spark-job"] == 0
    assert late(stack) == 0


def test_a_mutated_event_is_in_its_windows_or_refused_and_stops_nothing(stack):
    rng, first = random.Random(3), base() + 2900
    messages = []
    for n in range(30_000):
        value = encode(quote(first + n / 1000, rng.choice(SYMBOLS), 100.25))
        # Not the event time: another hour would make all that follows late, as it should.
        time_at = value.index(b'"event_time"')
        place = rng.choice([*range(time_at + 13), *range(time_at + 41, len(value))])
        byte = value[place : place + 1]
        new = (byte, b"", rng.randbytes(1), byte + rng.randbytes(1))[n % 4]
        mutated = value[:place] + new + value[place + 1 :]
        messages.append(
            Message(rng.randbytes(n % 64) if n % 10 == 9 else mutated, partition=n % PARTITIONS)
        )
    before = len(stack.refused())
    stack.produce(messages)
    beat(stack, [first + 90])
    settle(stack)
    invalid = {
        (it.partition, it.offset) for it in stack.records()[-30_001:] if read_event(it) is None
    }
    found = wait_for(
        "all that was refused",
        lambda: (it := stack.refused()[before:]) and len(it) >= len(invalid) and it,
        60,
    )
    assert {(it["partition"], it["offset"]) for it in found} == invalid
    assert stack.restarts()["spark-job"] == 0


def test_what_comes_after_its_windows_shows_as_late_window_updates(stack):
    newest = max(read_event(it).time_us for it in stack.records() if read_event(it)) / 1e6
    publish(stack, [quote(newest + 1, "IBM", 100.0)])
    settle(stack)
    before = late(stack)
    publish(stack, [quote(newest - 60 - n, "IBM", 50.0) for n in range(5)])
    beat(stack, [newest + 2])
    assert settle(stack).doubtful
    wait_for("late window updates", lambda: late(stack) > before, 30)


def test_a_burst_of_a_million_events_after_a_stop_is_read_in_bounded_memory(stack):
    stack.compose("stop", "spark-job")
    first = base() + 3300
    prices = ((n, SYMBOLS[n % len(SYMBOLS)], 100 + n % 100 / 10) for n in range(1_000_000))
    publish(stack, (quote(first + n / 10_000, *quoted) for n, *quoted in prices))
    beat(stack, [first + 200])
    stack.up("spark-job")
    settle(stack)
    assert stack.restarts()["spark-job"] == 0
    assert not stack.container("spark-job")["State"]["OOMKilled"]
