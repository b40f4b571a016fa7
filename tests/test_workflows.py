"""The workflows run every check on both kinds of processor, and with the history that it needs."""

import re

import pytest
from stack import CHECKOUT

WORKFLOWS = CHECKOUT / ".github/workflows"


def job(workflow: str, step: str) -> str:
    """Give the one job of a workflow that has such a step."""
    text = (WORKFLOWS / workflow).read_text().partition("\njobs:\n")[2]
    jobs = re.split(r"^(?=  [\w-]+:$)", text, flags=re.MULTILINE)
    (found,) = [it for it in jobs if re.search(rf"\n      - run: {step}(?: #.*)?\n", it)]
    return found


def test_each_change_is_checked_before_it_lands_and_after() -> None:
    triggers = (WORKFLOWS / "check.yml").read_text().partition("\non:\n")[2]
    assert triggers.startswith("  pull_request:\n  push:\n    branches: [main]\n\n")


def test_what_must_hold_is_checked_on_both_kinds_of_processor() -> None:
    check = job("check.yml", ".ci/run")
    assert "\n        runner: [ubuntu-24.04, ubuntu-24.04-arm]\n" in check
    assert "\n    runs-on: ${{ matrix.runner }}\n" in check


def test_nothing_that_is_built_or_run_names_a_kind_of_processor() -> None:
    folders = (
        *(".ci", ".devcontainer", "bench", "bootstrap", "contracts", "scripts", "services"),
        "tests",
    )
    files = [it for folder in folders for it in (CHECKOUT / folder).rglob("*")]
    files += [CHECKOUT / "Makefile", *CHECKOUT.glob("compose*.yaml")]
    read = [
        it
        for it in files
        if it.suffix in {".java", ".json", ".list", ".py", ".sh", ".toml", ".xml", ".yaml"}
        or it.name in {"Dockerfile", "Makefile", "run"}
    ]
    assert len(read) > 400
    kinds = re.compile(r"\b(?:amd64|x86[-_]64|arm64|aarch64)\b")
    named = {str(it.relative_to(CHECKOUT)) for it in read if kinds.search(it.read_text())}
    assert named == {
        "scripts/lock.sh",  # asks for wheels of both
        "tests/Dockerfile",  # says of which one a package has no program
        "tests/test_images.py",  # makes a compiler of such a name
        "tests/test_workflows.py",  # this one
    }


def limits_s(*paths: str) -> dict[str, list[int]]:
    """Read the limits of the suite and of single tests, in seconds, by name."""
    texts = [(CHECKOUT / it).read_text() for it in paths]
    patterns = {
        "session": r"session[_-]timeout(?: = | )(\d+)",
        "test": r"(?:^timeout = |mark\.timeout\()(\d+)",
    }
    return {
        name: [int(it) for text in texts for it in re.findall(pattern, text, re.MULTILINE)]
        for name, pattern in patterns.items()
    }


@pytest.mark.parametrize(
    ("workflow", "step", "session_s", "test_s"),
    [
        ("check.yml", ".ci/run", 4500, 900),
        ("nightly.yml", "make test-long", 7200, 2400),
        ("nightly.yml", "make test-scale", 14400, 900),
    ],
)
def test_a_job_may_take_longer_than_its_tests_so_that_what_failed_is_uploaded(
    workflow: str, step: str, session_s: int, test_s: int
) -> None:
    tests = (str(it.relative_to(CHECKOUT)) for it in CHECKOUT.glob("tests/test_*.py"))
    limits = limits_s("tests/pytest.ini", "Makefile", *tests)
    assert sorted(limits["session"]) == [4500, 7200, 14400]
    assert max(limits["test"]) == 2400
    (minutes,) = re.findall(r"^    timeout-minutes: (\d+)", job(workflow, step), re.MULTILINE)
    # The limit of the suite is looked at between two tests. Images and what runs before take a
    # quarter of an hour.
    assert 60 * int(minutes) >= session_s + test_s + 15 * 60


def test_each_night_chaos_has_another_seed_and_the_time_that_it_takes() -> None:
    chaos = job("nightly.yml", "make chaos")
    assert "\n          SEED: ${{ github.run_id }}\n" in chaos
    source = (CHECKOUT / "tests/chaos/__main__.py").read_text()
    (takes,) = re.findall(r'"CHAOS_MINUTES"\) or (\d+)\)', source)
    (minutes,) = re.findall(r"^    timeout-minutes: (\d+)", chaos, re.MULTILINE)
    # Images take a quarter of an hour, and so may a fault and the verdict that come last.
    assert int(minutes) >= int(takes) + 30


@pytest.mark.parametrize(
    ("workflow", "step"), [("check.yml", ".ci/run"), ("nightly.yml", "make test-long")]
)
def test_tests_that_read_the_history_have_all_of_it(workflow: str, step: str) -> None:
    assert "\n          fetch-depth: 0" in job(workflow, step)
