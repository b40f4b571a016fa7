"""A Spark cluster (`compose.cluster.yaml`): its workers do the work, and any part may be killed.

In `make test` what is quick is asked of a stack with other overlays, too:
`test_overlays_together.py`.
"""

import json
import time

import pytest
from browsing import Visit
from chaos.moments import Batches
from cluster import at_work, executors, kill
from playwright.sync_api import expect
from snippets import settings, snippet
from stack import SHORT_WINDOWS
from waiting import wait_for

pytestmark = [pytest.mark.long, pytest.mark.scale]

QUICKLY_S = 120
SLOWLY_S = 480  # two minutes without a worker, then a start, beside others on two processors
NO_WORKER = "waiting for the cluster: no worker with a free core and 1g of memory"


@pytest.fixture(scope="module")
def stack(new_stack):
    stack = new_stack(
        "cluster",
        **SHORT_WINDOWS,
        SYNTHETIC_EVENTS_PER_SECOND="200",  # at the end all of them are read
        KAFKA_PARTITIONS="4",
    )
    stack.environment |= settings("docs/scaling.md", "COMPOSE_FILE=compose.yaml:compose.cluster")
    stack.compose("up", "--detach", timeout_s=400)
    stack.wait_healthy(300)
    return stack


def every_window_is_right(stack):
    calculation = stack.check_windows(since=time.time())
    assert calculation.doubtful == set()


def test_the_work_is_done_by_the_workers(stack):
    wait_for("two that work", lambda: len(at_work(stack)) == 2, QUICKLY_S)
    assert executors(stack)["driver"]["totalTasks"] == 0
    stack.windows_go_on(QUICKLY_S)


def test_what_runs_is_hardened_as_the_rest(stack):
    for it in stack.containers_of("spark-master", "spark-worker"):
        host = it["HostConfig"]
        assert (host["ReadonlyRootfs"], host["CapDrop"]) == (True, ["ALL"])
        assert it["Config"]["User"] == "1001:0"
        assert "no-new-privileges:true" in host["SecurityOpt"]


def test_the_secret_is_in_no_description_of_a_container(stack):
    conf = stack.compose("exec", "--no-TTY", "spark-job", "cat", "/cluster/spark.conf").stdout
    secret = conf.split()[-1]
    assert len(secret) == 44
    assert secret not in json.dumps(stack.containers_of())


def test_who_does_not_know_the_secret_is_not_listened_to(stack):
    done = stack.compose(
        "exec", "--no-TTY", "--env", "SPARK_DAEMON_JAVA_OPTS=", "spark-job",
        "timeout", "60", "spark-class", "org.apache.spark.deploy.Client", "kill",
        "spark://spark-master:7077", "driver-0", check=False,
    )  # fmt: skip
    assert "Expected SaslMessage" in done.stdout + done.stderr


def test_one_worker_may_be_killed_and_one_that_comes_is_used(stack):
    wait_for("two that work", lambda: len(at_work(stack)) == 2, QUICKLY_S)
    killed = stack.containers_of("spark-worker")[0]
    before = at_work(stack)
    kill(killed)
    stack.windows_go_on(QUICKLY_S)
    wait_for("another", lambda: len(at_work(stack) & before) == 1 < len(at_work(stack)), QUICKLY_S)


def test_after_it_every_window_is_right(stack):
    every_window_is_right(stack)
    assert stack.restarts()["spark-job"] == 0


def test_a_worker_more_is_used(stack, browser):
    stack.shell("bash", "-c", snippet("docs/scaling.md", "docker compose up -d --no-recreate"))
    wait_for("three that work", lambda: len(at_work(stack)) == 3, QUICKLY_S)
    page = Visit(browser, f"{stack.page_url}/?page=pipeline").page
    count = page.locator("dt:text-is('Executors of the cluster') + dd")
    expect(count).to_have_text("3", timeout=60_000)
    page.close()


def test_without_any_worker_the_job_says_so_and_goes_on_with_the_first_that_comes(stack, browser):
    page = Visit(browser, f"{stack.page_url}/?page=pipeline").page
    stack.compose("stop", "spark-worker")
    wait_for("words", lambda: stack.status("spark-job")["last_error"] == NO_WORKER, QUICKLY_S)
    assert stack.status("spark-job")["state"] == "starting"
    expect(page.locator("body")).to_contain_text(NO_WORKER, timeout=60_000)
    page.close()
    stack.compose("start", "spark-worker")
    stack.windows_go_on(SLOWLY_S)
    wait_for("a job that runs", lambda: stack.status("spark-job")["state"] == "running", QUICKLY_S)


def test_a_driver_that_starts_before_the_master_says_so_and_waits(stack):
    stack.compose("stop", "spark-job", "spark-master")
    stack.shell("docker", "start", stack.container("spark-job")["Id"])
    words = "waiting for the cluster: no master at spark-master:7077"
    wait_for("words", lambda: stack.status("spark-job")["last_error"] == words, QUICKLY_S)
    stack.shell("docker", "start", stack.container("spark-master")["Id"])
    stack.windows_go_on(SLOWLY_S)


def test_without_its_master_the_job_goes_on_and_is_known_to_it_again(stack):
    before = at_work(stack)
    stack.compose("stop", "spark-master")
    for _ in range(3):
        stack.windows_go_on(QUICKLY_S)
    stack.compose("start", "spark-master")
    time.sleep(30)  # what a master forgets of a job, it forgets within twice a worker's timeout
    stack.windows_go_on(QUICKLY_S)
    assert before <= at_work(stack)


def test_a_master_that_has_forgotten_the_job_is_asked_anew(stack):
    stack.compose("stop", "spark-master")
    forget = ("--entrypoint", "rm", "spark-master", "-r", "/cluster/recovery")
    stack.compose("run", "--rm", "--no-deps", "--no-TTY", *forget)
    stack.compose("start", "spark-master")
    time.sleep(30)
    stack.windows_go_on(SLOWLY_S)


PARTS = {
    "one worker": ["spark-worker"],
    "all workers": ["spark-worker"],
    "the master": ["spark-master"],
    "the driver": ["spark-job"],
    "all of it": ["spark-master", "spark-worker", "spark-job"],
}


@pytest.mark.parametrize("moment", ["batch", "commit"])
@pytest.mark.parametrize("killed", PARTS)
def test_whatever_is_killed_goes_on_by_itself(stack, killed, moment, record_property):
    stack.windows_go_on(QUICKLY_S)
    found = stack.containers_of(*PARTS[killed])
    Batches(stack.data).wait_for(moment)
    kill(*found[: 1 if killed == "one worker" else None])
    stood_s = stack.windows_go_on(SLOWLY_S)
    record_property(f"{killed} killed in a {moment}: to the next window, s", round(stood_s, 1))
    wait_for("all workers again", lambda: len(at_work(stack)) == 3, 120)


def test_after_all_of_it_every_window_is_right(stack):
    every_window_is_right(stack)
