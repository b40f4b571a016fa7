"""What producers and job say of themselves, and what is amiss."""

from datetime import timedelta

import pytest
from conftest import NOW, job_details, job_status, producer_status, write_status

from contracts.status import Budget, GatewayDetails, ProducerDetails
from contracts.times import format_time
from dashboard.models.health import job_trouble, nothing_due, producer_trouble
from dashboard.models.zones import IN_UTC
from dashboard.store.statuses import DEFAULT_PACE, Pace, read_statuses

PRODUCER = ProducerDetails(feed="synthetic", run_id="a", topic="raw_api_events")


def test_a_folder_that_is_not_there_has_no_statuses(tmp_path):
    found = read_statuses(tmp_path / "status")
    assert (found.job, found.producers, found.problems) == (None, (), ())
    assert found.pace == DEFAULT_PACE


def test_the_job_is_told_from_producers_by_its_name(status):
    write_status(status, "live", PRODUCER, service="producer")
    write_status(status, "live", PRODUCER, service="second")
    details = job_details(window_length="10 seconds", watermark_delay="5 seconds")
    write_status(status, "running", details, service="spark-job")
    found = read_statuses(status)
    assert found.job.state == "running"
    assert [it.service for it in found.producers] == ["producer", "second"]
    assert found.pace == Pace(*(timedelta(seconds=it) for it in (10, 5, 5, 2)))


def test_the_gateway_is_no_producer(status):
    write_status(status, "following", GatewayDetails(topics={}, readers=3), service="gateway")
    found = read_statuses(status)
    assert (found.producers, found.problems) == ((), ())
    assert found.gateway.details.readers == 3


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"service": "producer"}', b'{"service": "spark-job"}']
)
def test_a_file_that_is_no_status_is_named_and_the_others_count(status, content):
    write_status(status, "live", PRODUCER, service="producer")
    (status / "odd.json").write_bytes(content)
    found = read_statuses(status)
    assert len(found.producers) == 1
    assert len(found.problems) == 1
    assert found.problems[0].startswith("status/odd.json: ")


def test_a_job_that_cannot_start_may_have_settings_that_mean_nothing(status):
    details = job_details(window_length="", trigger_interval="soon")
    write_status(status, "failed", details, service="spark-job", last_error="TRIGGER_INTERVAL: …")
    found = read_statuses(status)
    assert (found.problems, found.pace) == ((), DEFAULT_PACE)
    assert job_trouble(found.job, NOW, IN_UTC) == "The Spark job has failed: TRIGGER_INTERVAL: …"


def test_a_status_is_read_once_for_all_pages_and_again_where_it_is_another(status):
    write_status(status, "live", PRODUCER, service="producer")
    first, second = read_statuses(status).producers, read_statuses(status).producers
    assert second[0] is first[0]
    write_status(status, "down", PRODUCER, service="producer")  # of as many bytes
    assert [it.state for it in read_statuses(status).producers] == ["down"]
    (status / "producer.json").unlink()
    assert read_statuses(status).producers == ()
    write_status(status, "live", PRODUCER, service="second")
    assert [it.service for it in read_statuses(status).producers] == ["second"]


def test_files_aside_are_nobodys_business(status):
    (status / "producer.json.tmp").write_bytes(b"half")
    (status / ".producer.json").write_bytes(b"half")
    assert read_statuses(status).problems == ()


@pytest.mark.parametrize(
    ("status", "trouble"),
    [
        (job_status(), None),
        (None, "The Spark job has not reported yet"),
        (job_status("starting"), "The Spark job is starting"),
        (
            job_status("starting", last_error="waiting for the broker"),
            "The Spark job is waiting for the broker",
        ),
        (job_status("failed", last_error="no disk"), "The Spark job has failed: no disk"),
        (
            job_status("stopped", since=NOW - timedelta(minutes=2)),
            "The Spark job stopped at 11:58:10 UTC",
        ),
        (
            job_status(updated_at=NOW - timedelta(seconds=46)),
            "The Spark job is down: it was last heard from at 11:59:24 UTC",
        ),
        (job_status(updated_at=NOW - timedelta(seconds=44)), None),
    ],
)
def test_the_jobs_trouble(status, trouble):
    assert job_trouble(status, NOW, IN_UTC) == trouble


@pytest.mark.parametrize(
    ("status", "trouble"),
    [
        (producer_status(), None),
        (producer_status("falling_back", last_error="limit"), None),
        (producer_status("finished"), None),
        (
            producer_status("failed", last_error="the key was rejected"),
            "The producer has failed: the key was rejected",
        ),
        (
            producer_status("stopped", since=NOW - timedelta(minutes=2)),
            "The producer stopped at 11:58:10 UTC",
        ),
        (
            producer_status(updated_at=NOW - timedelta(seconds=16)),
            "The producer is down: it was last heard from at 11:59:54 UTC",
        ),
        (
            producer_status("live", broker_connected=False),
            "The producer is waiting for the broker (Kafka)",
        ),
        (
            producer_status("connecting", service="second"),
            "Producer second is connecting to its feed",
        ),
        (producer_status("silent"), "The feed of the producer sends nothing"),
    ],
)
def test_a_producers_trouble(status, trouble):
    assert producer_trouble(status, NOW, IN_UTC) == trouble


def test_the_next_call_is_told():
    due = format_time(NOW + timedelta(minutes=30))
    budget = Budget(daily_calls=25, used=10, remaining=15, next_call_at=due)
    waiting = producer_status("waiting_for_budget", budget=budget)
    assert nothing_due(waiting, NOW, IN_UTC) == (
        "The next call is due at 12:30:10 UTC (10 of 25 calls are used)"
    )
    budget = Budget(daily_calls=25, used=25, remaining=0, next_call_at=None)
    waiting = producer_status("waiting_for_budget", budget=budget)
    assert nothing_due(waiting, NOW, IN_UTC) == "The provider's calls are used up"


def test_something_is_due_while_the_feed_is_live():
    assert nothing_due(producer_status(), NOW, IN_UTC) is None
    assert nothing_due(producer_status("finished"), NOW, IN_UTC) == "The replay is finished"
    assert nothing_due(producer_status("market_closed"), NOW, IN_UTC) == "The market is closed"
