"""Mistakes of users and failures: each time a clear message or a clean recovery."""

import re
import shutil
import socket
import time

import dataset
import pytest
import topic
from browsing import CHART, STATE, Visit
from stack import LONG_RUNNING, SHORT_WINDOWS
from waiting import wait_for


@pytest.fixture(scope="module")
def stack(new_stack):
    return new_stack(
        "faults",
        **SHORT_WINDOWS,
        SYNTHETIC_EVENTS_PER_SECOND="20",
        METRICS_PORT="9400",
    )


@pytest.fixture
def running(stack):
    """Give the stack with all in it healthy, whatever the test before has left."""
    if stack.health() != dict.fromkeys(LONG_RUNNING, "healthy"):
        stack.compose("down", "--remove-orphans")
        stack.up()
    return stack


MALFORMED = [
    ("producer", "FEED", "carrier-pigeon"),
    ("producer", "FALLBACK", "hope"),
    ("producer", "SYMBOLS", "not a symbol"),
    ("producer", "SYNTHETIC_EVENTS_PER_SECOND", "-1"),
    ("producer", "HEARTBEAT_LAG", "5"),
    ("producer", "REPLAY_TIMES", "tomorrow"),
    ("producer", "ALPHA_VANTAGE_BASE_URL", "ftp://x"),
    ("spark-job", "WINDOW_LENGTH", "a while"),
    ("spark-job", "WINDOW_SLIDE", "0 seconds"),
    ("spark-job", "TRIGGER_INTERVAL", "-2 seconds"),
    ("spark-job", "MAX_FUTURE_SKEW", "soon"),
    ("dashboard", "SPIKE_THRESHOLD_PCT", "high"),
    ("debug-consumer", "MAX_FUTURE_SKEW", "soon"),
    ("gateway", "WINDOW_SLIDE", "7 seconds"),
]


SHOW_LENGTH = """
from contracts.settings import load
from spark_job.settings import JobSettings
print(load(JobSettings).window_length)
"""


@pytest.fixture(scope="module")
def volume(stack):
    """Let the volume's folders be there before any service runs."""
    stack.compose("up", "--detach", "volume-init")


@pytest.mark.usefixtures("volume")
@pytest.mark.parametrize(("service", "setting", "value"), MALFORMED)
def test_a_setting_that_cannot_be_right_ends_the_service_with_one_line(
    stack, service, setting, value
):
    run = ("run", "--rm", "--no-deps", "--no-TTY", "--env", f"{setting}={value}", service)
    done = stack.compose(*run, check=False, timeout_s=60)
    assert done.returncode == 2, done.stdout + done.stderr
    said = [line for line in (done.stdout + done.stderr).splitlines() if setting in line]
    assert len(said) == 1
    assert value in said[0]
    assert "takes" in said[0]
    assert "Traceback" not in done.stdout + done.stderr


def test_a_setting_that_another_one_needs_is_named(stack):
    run = ("run", "--rm", "--no-deps", "--no-TTY", "--env", "FEED=alpha-vantage", "producer")
    done = stack.compose(*run, check=False, timeout_s=60)
    assert done.returncode == 2
    assert "ALPHA_VANTAGE_API_KEY: got nothing" in done.stdout + done.stderr


def test_an_empty_setting_counts_as_not_set(stack):
    run = ("run", "--rm", "--no-deps", "--no-TTY", "--env", "WINDOW_LENGTH=", "spark-job")
    done = stack.compose(*run, "python", "-c", SHOW_LENGTH, check=False, timeout_s=60)
    assert done.stdout.strip() == "0:01:00"


def test_a_folder_that_cannot_be_written_is_named(stack):
    stack.compose("down", "--volumes")
    stack.set(DATA_DIR="/sys/kernel")
    done = stack.make("up", check=False)
    stack.set(DATA_DIR="")
    assert done.returncode != 0
    assert "volume-init ended with exit code 2" in done.stderr, done.stderr
    assert "DATA_DIR: got '/sys/kernel', takes a folder that can be written" in done.stderr
    stack.compose("down", "--volumes")


def test_a_port_in_use_is_named(stack):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", stack.page_port))
        taken.listen()
        done = stack.make("up", check=False)
    assert done.returncode != 0
    assert f"127.0.0.1:{stack.page_port}" in done.stderr
    stack.compose("down")


def test_a_port_that_is_none_is_named_by_its_setting(stack):
    port = stack.environment.pop("DASHBOARD_PORT")
    stack.set(DASHBOARD_PORT="abc")
    done = stack.make("up", check=False)
    stack.set(DASHBOARD_PORT="")
    stack.environment["DASHBOARD_PORT"] = port
    assert done.returncode != 0
    assert "DASHBOARD_PORT: got 'abc', takes a port" in done.stderr


def test_a_name_in_env_that_is_no_setting_is_told(stack):
    stack.set(SYMBOL="IBM", SYMBOLS="IBM")
    told = stack.shell("scripts/check-env.sh").stderr.splitlines()
    stack.set(SYMBOL="", SYMBOLS="")
    assert [it.split()[0] for it in told] == ["SYMBOL"]
    (stack.folder / ".env").rename(stack.folder / "env")
    assert stack.shell("scripts/check-env.sh").stderr == ""
    (stack.folder / "env").rename(stack.folder / ".env")


def test_a_broker_that_starts_last_is_waited_for(stack):
    stack.compose("up", "--detach", "volume-init")
    stack.compose("up", "--detach", "--no-deps", "producer", "spark-job", "dashboard")
    wait_for("a producer that waits", lambda: stack.status("producer").get("state"), 30)
    stack.up()
    stack.wait_healthy()
    calculation = stack.check_windows()
    assert calculation.doubtful == set()


def test_another_folder_than_that_of_the_volume_is_refused(running):
    running.set(DATA_DIR="./volumes/elsewhere")
    done = running.make("up", check=False)
    running.set(DATA_DIR="")
    assert done.returncode != 0
    folders = f"got '{running.folder}/volumes/elsewhere', but the files are in {running.data}:"
    assert f"DATA_DIR: {folders} set it back, or" in done.stderr
    assert f"`docker volume rm {running.project}_pipeline-data`" in done.stderr
    assert "COMPOSE_PROJECT_NAME" in done.stderr
    assert not (running.folder / "volumes" / "elsewhere").exists()


def test_reset_deletes_nothing_where_the_folder_is_not_the_volume_s(running):
    file = running.folder / "volumes" / "elsewhere" / "aggregates" / "file"
    file.parent.mkdir(parents=True)
    file.touch()
    running.set(DATA_DIR="./volumes/elsewhere")
    done = running.make("reset", check=False, FORCE="1")
    running.set(DATA_DIR="")
    assert done.returncode != 0
    assert "DATA_DIR: got" in done.stderr
    assert file.exists()
    assert running.health() == dict.fromkeys(LONG_RUNNING, "healthy")


def test_a_volume_whose_folder_was_moved_away_is_refused_and_what_mends_it_is_named(new_stack):
    stack = new_stack("moved")
    volume, gone = f"{stack.project}_pipeline-data", f"{stack.folder}/gone"
    options = [f"--opt={it}" for it in ("type=none", "o=bind", f"device={gone}")]
    stack.shell("docker", "volume", "create", *options, volume)
    try:
        done = stack.shell("scripts/check-env.sh", check=False)
    finally:
        stack.shell("docker", "volume", "rm", volume)
    assert done.returncode == 2
    assert done.stderr == (
        f"DATA_DIR: got '{stack.data}', but the volume was made for {gone}, which is not there:"
        f" `make down`, `docker volume rm {volume}`, `make up`\n"
    )
    assert stack.shell("scripts/check-env.sh").stderr == ""


TWO_PRODUCERS = "compose.yaml:compose.second-producer.yaml"
UNSET = {"COMPOSE_FILE": "compose.yaml"}  # an empty one is no file
NOT_STARTING = [
    ("producer", {"FEED": "carrier-pigeon"}, "FEED: got 'carrier-pigeon', takes", "producer"),
    pytest.param(
        "spark-job",
        {"TRIGGER_INTERVAL": "0 seconds"},
        "TRIGGER_INTERVAL: got '0 seconds', takes",
        "spark-job",
        marks=pytest.mark.long,
    ),
    pytest.param(
        "producer",
        {"FEED": "replay", "REPLAY_FILE": "no.csv"},
        "REPLAY_FILE: got '/replay/no.csv', takes",
        "producer",
        marks=pytest.mark.long,
    ),
    pytest.param(
        "producer-2",
        {"COMPOSE_FILE": TWO_PRODUCERS, "SECOND_PRODUCER_NAME": "no name"},
        "PRODUCER_NAME: got 'no name', takes",
        "no-name",
        marks=pytest.mark.long,
    ),
    pytest.param(
        "dashboard",
        {"SPIKE_THRESHOLD_PCT": "high"},
        "SPIKE_THRESHOLD_PCT: got 'high', takes",
        None,
        marks=pytest.mark.long,
    ),
]


@pytest.mark.parametrize(("service", "variables", "line", "file"), NOT_STARTING)
def test_make_up_and_the_status_file_say_why_a_service_does_not_start(
    running, service, variables, line, file
):
    before = {name: running.settings.get(name, UNSET.get(name, "")) for name in variables}
    running.set(**variables)
    done = running.make("up", check=False)
    assert done.returncode != 0
    assert f"{service} ended with exit code 2 and was started again" in done.stderr
    assert line in done.stderr
    if file:
        for _ in range(20):  # it is started again and again, and fails all the time
            status = running.status(file)
            assert status["state"] == "failed"
            assert status["last_error"].startswith(line)
            time.sleep(0.25)
    running.set(**before)
    running.make("up")  # corrected, it starts
    if file and file == service:
        wait_for("no failure", lambda: running.status(file)["state"] != "failed", 60)


@pytest.mark.long
def test_a_service_that_has_failed_many_times_is_named_by_the_next_up_too(running):
    running.set(FEED="replay", REPLAY_FILE="nowhere.csv")
    assert running.make("up", check=False).returncode != 0
    wait_for("failures", lambda: running.restarts()["producer"] >= 8, 120)
    done = running.make("up", check=False)
    running.set(FEED="", REPLAY_FILE="")
    assert "producer ended with exit code 2 and was started again" in done.stderr


@pytest.mark.long
def test_another_topic_stops_the_job_with_what_changed_and_what_to_do(running):
    running.set(KAFKA_TOPIC="other_events")
    done = running.make("up", check=False)
    assert done.returncode != 0
    assert "spark-job ended with exit code 2 and was started again" in done.stderr
    assert "KAFKA_TOPIC was raw_api_events, is other_events" in done.stderr
    assert "make reset" in done.stderr
    for _ in range(20):
        status = running.status("spark-job")
        assert status["state"] in {"failed", "starting"}
        assert "KAFKA_TOPIC was raw_api_events, is other_events" in status["last_error"]
        time.sleep(0.25)
    running.set(KAFKA_TOPIC="")
    running.up()
    running.check_windows()


def test_a_truncated_parquet_file_is_left_out_and_named(running, browser, artefacts):
    whole = dataset.files(running.data)[-1]
    broken = whole.with_name("broken.parquet")
    broken.write_bytes(whole.read_bytes()[:-100])
    visit = Visit(browser, running.page_url)
    try:
        wait_for("its name", lambda: broken.name in visit.text(".st-key-notices"), 30)
        visit.page.locator(CHART).first.wait_for(timeout=30_000)
        wait_for("windows again", lambda: "Live" in visit.text(STATE), 60)
        visit.page.screenshot(path=artefacts / "page-broken-file.png")
    finally:
        visit.page.close()
        broken.unlink()


@pytest.mark.long  # files change in place, which is looked for every half minute
def test_files_none_of_which_can_be_read_are_an_error_until_they_can(running, browser, artefacts):
    wait_for("windows", running.rows, 60)
    running.compose("stop", "spark-job")
    whole = {path: path.read_bytes() for path in dataset.files(running.data)}
    for path, content in whole.items():
        path.write_bytes(content[:-100])
    visit = Visit(browser, running.page_url)
    try:
        wait_for("the error", lambda: "none of them can be read" in visit.text(STATE), 90)
        visit.page.screenshot(path=artefacts / "page-no-readable-file.png")
        for path, content in whole.items():
            path.write_bytes(content)
        visit.page.locator(CHART).first.wait_for(timeout=90_000)
        running.up()
        wait_for("windows again", lambda: "Live" in visit.text(STATE), 60)
    finally:
        visit.page.close()


@pytest.mark.long
def test_a_job_that_stood_still_is_delayed_until_it_has_caught_up(running, browser, artefacts):
    running.set(TRIGGER_INTERVAL="10 seconds")
    running.up()
    visit = Visit(browser, running.page_url)
    try:
        wait_for("windows", lambda: "Live" in visit.text(STATE), 60)
        running.compose("pause", "spark-job")
        time.sleep(40)
        time.sleep(11 - time.time() % 10)  # its next batches begin at once, and in nine seconds
        running.compose("unpause", "spark-job")
        wait_for("its first windows", lambda: "Delayed" in visit.text(STATE), 9, every_s=0.2)
        visit.page.screenshot(path=artefacts / "page-delayed.png")
        wait_for("the newest windows", lambda: "Live" in visit.text(STATE), 30)
    finally:
        visit.page.close()
        running.set(TRIGGER_INTERVAL="")


@pytest.mark.long
def test_the_example_over_env_is_no_harm(running):
    shutil.copy(running.folder / ".env.example", running.folder / ".env")
    running.environment |= SHORT_WINDOWS
    done = running.make("up")
    assert f"http://localhost:{running.page_port}" in done.stdout
    running.check_windows()
    running.set()


def goes_on(stack, *told: str) -> None:
    """Start what is stopped; windows come, and the job tells all of this."""
    since = time.time()
    stack.up()
    wait_for(
        "windows after it",
        lambda: any(row["window_start"] > since * 1e6 for row in stack.rows()),
        60,
    )
    notices = stack.status("spark-job")["details"]["notices"]
    for words in told:
        assert any(words in notice for notice in notices), notices


def kafka_topics(stack, *arguments: str) -> None:
    stack.compose(
        "exec", "-T", "kafka", "kafka-topics", "--bootstrap-server", "kafka:29092", "--topic",
        stack.topic_name(), *arguments,
    )  # fmt: skip


def test_what_expired_and_partitions_that_were_added_while_the_job_was_stopped_are_told(running):
    wait_for("windows", running.rows, 30)  # a job that has read nothing misses nothing
    running.compose("stop", "spark-job")
    stopped = running.records()[-1].offset
    wait_for("more events", lambda: running.records()[-1].offset > stopped + 100, 30)
    topic.expire(running.bootstrap, running.topic_name(), stopped + 50)
    assert running.records()[0].offset == stopped + 50
    kafka_topics(running, "--alter", "--partitions", "2")
    goes_on(running, "expired", "has 2 partitions, and had 1")
    read = running.status("spark-job")["details"]["lag"]
    assert [lag["partition"] for lag in read] == [0, 1]


METRICS = """
from urllib.request import urlopen
print(urlopen("http://localhost:9400/metrics").read().decode())
"""


def test_the_job_tells_prometheus_how_far_it_is_behind(running):
    def lag() -> dict[str, float]:
        last = max(it.offset for it in running.records() if it.partition == 0)
        metrics = running.compose("exec", "-T", "spark-job", "python", "-c", METRICS).stdout
        found = re.findall(r'^spark_job_(\w+){partition="0"} (\S+)$', metrics, re.MULTILINE)
        said = {name: float(value) for name, value in found}
        # It has been away for longer than this: until it has caught up, it is further behind.
        if not (said["lag_records"] < 20 * 20 and said.get("lag_seconds", 20) < 20):
            return {}
        return said if said["processed_offset"] + said["lag_records"] > last - 5 * 20 else {}

    wait_for("a lag of less than 20 seconds, once it has caught up", lag, 40)


@pytest.mark.long
def test_a_topic_that_was_made_anew_in_the_same_cluster_is_told_and_read(running):
    running.compose("stop", "spark-job", "producer")
    kafka_topics(running, "--delete")
    goes_on(running, "was deleted and created again")
    aside = [path.name for path in (running.data / "checkpoints").iterdir()]
    assert any(name.startswith("aggregates.set-aside-") for name in aside)
