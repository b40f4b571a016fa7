"""A backlog, and partitions that hold windows back, in words that a person understands."""

from datetime import timedelta

import pytest
from conftest import (
    MINUTE,
    NOW,
    SECOND,
    job_status,
    producer_status,
    snapshot_of,
    stages_of,
    window,
)

from contracts.status import CatchingUp, HeldBack, PartitionLag
from dashboard.models.lag import catching_up, held_back, held_back_in_short, unread
from dashboard.models.notices import notices
from dashboard.models.ranges import Range
from dashboard.models.stage import Light
from dashboard.models.state import Kind, showing
from dashboard.models.waiting import waiting
from dashboard.models.zones import IN_UTC, zone_of
from dashboard.store import Newest
from dashboard.store.statuses import Statuses

BACKLOG = CatchingUp(records_left=3_200_000, records_per_second=24_871.3, seconds_left=128.0)
IN_WORDS = "The Spark job is catching up: 3,200,000 records to go, about 2 min at 25,000/s"
HELD_UP = "Windows wait for partition 3: no newer event since 11:02:10 UTC"
IDLE = HeldBack(partition=3, since="2026-03-02T11:02:10.654321Z")


def of_job(state="running", *, producer="live", **details):
    return Statuses(job_status(state, **details), (producer_status(producer),))


def state(found, late=2 * SECOND, window_age=5 * SECOND):
    newest = Newest(NOW - window_age, frozenset({"synthetic"}))
    return showing(found, newest, NOW - late, NOW, IN_UTC)


def job_stage(found):
    each = stages_of(found, snapshot_of(window()))
    return next((it.light, it.why) for it in each if it.name == "Spark job")


def notices_of(found, told=()):
    shown = Range("15m", NOW - 15 * MINUTE, NOW)
    of = notices(snapshot_of(), found, [], shown, NOW, told=told, zone=IN_UTC)
    return [it.text for it in of]


class TestCatchingUp:
    def test_how_much_is_left_how_long_still_and_how_fast(self):
        assert catching_up(of_job(catching_up=BACKLOG), NOW) == IN_WORDS

    def test_more_comes_in_than_is_read(self):
        found = CatchingUp(records_left=91_000, records_per_second=3.42, seconds_left=None)
        assert catching_up(of_job(catching_up=found), NOW) == (
            "The Spark job is falling behind: 91,000 records to go; it reads 3.4/s, and as many or"
            " more come in"
        )

    def test_how_fast_is_not_known_yet(self):
        found = CatchingUp(records_left=91_000, records_per_second=0.0, seconds_left=None)
        assert catching_up(of_job(catching_up=found), NOW) == (
            "The Spark job is catching up: 91,000 records to go"
        )

    @pytest.mark.parametrize(
        "found",
        [
            Statuses(),
            of_job(),
            of_job("stopped", catching_up=BACKLOG),
            of_job("starting", catching_up=BACKLOG),
            of_job(catching_up=BACKLOG, updated_at=NOW - 10 * MINUTE),
        ],
    )
    def test_nothing_without_a_backlog_or_a_job_that_runs(self, found):
        assert catching_up(found, NOW) is None

    def test_the_job_is_marked_and_says_so(self):
        assert job_stage(of_job(catching_up=BACKLOG)) == (Light.WARN, IN_WORDS)

    def test_windows_of_the_past_have_their_cause(self):
        found = state(of_job(catching_up=BACKLOG), window_age=timedelta(hours=2))
        assert (found.kind, found.causes) == (Kind.DELAYED, (IN_WORDS,))

    @pytest.mark.parametrize("producer", ["live", "finished"])
    def test_windows_that_do_not_come_have_their_cause(self, producer):
        found = state(of_job(catching_up=BACKLOG, producer=producer), late=30 * SECOND)
        assert (found.kind, found.causes) == (Kind.STALE, (IN_WORDS,))

    def test_a_first_window_that_takes_long_is_not_overdue(self):
        found = waiting(of_job(catching_up=BACKLOG, since=NOW - 5 * MINUTE), NOW, IN_UTC)
        assert found.steps[1].text == IN_WORDS
        assert not found.steps[1].done
        assert found.steps[2].text == (
            "The first window closes about 7 s after the first quote and is full after 1 min"
        )

    def test_unread_records_are_those_of_all_partitions(self):
        lag = [PartitionLag(partition=it, processed=0, latest=5, lag=5) for it in range(2)]
        assert unread(of_job(lag=lag)) == 10
        assert unread(of_job()) is None


class TestHeldBack:
    def test_each_partition_since_when_and_why(self):
        found = of_job(held_back_by=[HeldBack(partition=0, since=None), IDLE])
        assert held_back(found, NOW, IN_UTC) == [
            (
                "Partition 0 has had no valid event yet and holds windows back: its"
                " producer sends no heartbeats, or its clock is behind"
            ),
            (
                "Partition 3 has had no newer event since 11:02:10 UTC and holds windows back: its"
                " producer sends no heartbeats, or its clock is behind"
            ),
        ]

    def test_times_are_of_the_chosen_zone_and_have_a_date_unless_it_is_todays(self):
        new_york = zone_of("market", None, ["finnhub"])
        yesterday = HeldBack(partition=3, since="2026-03-01T20:00:00.000000Z")
        found = of_job(held_back_by=[yesterday])
        since = "no newer event since 2026-03-01 15:00:00 EST"
        assert since in held_back(found, NOW, new_york)[0]
        assert held_back_in_short(found, NOW, new_york) == f"Windows wait for partition 3: {since}"

    @pytest.mark.parametrize(
        ("partitions", "text"),
        [
            ([7], "Windows wait for partition 7: no valid event yet"),
            ([1, 7], "Windows wait for partitions 1 and 7: no newer event comes to them"),
            ([1, 2, 7], "Windows wait for partitions 1, 2 and 7: no newer event comes to them"),
            (
                list(range(1, 16)),
                "Windows wait for partitions 1, 2, 3 and 12 more: no newer event comes to them",
            ),
        ],
    )
    def test_in_short(self, partitions, text):
        found = of_job(held_back_by=[HeldBack(partition=it, since=None) for it in partitions])
        assert held_back_in_short(found, NOW, IN_UTC) == text

    @pytest.mark.parametrize(
        "found",
        [Statuses(), of_job(), of_job("failed", held_back_by=[IDLE])],
    )
    def test_nothing_without_one_or_a_job_that_runs(self, found):
        assert held_back(found, NOW, IN_UTC) == []
        assert held_back_in_short(found, NOW, IN_UTC) is None

    def test_the_job_is_marked_and_says_so(self):
        assert job_stage(of_job(held_back_by=[IDLE])) == (Light.WARN, HELD_UP)

    def test_it_is_the_cause_before_a_producer_that_sends_nothing(self):
        found = state(of_job(held_back_by=[IDLE], producer="stopped"), late=30 * SECOND)
        assert found.kind is Kind.STALE
        assert found.causes == (HELD_UP, "The producer stopped at 11:55:10 UTC")

    def test_both_causes_are_told(self):
        slow = of_job(held_back_by=[IDLE], catching_up=BACKLOG)
        assert state(slow, window_age=timedelta(hours=2)).causes == (HELD_UP, IN_WORDS)

    def test_it_is_told_before_the_first_window(self):
        found = waiting(of_job(held_back_by=[IDLE], since=NOW - 5 * MINUTE), NOW, IN_UTC)
        assert found.causes == (HELD_UP,)
        assert "overdue" not in found.steps[2].text

    def test_it_is_told_once_beside_windows(self):
        found = of_job(held_back_by=[IDLE])
        assert state(found).kind is Kind.LIVE
        assert notices_of(found) == [HELD_UP]
        assert notices_of(found, told=(HELD_UP,)) == []
