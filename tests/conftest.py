"""A test run: a folder for its copies and pictures, a tag for its images, and its stacks."""

import os
import secrets
import shutil
import signal
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest
import stack as stacks
from playwright.sync_api import Browser, sync_playwright
from stack import CHECKOUT, Stack, base_image

pytest.register_assert_rewrite("brokers", "object_store")  # a failure shows what they compared


@cache
def _make_quick(image: str, base: str, options: str) -> None:
    """Make an image of another one, with this option in the variable that its JVM reads."""
    build = ["docker", "build", "--quiet", "--tag", image, "-"]
    made_of = f'FROM {base}\nENV {options}="${options} -XX:TieredStopAtLevel=1"\n'
    subprocess.run(build, input=made_of, capture_output=True, check=True, text=True)


def quicken(stack: Stack) -> None:
    """Let the JVMs of broker and job compile in their first tier only.

    Most of them do little but start, and that on two processors.
    """
    tag = stack.environment["IMAGE_TAG"]
    broker, job = f"market-data/kafka:{tag}", f"market-data/spark-job:{tag}"
    _make_quick(broker, base_image("KAFKA_IMAGE"), "JAVA_TOOL_OPTIONS")
    _make_quick(job, job, "SPARK_SUBMIT_OPTS")
    stack.environment["KAFKA_IMAGE"] = broker


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
        self._names = Counter[str]()

    def stack(self, name: str, **settings: str) -> Stack:
        """Make a stack that is not started yet; the first makes the images of all."""
        self._names[name] += 1
        if self._names[name] > 1:  # the one of before may still be on its way out
            name = f"{name}-{self._names[name]}"
        stack = Stack(self.folder / name, f"market-data-test-{self.id}-{name}", self.tag)
        stack.set(**settings)
        if not self._built:
            stack.compose("--profile", "debug", "build", timeout_s=900)
            self._built = True
        return stack

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
            quicken(stack)
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
