"""Every row of the dataset is, at least once, a record of `market_windows` with the same figures.

The last record of a window is what counts: a batch that is done again writes its file and sends its
windows anew. In `make test` what is quick is asked of the stack of `test_gateway.py`.
"""

import json
import os
import signal
import time

import dataset
import pytest
import topic
from events import EPOCH, US
from stack import SHORT_WINDOWS
from waiting import wait_for

from contracts.topics import MARKET_ALERTS, MARKET_RECORD_BYTES, MARKET_WINDOWS

pytestmark = pytest.mark.long

TOPIC = "market_windows"
KEY = ("symbol", "source", "window_start", "window_end")


@pytest.fixture(scope="module")
def stack(new_stack):
    stack = new_stack(
        "market-windows",
        KAFKA_PARTITIONS="2",
        **SHORT_WINDOWS,
        SYNTHETIC_EVENTS_PER_SECOND="20",
        SYNTHETIC_SEED="7",
    )
    stack.up("producer", "spark-job")
    return stack


def named(rows):
    return {tuple(row[name] for name in KEY): row for row in rows}


def dataset_rows(stack):
    """Give the rows of the dataset by their names, with times as records have them."""
    return named(
        row
        | {
            it: f"{EPOCH + row[it] * US:%Y-%m-%dT%H:%M:%S.%fZ}"
            for it in ("window_start", "window_end")
        }
        for row in stack.rows()
    )


def sent(stack):
    """Give the last record of each window by its name."""
    records = topic.read(stack.bootstrap, TOPIC, 2)
    values = [json.loads(record.value) for record in records]
    assert all(value.pop("schema_version") == 1 for value in values)
    assert [record.key.decode() for record in records] == [value["symbol"] for value in values]
    assert len(named(values)) > 0
    return named(values)


def waits(stack):
    """Tell whether the job waits with windows that it has written and not sent."""
    return TOPIC in (stack.status("spark-job")["last_error"] or "")


def wait_for_file(stack):
    before = dataset.files(stack.data)
    wait_for("a file more", lambda: dataset.files(stack.data) != before, 90, 0.001)


def stop_broker(stack):
    """Stop the broker's process between a file and its records; gives its id."""
    (broker,) = stack.main_processes("kafka")
    for _ in range(10):  # the moment is short
        wait_for_file(stack)
        os.kill(broker, signal.SIGSTOP)
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline:
            if waits(stack):
                return broker
            time.sleep(0.5)
        os.kill(broker, signal.SIGCONT)
    return pytest.fail("ten times the broker was stopped too late")


@pytest.fixture
def resume(stack):
    """Let the job wait with windows that are in their file; gives what lets the broker go on."""
    broker = stop_broker(stack)
    yield lambda: os.kill(broker, signal.SIGCONT)
    os.kill(broker, signal.SIGCONT)


def wait_for_more(stack, rows):
    before = len(stack.rows())
    wait_for(f"{rows} rows more", lambda: len(stack.rows()) >= before + rows, 90)


def test_every_row_of_the_dataset_is_a_record_with_the_same_figures(stack):
    wait_for("windows of all symbols", lambda: len({it[0] for it in dataset_rows(stack)}) == 5, 90)
    rows = dataset_rows(stack)
    wait_for("every row is sent", lambda: rows.keys() <= sent(stack).keys(), 60)
    records = sent(stack)
    assert {key: records[key] for key in rows} == rows


def test_the_debug_consumer_finds_them_valid(stack):
    done = stack.debug("--topic", TOPIC, "--from-beginning", "--max-events", "50")
    assert "50 valid, 0 invalid" in done.stdout


def test_a_job_that_is_killed_between_file_and_record_sends_when_it_is_back(stack, resume):
    written = dataset_rows(stack).keys()
    restarts = stack.restarts()["spark-job"]
    stack.kill("spark-job")
    resume()
    wait_for("a restart", lambda: stack.restarts()["spark-job"] > restarts, 30)
    wait_for("what was not sent", lambda: not written - sent(stack).keys(), 120)


def test_a_job_that_waits_with_windows_stops_within_its_grace_period(stack, resume):
    stack.compose("stop", "spark-job")
    assert stack.container("spark-job")["State"]["ExitCode"] == 0
    resume()
    stack.up("spark-job")
    wait_for_more(stack, 10)


def test_after_kills_at_any_moment_topic_and_dataset_are_the_same(stack):
    for _ in range(2):
        wait_for_more(stack, 20)
        stack.kill("spark-job")
    wait_for_more(stack, 20)
    stack.compose("stop", "producer")  # and no window closes any more
    wait_for("all is sent", lambda: sent(stack) == dataset_rows(stack), 120)
    stack.check_windows()


def test_the_topics_are_made_as_the_contract_has_them(stack):
    day, week = str(24 * 3600 * 1000), str(7 * 24 * 3600 * 1000)
    of_events = [(it, week) for it in ("raw_api_events", "raw_api_events.dlq")]
    for name, kept in ((MARKET_WINDOWS, day), (MARKET_ALERTS, day), *of_events):
        found = topic.settings(stack.bootstrap, name)
        assert (found["message.timestamp.type"], found["retention.ms"]) == ("LogAppendTime", kept)
        assert kept == week or found["max.message.bytes"] == str(MARKET_RECORD_BYTES)
    kafka_configs = (
        "exec", "--no-TTY", "kafka", "kafka-configs", "--bootstrap-server", "localhost:29092",
        "--describe", "--all", "--entity-type", "brokers", "--entity-name", "1",
    )  # fmt: skip
    told = stack.compose(*kafka_configs)
    assert "auto.create.topics.enable=false" in told.stdout
