"""The page says what is so, and never that all is well when it is not."""

from datetime import timedelta

import pytest
from conftest import DAY, HOUR, MINUTE, NOW, SECOND, job_status, producer_status

from contracts.status import Budget, PartitionLag, SymbolStatus
from dashboard.models.state import Kind, broken, showing, unreadable
from dashboard.models.waiting import waiting
from dashboard.models.zones import IN_UTC, zone_of
from dashboard.store import Newest
from dashboard.store.statuses import Pace, Statuses


def statuses(job=None, *producers, pace=None):
    return Statuses(job, producers, **({"pace": pace} if pace else {}))


RUNNING = statuses(job_status(), producer_status())


def newest(age=5 * SECOND, source="synthetic"):
    return Newest(NOW - age, frozenset({source}))


def state(found, late=2 * SECOND, window=None):
    return showing(found, window or newest(late + 3 * SECOND), NOW - late, NOW, IN_UTC)


def test_a_folder_that_cannot_be_read_is_an_error():
    found = unreadable("/data/aggregates: Permission denied", remote=False)
    assert found.kind is Kind.ERROR
    assert "DATA_DIR" in found.causes[1]


def test_an_object_store_that_cannot_be_read_is_an_error_and_no_matter_of_a_folder():
    found = unreadable("the object store at AWS does not answer", remote=True)
    assert found.kind is Kind.ERROR
    assert found.causes == (
        "the object store at AWS does not answer",
        "The page keeps trying",
    )


def test_only_broken_files_are_an_error():
    assert broken(0) is None
    assert broken(2).kind is Kind.ERROR


class TestWaiting:
    def test_nobody_has_reported(self):
        found = waiting(Statuses(), NOW, IN_UTC)
        assert found.kind is Kind.WAITING
        assert found.summary == "There is no window yet. The first one needs:"
        assert found.steps[0].text == "The producer has not reported yet"
        assert [step.done for step in found.steps] == [False, False, False]

    def test_the_broker_is_awaited(self):
        producer = producer_status("connecting", broker_connected=False)
        found = waiting(statuses(job_status("starting"), producer), NOW, IN_UTC)
        assert found.steps[0].text == "The producer is waiting for the broker (Kafka)"
        assert found.steps[1].text == "The Spark job is starting"

    def test_the_job_is_awaited(self):
        found = waiting(statuses(None, producer_status()), NOW, IN_UTC)
        assert found.steps[1].text == "The Spark job has not reported yet"
        assert found.steps[0].text == "Feed Synthetic: 10 quotes published"
        assert found.steps[0].done

    def test_the_first_window_is_awaited_and_how_long_still(self):
        since = NOW - 4 * SECOND
        found = waiting(statuses(job_status(since=since), producer_status()), NOW, IN_UTC)
        assert [step.done for step in found.steps] == [True, True, False]
        assert found.steps[2].text == (
            "The first window closes about 7 s after the first quote, in 3 s, and is full after"
            " 1 min"
        )

    def test_the_settings_of_the_job_say_how_long(self):
        pace = Pace(*(timedelta(seconds=it) for it in (600, 60, 30, 10)))
        found = waiting(statuses(job_status(since=NOW), producer_status(), pace=pace), NOW, IN_UTC)
        assert found.steps[2].text.endswith("first quote, in 1 min, and is full after 10 min")

    def test_a_window_that_is_overdue_is_not_promised_again(self):
        since = NOW - timedelta(minutes=2)
        both = statuses(job_status(since=since), producer_status(since=since))
        found = waiting(both, NOW, IN_UTC)
        assert "it is overdue: see `docker compose logs spark-job`" in found.steps[2].text

    def test_a_feed_without_a_quote_says_why(self):
        closed = producer_status("market_closed", published=0)
        found = waiting(statuses(job_status(), closed), NOW, IN_UTC)
        assert found.steps[0].text == "Feed Synthetic: the market is closed"
        assert not found.steps[0].done

    @pytest.mark.parametrize("feed", ["live", "market_closed"])
    def test_before_the_first_quote_no_window_is_due_however_long_that_takes(self, feed):
        job = job_status(since=NOW - HOUR)
        closed = producer_status(feed, published=0, since=NOW - HOUR)
        assert waiting(statuses(job, closed), NOW, IN_UTC).steps[2].text == (
            "The first window closes about 7 s after the first quote and is full after 1 min"
        )


class TestLive:
    def test_windows_come(self):
        found = state(RUNNING)
        assert found.kind is Kind.LIVE
        assert found.summary == "Newest window to 12:00:05 UTC."
        assert found.causes == ()

    def test_a_replay_of_the_past_is_live_while_its_windows_come(self):
        found = state(RUNNING, window=newest(5000 * DAY, "replay"))
        assert found.kind is Kind.LIVE
        assert found.summary == "Newest window to 2012-06-23 12:00:10 UTC, 13 years ago."

    def test_a_job_that_has_just_stopped_is_not_yet_missed(self):
        found = state(statuses(job_status("stopped"), producer_status()), late=19 * SECOND)
        assert found.kind is Kind.LIVE

    def test_one_producer_of_two_is_enough(self):
        both = statuses(job_status(), producer_status("stopped"), producer_status())
        assert state(both, late=21 * SECOND).kind is Kind.LIVE


class TestQuiet:
    def test_a_finished_replay(self):
        found = state(statuses(job_status(), producer_status("finished")), late=30 * SECOND)
        assert found.kind is Kind.QUIET
        assert found.summary == "No new window for 30 s, since 11:59:40 UTC."
        assert found.causes == ("The replay is finished",)

    def test_a_finished_replay_of_windows_of_weeks(self):
        pace = Pace(28 * DAY, 7 * DAY, timedelta(0), 2 * SECOND)
        finished = statuses(job_status(), producer_status("finished"), pace=pace)
        assert (
            state(finished, late=30 * SECOND, window=newest(5000 * DAY, "replay")).kind
            is Kind.QUIET
        )

    @pytest.mark.parametrize(
        ("feed", "cause"),
        [
            ("replay", "The replay continues at 14:30:00 UTC"),
            ("finnhub", "The next quote is due at 14:30:00 UTC"),
        ],
    )
    def test_a_gap_in_the_feed_is_no_fault_and_says_its_end(self, feed, cause):
        producer = producer_status(feed=feed, next_quote_at="2026-03-02T14:30:00.000000Z")
        found = state(statuses(job_status(), producer), late=HOUR)
        assert (found.kind, found.causes) == (Kind.QUIET, (cause,))

    def test_a_gap_that_should_be_over_is_one(self):
        producer = producer_status(next_quote_at="2026-03-02T11:30:00.000000Z")
        assert state(statuses(job_status(), producer), late=HOUR).kind is Kind.STALE

    @pytest.mark.parametrize("other", ["finished", "market_closed"])
    def test_not_while_quotes_are_due_from_one_of_two(self, other):
        both = statuses(job_status(), producer_status(other), producer_status(service="second"))
        assert state(both, late=22 * SECOND).kind is Kind.LIVE
        found = state(both, late=23 * SECOND)
        assert found.kind is Kind.STALE
        assert found.causes == (
            "Producer and Spark job say that they run: see `docker compose logs`",
        )

    @pytest.mark.parametrize(
        ("one", "kind"), [("finished", Kind.QUIET), ("market_closed", Kind.CLOSED)]
    )
    def test_one_that_has_stopped_for_good_does_not_count(self, one, kind):
        gone = producer_status("stopped", service="second")
        found = state(statuses(job_status(), producer_status(one), gone), late=21 * SECOND)
        assert found.kind is kind

    def test_not_while_the_job_is_down(self):
        found = state(
            statuses(job_status("stopped"), producer_status("finished")), late=30 * SECOND
        )
        assert found.kind is Kind.STALE


class TestStale:
    @pytest.mark.parametrize(("late", "kind"), [(22, Kind.LIVE), (23, Kind.STALE)])
    def test_after_two_slides_a_batch_and_some_slack(self, late, kind):
        assert state(RUNNING, late=late * SECOND).kind is kind

    @pytest.mark.parametrize(
        ("found", "causes"),
        [
            (
                statuses(job_status("failed", last_error="no disk"), producer_status()),
                ("The Spark job has failed: no disk",),
            ),
            (
                statuses(job_status(), producer_status("failed", last_error="bad key")),
                ("The producer has failed: bad key",),
            ),
            (
                statuses(None),
                ("The Spark job has not reported yet", "No producer has reported"),
            ),
            (RUNNING, ("Producer and Spark job say that they run: see `docker compose logs`",)),
            (
                statuses(
                    job_status(lag=[PartitionLag(partition=0, processed=1, latest=1201, lag=1200)]),
                    producer_status(),
                ),
                (
                    (
                        "Producer and Spark job say that they run, the job 1,200 records behind:"
                        " see `docker compose logs`"
                    ),
                ),
            ),
        ],
    )
    def test_since_when_and_the_likely_cause(self, found, causes):
        stale = state(found, late=90 * SECOND)
        assert stale.kind is Kind.STALE
        assert stale.summary == "No new window for 1 min, since 11:58:40 UTC."
        assert stale.causes == causes

    def test_after_a_clock_was_set_back_windows_of_the_future_are_not_live(self):
        assert state(RUNNING, late=-15 * MINUTE).kind is Kind.LIVE
        found = state(RUNNING, late=-2 * HOUR)
        assert found.kind is Kind.STALE
        assert found.summary == (
            "The newest window was written at 14:00:10 UTC, which is 2 h ahead."
        )
        assert "or this page's is behind" in found.causes[0]

    def test_a_job_that_catches_up_shows_the_past(self):
        found = state(RUNNING, window=newest(timedelta(hours=2)))
        assert found.kind is Kind.DELAYED
        assert found.summary == "The newest window is 2 h behind the clock."
        assert found.causes == ("The Spark job is catching up",)


class TestOtherPrices:
    def test_what_stands_in_for_a_feed_is_told_with_its_next_call(self):
        budget = Budget(
            daily_calls=25, used=25, remaining=0, next_call_at="2026-03-02T12:30:00.000000Z"
        )
        producer = producer_status(
            "falling_back",
            feed="alpha-vantage",
            fallback="the provider says: limit reached",
            budget=budget,
            last_error="the provider says: limit reached.",
        )
        found = state(statuses(job_status(), producer))
        assert found.kind is Kind.FALLING_BACK
        assert found.causes == (
            (
                "Prices are made up for now (synthetic), in place of Alpha Vantage's: the provider"
                " says: limit reached. The next call is due at 12:30:00 UTC (25 of 25 calls are"
                " used)"
            ),
        )

    def test_what_a_producer_said_that_is_gone_does_not_count_beside_another(self):
        killed = producer_status("falling_back", service="second", updated_at=NOW - HOUR)
        assert state(statuses(job_status(), producer_status(), killed)).kind is Kind.LIVE
        assert state(statuses(job_status(), killed)).kind is Kind.FALLING_BACK

    def test_end_of_day_prices_say_of_which_day_they_are(self):
        quotes = {"IBM": SymbolStatus(source="alpha-vantage", as_of="2026-02-27", count=1)}
        found = state(
            statuses(job_status(), producer_status(symbols=quotes)),
            window=newest(source="alpha-vantage"),
        )
        assert found.kind is Kind.END_OF_DAY
        assert found.causes == ("These are end-of-day prices of 2026-02-27, not current ones",)

    def test_a_closed_market_is_no_fault(self):
        found = state(statuses(job_status(), producer_status("market_closed")), late=HOUR)
        assert found.kind is Kind.CLOSED
        assert found.causes == ("The market is closed",)

    def test_times_are_of_the_chosen_zone(self):
        zone = zone_of("market", None, ["finnhub"])
        found = showing(RUNNING, newest(), NOW - 2 * SECOND, NOW, zone)
        assert found.summary == "Newest window to 07:00:05 EST."
        ended = statuses(
            job_status("stopped", since=NOW - MINUTE), producer_status("stopped", since=NOW)
        )
        found = showing(ended, newest(), NOW - MINUTE, NOW, zone)
        assert found.summary.endswith("since 06:59:10 EST.")
        assert found.causes == (
            "The Spark job stopped at 06:59:10 EST",
            "The producer stopped at 07:00:10 EST",
        )
        assert waiting(ended, NOW, zone).steps[0].text == found.causes[1]
