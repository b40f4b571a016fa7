"""What a person gets wrong and what breaks: a clear message or a clean recovery each time."""

import asyncio
import shutil
import socket
import time
from datetime import timedelta

import dataset
import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from waiting import wait_for

LENGTH, SLIDE = timedelta(seconds=6), timedelta(seconds=2)


@pytest.fixture(scope="module")
def stack(new_stack):
    return new_stack(
        "faults",
        WINDOW_LENGTH="6 seconds",
        WINDOW_SLIDE="2 seconds",
        SYNTHETIC_EVENTS_PER_SECOND="20",
    )


MALFORMED = [
    ("producer", "FEED", "carrier-pigeon"),
    ("producer", "SYMBOLS", "IBM,not a symbol"),
    ("producer", "SYNTHETIC_EVENTS_PER_SECOND", "-1"),
    ("producer", "HEARTBEAT_LAG", "5"),
    ("producer", "REPLAY_TIMES", "tomorrow"),
    ("producer", "ALPHA_VANTAGE_BASE_URL", "ftp://x"),
    ("spark-job", "WINDOW_LENGTH", "a while"),
    ("spark-job", "WINDOW_SLIDE", "0 seconds"),
    ("spark-job", "TRIGGER_INTERVAL", "-2 seconds"),
    ("spark-job", "MAX_FUTURE_SKEW", "soon"),
    ("dashboard", "SPIKE_THRESHOLD_PCT", "high"),
]


@pytest.mark.parametrize(("service", "setting", "value"), MALFORMED)
def test_a_setting_that_cannot_be_right_ends_the_service_with_one_line(
    stack, service, setting, value
):
    stack.compose("up", "--detach", "volume-init")
    run = ("run", "--rm", "--no-deps", "--no-TTY", "--env", f"{setting}={value}", service)
    done = stack.compose(*run, check=False, timeout_s=60)
    assert done.returncode == 2, done.stdout + done.stderr
    said = [line for line in (done.stdout + done.stderr).splitlines() if setting in line]
    assert len(said) == 1
    assert value in said[0]
    assert "takes" in said[0]
    assert "Traceback" not in done.stdout + done.stderr


def test_a_folder_that_cannot_be_written_is_named(stack):
    stack.set(DATA_DIR="/sys/kernel")
    done = stack.make("up", check=False)
    stack.set(DATA_DIR="")
    assert done.returncode != 0
    assert "volume-init ended with exit code" in done.stderr
    stack.compose("down", "--volumes")


def test_a_port_in_use_is_named(stack):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", stack.page_port))
        taken.listen()
        done = stack.make("up", check=False)
    assert done.returncode != 0
    assert f"127.0.0.1:{stack.page_port}" in done.stderr
    stack.compose("down")


def test_a_broker_that_starts_last_is_waited_for(stack):
    stack.compose("up", "--detach", "volume-init")
    stack.compose("up", "--detach", "--no-deps", "producer", "spark-job", "dashboard")
    wait_for("a producer that waits", lambda: stack.status("producer").get("state"), 30)
    stack.up()
    stack.wait_healthy()
    calculation = stack.check_windows(LENGTH, SLIDE, since=time.time())
    assert calculation.doubtful == set()


def test_make_up_shows_the_line_of_a_malformed_setting(stack):
    stack.set(FEED="carrier-pigeon")
    done = stack.make("up", check=False)
    stack.set(FEED="")
    assert done.returncode != 0
    assert "FEED: got 'carrier-pigeon', takes" in done.stderr


def test_windows_of_another_length_stop_the_job_with_what_changed_and_what_to_do(stack):
    stack.set(WINDOW_LENGTH="10 seconds")
    done = stack.make("up", check=False)
    stack.set(WINDOW_LENGTH="6 seconds")
    assert done.returncode != 0
    assert "WINDOW_LENGTH" in done.stderr
    assert "make reset" in done.stderr
    stack.up()
    stack.check_windows(LENGTH, SLIDE, since=time.time())


def test_a_truncated_parquet_file_is_skipped_and_told(stack):
    whole = dataset.files(stack.data)[-1]
    broken = whole.with_name("broken.parquet")
    broken.write_bytes(whole.read_bytes()[:-100])
    try:
        ...
    finally:
        broken.unlink()


async def _delete_records(bootstrap, topic, before):
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.delete_records({TopicPartition(topic, 0): RecordsToDelete(before)})
    finally:
        await admin.close()


def test_events_that_expired_while_the_job_was_stopped_are_told_and_it_goes_on(stack):
    stack.compose("stop", "spark-job")
    stopped = stack.records()[-1].offset
    wait_for("more events", lambda: stack.records()[-1].offset > stopped + 100, 30)
    asyncio.run(_delete_records(stack.bootstrap, stack.topic_name(), stopped + 50))
    assert stack.records()[0].offset == stopped + 50
    since = time.time()
    stack.up()
    wait_for(
        "windows after it",
        lambda: max(row["window_start"] for row in stack.rows()) > since * 1e6,
        60,
    )
    notices = stack.status("spark-job")["details"]["notices"]
    assert any("expired" in notice for notice in notices), notices


def test_the_example_over_env_is_no_harm(stack):
    stack.compose("down")
    shutil.copy(stack.folder / ".env.example", stack.folder / ".env")
    stack.environment |= {"WINDOW_LENGTH": "6 seconds", "WINDOW_SLIDE": "2 seconds"}
    done = stack.make("up")
    assert f"http://localhost:{stack.page_port}" in done.stdout
