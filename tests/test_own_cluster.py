"""The job runs on an existing Spark cluster, as `docs/scaling.md` shows."""

import re
import time

import pytest
from cluster import at_work, executors
from stack import CHECKOUT, SHORT_WINDOWS
from waiting import wait_for

pytestmark = [pytest.mark.long, pytest.mark.scale]

GOES_ON_S = 480  # it starts with all that there is, beside other stacks
NO_MASTER = "waiting for the cluster: no master at master.example:7077"
# The names of the document are known in the job's network.
NAMES = """
services:
  spark-job:
    networks:
      default: {aliases: [this-machine.example]}
"""


def shown():
    """Give the overlay that the document shows."""
    text = (CHECKOUT / "docs" / "scaling.md").read_text()
    (overlay,) = re.findall(r"```yaml\n(services:\n  spark-job:\n.*?)```", text, re.DOTALL)
    return overlay


@pytest.fixture
def stack(new_stack):
    stack = new_stack(
        "own-cluster",
        **SHORT_WINDOWS,
        KAFKA_PARTITIONS="2",
    )
    (stack.folder / "shown.yaml").write_text(shown())
    (stack.folder / "names.yaml").write_text(NAMES)
    stack.environment["COMPOSE_FILE"] = "compose.yaml:shown.yaml:names.yaml"
    return stack


@pytest.fixture
def cluster(stack):
    """Give what acts on the cluster's own project."""
    project = f"{stack.project}-cluster"

    def compose(*arguments, check=True):
        files = ("--project-name", project, "--file", "tests/compose.own-cluster.yaml")
        network = f"{stack.project}_default"
        command = ("docker", "compose", *files, "--project-directory", ".", *arguments)
        return stack.shell(*command, check=check, COMPOSE_FILE="", JOB_NETWORK=network)

    yield compose
    compose("down", "--timeout", "5", check=False)


def test_the_job_works_on_it_and_every_window_is_right(stack, cluster):
    stack.compose("up", "--detach")
    wait_for("words", lambda: stack.status("spark-job").get("last_error") == NO_MASTER, 120)
    cluster("up", "--detach")
    stack.windows_go_on(GOES_ON_S)
    assert stack.check_windows(since=time.time()).doubtful == set()
    assert at_work(stack)
    assert executors(stack)["driver"]["totalTasks"] == 0
    cluster("restart", "worker")
    stack.windows_go_on(GOES_ON_S)
    assert stack.check_windows(since=time.time()).doubtful == set()
    assert stack.restarts()["spark-job"] == 0
