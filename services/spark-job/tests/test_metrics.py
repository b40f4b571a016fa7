"""What Prometheus gets to see, and where."""

import socket
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from contracts.metrics import Seen, registry
from contracts.refusals import Reason
from contracts.status import CatchingUp, HeldBack, JobDetails, PartitionLag
from spark_job.errors import NeedsPersonError
from spark_job.monitoring.metrics import DEFINITIONS, served

README = Path(__file__).parent.parent / "README.md"


def details(**told):
    return JobDetails(
        spark_version="3.5.3", topic="raw", window_length="", window_slide="", watermark_delay="",
        trigger_interval="", **told,
    )  # fmt: skip


def seen_in(told):
    return registry(DEFINITIONS, lambda: Seen("running", told)).get_sample_value


@pytest.fixture
def metrics():
    told = details(
        batch_id=7, input_rows_per_second=10.5, processed_rows_per_second=30.0,
        batch_ms={"addBatch": 500, "triggerExecution": 1600}, state_rows=55, state_bytes=23592,
        watermark="2026-01-02T15:05:05.000000Z", late_window_updates=12, rows_written=70,
        files_written=9, refused={Reason.NOT_JSON: 3},
        lag=[
            PartitionLag(partition=0, processed=90, latest=100, lag=10, lag_s=1.5),
            PartitionLag(partition=1, processed=5, latest=6, lag=1),
        ],
    )  # fmt: skip
    return registry(DEFINITIONS, lambda: Seen("running", told))


def test_the_metrics_say_what_the_status_file_says(metrics):
    value = metrics.get_sample_value
    assert value("spark_job_info", {"spark_version": "3.5.3", "topic": "raw"}) == 1
    assert value("spark_job_state", {"state": "running"}) == 1
    assert value("spark_job_state", {"state": "failed"}) == 0
    assert value("spark_job_batch_id") == 7
    assert value("spark_job_input_records_per_second") == 10.5
    assert value("spark_job_processed_records_per_second") == 30
    assert value("spark_job_batch_phase_seconds", {"phase": "triggerExecution"}) == 1.6
    assert value("spark_job_processed_offset", {"partition": "0"}) == 90
    assert value("spark_job_lag_records", {"partition": "0"}) == 10
    assert value("spark_job_lag_seconds", {"partition": "0"}) == 1.5
    assert value("spark_job_lag_records", {"partition": "1"}) == 1
    assert value("spark_job_lag_seconds", {"partition": "1"}) is None
    assert value("spark_job_watermark_time_seconds") == 1767366305
    assert value("spark_job_state_rows") == 55
    assert value("spark_job_state_bytes") == 23592
    assert value("spark_job_late_window_updates_total") == 12
    assert value("spark_job_refused_records_total", {"reason": "not_json"}) == 3
    assert value("spark_job_windows_written_total") == 70
    assert value("spark_job_files_written_total") == 9


def test_a_backlog_is_told_with_the_time_that_it_takes():
    value = seen_in(
        details(catching_up=CatchingUp(records_left=91, records_per_second=7.0, seconds_left=13.0))
    )
    assert value("spark_job_backlog_records") == 91
    assert value("spark_job_catch_up_seconds") == 13


def test_without_a_backlog_there_is_nothing_to_catch_up_with():
    value = seen_in(details())
    assert value("spark_job_backlog_records") == 0
    assert value("spark_job_catch_up_seconds") == 0


def test_a_job_that_falls_behind_has_no_time_at_which_it_has_caught_up():
    value = seen_in(
        details(catching_up=CatchingUp(records_left=91, records_per_second=7.0, seconds_left=None))
    )
    assert value("spark_job_backlog_records") == 91
    assert value("spark_job_catch_up_seconds") is None


def test_partitions_that_windows_wait_for_are_told_from_the_others():
    lag = [PartitionLag(partition=it, processed=0, latest=0, lag=0) for it in (0, 1)]
    held_back = [HeldBack(partition=1, since=None), HeldBack(partition=2, since=None)]
    value = seen_in(details(lag=lag, held_back_by=held_back))
    assert [value("spark_job_partition_holds_windows_back", {"partition": it}) for it in "012"] == [
        0,
        1,
        1,
    ]


def test_the_readme_lists_every_metric_and_no_other():
    rows = [
        f"| `{it.name}` | {it.kind} | {', '.join(f'`{label}`' for label in it.labels)} "
        f"| {it.unit} | {it.meaning} |"
        for it in DEFINITIONS
    ]
    table = [line for line in README.read_text().splitlines() if line.startswith("| `spark_job_")]
    assert table == rows


@pytest.fixture
def free_port() -> int:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return unused.getsockname()[1]


def test_prometheus_finds_them_at_the_port(metrics, free_port):
    with served(metrics, free_port), urlopen(f"http://127.0.0.1:{free_port}/metrics") as answer:
        content = answer.read()
    assert content == generate_latest(metrics)
    names = {family.name for family in text_string_to_metric_families(content.decode())}
    assert names == {it.name.removesuffix("_total") for it in DEFINITIONS}


def test_head_is_answered_as_get_without_the_body(metrics, free_port):
    address = f"http://127.0.0.1:{free_port}/metrics"
    with served(metrics, free_port):
        with urlopen(address) as answer:
            like, length = answer.headers, len(answer.read())
        with urlopen(Request(address, method="HEAD")) as answer:
            assert (answer.status, answer.read()) == (200, b"")
            assert answer.headers["Content-Type"] == like["Content-Type"]
            assert answer.headers["Content-Length"] == like["Content-Length"] == str(length)


def test_without_a_port_nothing_is_served(metrics, monkeypatch):
    monkeypatch.setattr("spark_job.monitoring.metrics.start_http_server", None)  # nor called
    with served(metrics, None):
        pass


def test_a_port_that_is_taken_is_named(metrics):
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with (
            pytest.raises(NeedsPersonError, match=f"METRICS_PORT: got {port}, takes a port"),
            served(metrics, port),
        ):
            pass
