"""One run: a folder for its copies and pictures, a tag for its images, and the stacks it starts."""

import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache, cached_property
from pathlib import Path

import pytest
import stack as stacks
from playwright.sync_api import Browser, sync_playwright
from stack import CHECKOUT, Stack, base_image

_QUICK = "-XX:TieredStopAtLevel=1"


def _make(image: str, base: str, variable: str) -> None:
    """Make an image of another one that differs by an environment variable."""
    build = ["docker", "build", "--quiet", "--tag", image, "-"]
    made_of = f"FROM {base}\nENV {variable}\n"
    subprocess.run(build, input=made_of, capture_output=True, check=True, text=True)


@cache
def _quicken_job(tag: str) -> None:
    """Let a job's JVM, too, be soon done with compiling: its first batch comes sooner."""
    image = f"market-data/spark-job:{tag}"
    _make(image, image, f'SPARK_SUBMIT_OPTS="$SPARK_SUBMIT_OPTS {_QUICK}"')


class Run:
    """What the tests of one run share."""

    def __init__(self) -> None:
        self.id = secrets.token_hex(3)
        self.tag = f"test-{self.id}"
        self.folder = CHECKOUT / ".test-runs" / self.id
        self.folder.mkdir(parents=True)
        self.artefacts = self.folder / "artefacts"
        self.artefacts.mkdir()
        self._built = False

    def stack(self, name: str, **settings: str) -> Stack:
        """Make a stack that is not started yet; the first makes the images of all."""
        stack = Stack(self.folder / name, f"market-data-test-{self.id}-{name}", self.tag)
        stack.set(**settings)
        if not self._built:
            stack.compose("--profile", "debug", "build", timeout_s=900)
            self._built = True
        return stack

    @cached_property
    def quick_broker(self) -> str:
        """Make and name a broker's image as it is, but that its JVM is soon done with compiling.

        Most brokers of the tests do little but start, and that on two processors.
        """
        image = f"market-data/kafka:{self.tag}"
        _make(image, base_image("KAFKA_IMAGE"), f"JAVA_TOOL_OPTIONS={_QUICK}")
        return image

    def close(self) -> None:
        """Wait until its stacks are gone; remove its images' tags and all files but artefacts."""
        stacks.wait_until_removed()
        stacks.remove_images(self.tag)
        for path in self.folder.iterdir():
            if path != self.artefacts:
                shutil.rmtree(path, ignore_errors=True)
        if not any(self.artefacts.iterdir()):
            shutil.rmtree(self.folder)


def pytest_configure() -> None:
    """Let a run that is told to stop take its stacks away, as Ctrl-C does."""
    signal.signal(signal.SIGTERM, lambda *_: os.kill(os.getpid(), signal.SIGINT))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    """Add to a failure how the stack was, and what it logged last."""
    report = yield
    if report.failed:
        for stack in stacks.live:
            report.sections.append((f"stack {stack.project}", stack.report()))
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests have measured (`record_property`)."""
    lines = [
        f"{report.nodeid}: {name}: {value}"
        for reports in terminalreporter.stats.values()
        for report in reports
        if isinstance(report, pytest.TestReport) and report.when == "call"
        for name, value in report.user_properties
    ]
    if lines:
        terminalreporter.section("measured")
        for line in lines:
            terminalreporter.line(line)


@pytest.fixture(scope="session")
def run() -> Iterator[Run]:
    run = Run()
    yield run
    run.close()


@pytest.fixture(scope="module")
def new_stack(run: Run) -> Iterator[Callable[..., Stack]]:
    """Give a maker of stacks; what it made is taken away after the module's last test."""
    with ExitStack() as made:

        def make(name: str, **settings: str) -> Stack:
            stack = run.stack(name, **settings)
            stack.environment["KAFKA_IMAGE"] = run.quick_broker
            _quicken_job(run.tag)
            made.callback(stack.close)
            return stack

        yield make


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium")
        yield browser
        browser.close()


@pytest.fixture
def artefacts(run: Run) -> Path:
    """Give the folder for pictures that are kept."""
    return run.artefacts
