"""The changes in `docs/extending.md` and `CONTRIBUTING.md`, applied unchanged."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from snippets import snippet
from stack import CHECKOUT, base_images, copy_checkout

RECIPES = (CHECKOUT / "docs" / "extending.md").read_text()
FEED = CHECKOUT / "services" / "producer" / "README.md"

# What the recipe's feed gives, as the contract's check sees it.
QUOTES = """
import asyncio
from contracts.check import check
from producer.events import Numbering, quote_events
from producer.feeds import FEEDS

class Clock:
    @staticmethod
    def now():
        from datetime import UTC, datetime
        return datetime.now(UTC)
    @staticmethod
    async def sleep(_):
        pass

class Context:
    clock = Clock

async def main():
    feed = FEEDS["countdown"](Context)
    quotes = [quote async for block in feed.blocks() for quote in block]
    events = quote_events(quotes, Numbering().event_ids(len(quotes)))
    found = [check(event, 4_000_000_000_000) for event in events]
    print(len(found), {it.source for it in found}, found[0].price, found[-1].price)

asyncio.run(main())
"""


def recipe(heading: str) -> str:
    """Give the change that a recipe makes."""
    section = RECIPES.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    (change,) = re.findall(r"```diff\n(.*?)```", section, re.DOTALL)
    return change


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Give a copy of the repository, outside of it, that builds on the same base images."""
    folder = tmp_path / "copy"
    copy_checkout(folder)
    lines = [f"{name}={value}\n" for name, value in base_images().items()]
    (folder / ".env").write_text("".join(lines))
    return folder


def shell(folder: Path, *command: str, **options) -> str:
    done = subprocess.run(
        command, cwd=folder, capture_output=True, check=False, text=True, timeout=600, **options
    )
    if done.returncode != 0:
        pytest.fail(f"{command[:3]}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}", pytrace=False)
    return done.stdout


def apply(copy: Path, change: str) -> list[str]:
    """Apply a change; gives the files that it changes."""
    shell(copy, "git", "apply", "--verbose", "-", input=change)
    return re.findall(r"^\+\+\+ b/(.*)$", change, re.MULTILINE)


def check_style(copy: Path) -> None:
    """Run what `make lint` says of the Python, and what `make fmt` would change."""
    shell(copy, "ruff", "check", "--no-cache", ".")
    shell(copy, "ruff", "format", "--no-cache", "--check", ".")


def run_tests(copy: Path, package: str, *command: str) -> str:
    """Build a package's tests and run some of them."""
    image = f"market-data/recipe-{Path(package).name}:test"
    shell(copy, "scripts/build.sh", f"{package}/Dockerfile", "test", image)
    try:
        return shell(copy, "docker", "run", "--rm", "--network", "none", image, *command)
    finally:
        shell(copy, "docker", "rmi", image)


@pytest.mark.parametrize("heading", re.findall(r"^## (.*)", RECIPES, re.MULTILINE))
def test_a_recipe_fits_the_sources(copy: Path, heading: str) -> None:
    assert apply(copy, recipe(heading))
    check_style(copy)


def test_a_new_source(copy: Path) -> None:
    changed = apply(copy, recipe("A new source of prices"))
    assert len(changed) == 6  # and the feed's own module
    module = re.findall(r"```python\n(.*?)```", FEED.read_text(), re.DOTALL)[0]
    feed = module.replace('source: Source = "synthetic"', 'source: Source = "countdown"')
    assert feed != module
    (copy / "services/producer/src/producer/feeds/countdown.py").write_text(feed)
    check_style(copy)
    run_tests(copy, "contracts", "pytest", "-q", "tests/test_sources.py", "tests/test_schema.py")
    check = ("sh", "-c", 'mypy --strict src && pytest -q tests/test_settings.py && python -c "$0"')
    last = run_tests(copy, "services/producer", *check, QUOTES).splitlines()[-1]
    assert last == "60 {'countdown'} 60.0 1.0"


@pytest.mark.long
def test_a_new_column(copy: Path) -> None:
    changed = apply(copy, recipe("A new column of the dataset"))
    assert len(changed) == 12
    run_tests(copy, "contracts", "pytest", "-q", "tests/test_dataset.py", "tests/test_window.py")
    run_tests(copy, "services/gateway", "pytest", "-q")
    tests = [f"tests/test_{it}.py" for it in ("crashes", "sink", "windows", "windows_topic")]
    run_tests(copy, "services/spark-job", "pytest", "-q", "-p", "no:cacheprovider", *tests)
    run_tests(copy, "services/dashboard", "pytest", "-q", "tests/test_store.py")
    env = os.environ | {"PYTHONPATH": str(copy / "tests")}
    shell(copy, "pytest", "-q", "-p", "no:cacheprovider", "tests/test_windows.py", env=env)


def test_a_first_change(copy: Path) -> None:
    shell(copy, "git", "init", "--quiet")
    shell(copy, "git", "add", ".")
    change = snippet("CONTRIBUTING.md", "diff --git")
    changed = apply(copy, f"{change}\n")
    assert len(changed) == 2
    assert shell(copy, "git", "diff", "--name-only").split() == sorted(changed)
    check_style(copy)
    test = ("pytest", "-q", "tests/test_page.py", "-k", "spikes_are_listed")
    assert "1 passed" in run_tests(copy, "services/dashboard", *test)
    shell(copy, *snippet("CONTRIBUTING.md", "git restore").split())
    assert shell(copy, "git", "diff") == ""


@pytest.mark.long
def test_a_new_chart_and_a_new_page(copy: Path) -> None:
    assert len(apply(copy, recipe("A new kind of chart"))) == 5
    assert len(apply(copy, recipe("A new page"))) == 5
    tests = "pytest -q tests/test_page.py -k 'other_kinds or are_counted'"
    last = run_tests(copy, "services/dashboard", "sh", "-c", f"mypy --strict src && {tests}")
    assert "5 passed" in last


@pytest.mark.long
def test_a_new_kind_of_alert_rule(copy: Path) -> None:
    assert len(apply(copy, recipe("A new kind of alert rule"))) == 9
    run_tests(copy, "contracts", "pytest", "-q", "tests/test_alerts.py")
    tests = "pytest -q tests/test_alert_rules.py"
    run_tests(copy, "services/gateway", "sh", "-c", f"mypy --strict src && {tests}")
