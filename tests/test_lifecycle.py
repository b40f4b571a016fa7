"""Stop, start, restart, pause, kill: no window is lost, none comes twice.

What the topic holds is the truth: after each step every window that it makes final must be in the
dataset once, with its figures, those from before the step included.
"""

import json
import time

import pytest
from events import read_event
from stack import BROKERS, LONG_RUNNING, ONE_SHOTS, SHORT_WINDOWS, settled_differences
from waiting import wait_for


@pytest.fixture(scope="module")
def stack(new_stack):
    stack = new_stack(
        "lifecycle",
        **SHORT_WINDOWS,
        SYNTHETIC_EVENTS_PER_SECOND="20",
        SYNTHETIC_SEED="7",
    )
    stack.up()
    return stack


def check(stack, *, since=None):
    return stack.check_windows(since=since)


def published(stack):
    """Give the sequence numbers in the topic, by producer run."""
    runs = {}
    for record in stack.records():
        run, _, sequence = json.loads(record.value)["event_id"].rpartition("-")
        runs.setdefault(run, []).append(int(sequence))
    return runs


def test_every_window_of_a_running_stack_is_as_calculated(stack):
    calculation = check(stack, since=time.time())
    assert calculation.doubtful == set()
    assert {key.symbol for key in calculation.rows} == {"IBM", "AAPL", "MSFT", "TSLA", "AMZN"}
    assert {key.source for key in calculation.rows} == {"synthetic"}


def test_a_second_project_does_not_touch_the_first(stack, new_stack):
    before = {service: it["Id"] for service, it in stack.containers().items()}
    second = new_stack("second")
    second.up("kafka")
    second.compose("down", "--volumes")
    assert {service: it["Id"] for service, it in stack.containers().items()} == before
    assert set(stack.restarts().values()) == {0}
    check(stack)


def test_up_again_changes_nothing(stack):
    before = {service: it["Id"] for service, it in stack.containers().items()}
    stack.up()
    assert {name: stack.container(name)["Id"] for name in LONG_RUNNING} == {
        name: before[name] for name in LONG_RUNNING
    }
    assert set(stack.restarts().values()) == {0}


def test_pause_and_unpause(stack):
    stack.compose("pause")
    time.sleep(8)  # longer than a window
    stack.compose("unpause")
    check(stack)
    assert set(stack.restarts().values()) == {0}


def test_stop_ends_every_container_within_its_grace_period(stack):
    stack.compose("stop")
    ended = stack.containers()
    assert {name: it["State"]["ExitCode"] for name, it in ended.items()} == {
        name: 143 if name in BROKERS else 0 for name in LONG_RUNNING | ONE_SHOTS
    }
    assert not any(it["State"]["OOMKilled"] for it in ended.values())
    assert stack.status("producer")["state"] == "stopped"
    assert stack.status("spark-job")["state"] == "stopped"


def test_down_and_up_goes_on(stack):
    stack.make("down")
    assert stack.containers() == {}
    stack.up()
    check(stack)


def test_restart_of_each_service_one_while_the_other_still_starts(stack):
    for service in ("spark-job", "producer", "dashboard", "kafka", "zookeeper"):
        stack.compose("restart", service)
    stack.wait_healthy()


@pytest.mark.parametrize(
    "service", ["spark-job", "producer", "dashboard", "gateway", "kafka", "zookeeper"]
)
def test_a_killed_process_is_started_again(stack, service):
    before = stack.restarts()[service]
    stack.kill(service)
    wait_for(f"restart of {service}", lambda: stack.restarts()[service] > before, 30)


def test_after_all_of_it_every_window_is_there_once(stack):
    stack.wait_healthy()
    check(stack, since=time.time())


def test_nothing_that_a_producer_published_is_missing_in_the_topic(stack):
    for run, sequence in published(stack).items():
        assert set(sequence) == set(range(max(sequence) + 1)), run


@pytest.mark.long
def test_another_broker_sets_the_checkpoint_aside_and_goes_on(stack):
    stack.compose("stop", "producer")
    kept = check(stack)
    stack.compose("down", "--volumes")
    stack.up()
    assert "this is not the topic that was read before" in stack.logs("gateway")
    checkpoint = stack.data / "checkpoints"
    assert len(list(checkpoint.iterdir())) > 1, "the old one stands beside the new one"
    events = map(read_event, stack.records())
    started_us = min(event.time_us for event in events if event.symbol)
    since = time.time()
    calculation = wait_for(
        "windows of the new broker",
        lambda: (found := stack.expected()).watermark_us > (since + 8) * 1e6 and found,
        60,
    )
    # What was there before stays as it was; what is new is as the new topic says.
    calculation.rows |= kept.rows
    assert started_us > max(key.end_us for key in kept.rows)
    assert settled_differences(stack, calculation) == []


def test_reset_starts_clean_but_keeps_the_state(stack):
    ledger = stack.data / "state" / "kept-by-a-test"
    ledger.write_text("calls")
    alerts = stack.data / "alerts" / "alerts.sqlite"
    assert alerts.exists()
    elsewhere = stack.data / "windows" / "elsewhere"
    elsewhere.mkdir(parents=True)
    stack.make("reset", FORCE="1", AGGREGATES_URI="/data/windows/elsewhere")
    assert not elsewhere.exists()
    assert ledger.read_text() == "calls"
    assert not alerts.exists()
    assert stack.rows() == []
    assert stack.status("producer") == stack.status("spark-job") == {}
    stack.up()
    calculation = check(stack, since=time.time())
    rows = stack.rows()
    assert len(rows) >= len(calculation.rows)
    assert set(stack.restarts().values()) == {0}


def test_reset_asks_first(stack):
    done = stack.make("reset", check=False)
    assert done.returncode != 0
    assert stack.rows()
