"""The benchmarks leave alone a stack that runs, say why they fail, and run at all."""

import json
import re
import subprocess
from collections.abc import Callable

import pytest
from leaks import GIT
from stack import CHECKOUT, Stack


@pytest.mark.parametrize("name", ["cost", "delay", "gateway"])
def test_a_whole_stack_that_is_measured_has_ports_of_its_own(name: str) -> None:
    compose = (CHECKOUT / "compose.yaml").read_text()
    ports = set(re.findall(r"127\.0\.0\.1:\$\{(\w+):-", compose))
    assert len(ports) == 4
    script = (CHECKOUT / f"bench/{name}/run.sh").read_text()
    assert ports - set(re.findall(r"\b(\w+_PORT)=", script)) == set()


def test_of_a_stack_that_does_not_start_the_reason_is_shown() -> None:
    script = """
        set -euo pipefail
        . bench/container.sh
        quietly sh -c 'echo building; echo done >&2'
        WHY=taken quietly sh -c 'echo "port is $WHY"; exit 3'
        echo measured
    """
    done = subprocess.run(
        ["bash", "-c", script], cwd=CHECKOUT, capture_output=True, check=False, text=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "port is taken\n")


@pytest.mark.long
def test_a_short_run_measures_and_keeps_its_rows_apart(new_stack: Callable[..., Stack]) -> None:
    stack = new_stack("bench")
    kept = stack.folder / "bench/results/check.jsonl"
    before = kept.read_text()
    stack.environment["IMAGE_TAG"] += "-bench"  # the run's own is that of a quicker job
    try:
        stack.make("performance", "B=check", timeout_s=800, QUICK="1", **GIT)
    finally:
        image = f"market-data/spark-job:{stack.environment['IMAGE_TAG']}"
        stack.shell("docker", "rmi", image, check=False)
    written = (stack.folder / ".bench-runs/quick/check.jsonl").read_text()
    about, *rows = map(json.loads, written.splitlines())
    assert (about["bench"], about["exit_code"]) == ("check", 0)
    assert rows
    assert kept.read_text() == before
