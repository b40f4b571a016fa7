"""Stop, start, restart, pause, kill, reset, more partitions: no window is lost or duplicated.

What the topic holds is the truth: after each step every window that it makes final must be in the
dataset once, with its figures, those from before the step included.
"""

import time

import pytest
from events import read_event, sequences
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


def test_every_window_of_a_running_stack_is_as_calculated(stack):
    calculation = check(stack)
    assert calculation.doubtful == set()
    assert {key.symbol for key in calculation.rows} == {"IBM", "AAPL", "MSFT", "TSLA", "AMZN"}
    assert {key.source for key in calculation.rows} == {"synthetic"}


def test_a_second_project_does_not_touch_the_first(stack, new_stack):
    before = {service: it["Id"] for service, it in stack.containers().items()}
    second = new_stack("second")
    second.up("zookeeper")
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


def test_a_second_job_and_a_second_gateway_wait_and_touch_nothing(stack):
    run = ("run", "--detach", "--no-deps")
    second = [stack.compose(*run, it).stdout.strip() for it in ("spark-job", "gateway")]
    for container in second:
        wait_for(
            "a second one that waits",
            lambda it=container: "in use by another process" in stack.log_of(it),
            120,
        )
    check(stack, since=time.time())
    for name, state in (("spark-job", "running"), ("gateway", "following")):
        wait_for(f"{name} {state}", lambda it=name, of=state: stack.status(it)["state"] == of, 60)
    stack.shell("docker", "stop", *second)
    assert stack.shell("docker", "wait", *second).stdout.split() == ["0", "0"]
    stack.shell("docker", "rm", *second)


def test_pause_and_unpause(stack):
    stack.compose("pause")
    time.sleep(8)  # longer than a window
    stack.compose("unpause")
    check(stack)
    assert set(stack.restarts().values()) == {0}


def test_stop_ends_every_container_within_its_grace_period(stack):
    # Kafka hangs where it is stopped as it finds that its session with ZooKeeper has expired, as it
    # has in the pause above.
    time.sleep(10)
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


@pytest.mark.long  # the kills below, and the stop and start above, are harder on each of them
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


@pytest.mark.judge
def test_after_all_of_it_every_window_is_there_once(stack):
    stack.wait_healthy()
    assert check(stack, since=time.time()).doubtful == set()


def test_nothing_that_a_producer_published_is_missing_in_the_topic(stack):
    for run, sequence in sequences(stack.records()).items():
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
    label = f"com.docker.compose.project={stack.project}"
    stack.shell("docker", "volume", "create", f"--label={label}", f"{stack.project}_kafka-2-data")
    stack.make("reset", FORCE="1", AGGREGATES_URI="/data/windows/elsewhere")
    assert not elsewhere.exists()
    assert stack.shell("docker", "volume", "ls", "--quiet", f"--filter=label={label}").stdout == ""
    assert ledger.read_text() == "calls"
    assert not alerts.exists()
    assert stack.rows() == []
    assert stack.status("producer") == stack.status("spark-job") == {}
    stack.up()
    calculation = check(stack)
    rows = stack.rows()
    assert len(rows) >= len(calculation.rows)
    assert set(stack.restarts().values()) == {0}


def test_reset_asks_first(stack):
    for typed in ("", "\n", "y\n", "Reset\n"):
        done = stack.shell("scripts/reset.sh", typed=typed, check=False)
        assert (done.returncode, bool(stack.rows())) == (1, True), typed
    assert "nothing was deleted" in done.stdout
    for uri in ("s3://bucket/windows", "s3a://bucket/windows"):
        done = stack.shell("scripts/reset.sh", typed="no\n", check=False, AGGREGATES_URI=uri)
        assert (done.returncode, done.stderr) == (1, f"The windows in {uri} stay.\n")


# `KAFKA_PARTITIONS` may be raised at any time, and takes no more than `make up`.


def topic_init(stack, partitions, *, check=True):
    return stack.compose(
        "run", "--rm", "--no-TTY", "--no-deps", "--env", f"KAFKA_PARTITIONS={partitions}",
        "topic-init", check=check,
    )  # fmt: skip


def all_read(stack, partitions):
    """Wait until the job reads so many partitions and each has records, within a minute."""
    numbers = list(range(partitions))

    def read():
        lag = stack.status("spark-job")["details"]["lag"]
        return [it["partition"] for it in lag if it["processed"]] == numbers

    wait_for(f"the job reads {partitions} partitions", read, 60)


def test_what_runs_finds_partitions_that_are_added(stack):
    before = stack.started_at()
    assert topic_init(stack, 3).stdout == "raw_api_events has 3 partitions now (before: 1)\n"
    all_read(stack, 3)
    assert stack.started_at() == before


def test_the_next_up_adds_partitions(stack):
    stack.set(KAFKA_PARTITIONS="4")
    stack.up()
    assert stack.logs("topic-init") == "raw_api_events has 4 partitions now (before: 3)\n"
    all_read(stack, 4)


def test_the_same_number_again_changes_nothing_and_says_nothing(stack):
    assert topic_init(stack, 4).stdout == ""


def test_a_lower_number_is_told_in_one_line_and_all_goes_on(stack):
    assert topic_init(stack, 2).stdout == (
        "KAFKA_PARTITIONS: got 2, but raw_api_events has 4 and keeps them, since Kafka takes none"
        " away. To have fewer, wipe all: make reset\n"
    )
    all_read(stack, 4)


@pytest.mark.parametrize("value", ["0", "four", "1.5", "10000"])
def test_what_is_no_number_of_partitions_is_told_in_one_line(stack, value):
    done = topic_init(stack, value, check=False)
    assert done.returncode == 2
    line = f"KAFKA_PARTITIONS: got '{value}', takes a whole number from 1 to 999"
    assert line in done.stderr.splitlines()


def test_with_more_partitions_every_window_is_there_once(stack):
    check(stack)
    assert stack.status("spark-job")["details"]["late_window_updates"] == 0
