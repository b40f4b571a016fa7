"""The clock of each service jumps by two hours, both ways, and back; the job's only ahead and back.

With a clock behind the right time by libfaketime, librdkafka, by which the job asks for offsets,
stands still, even in a process that starts that way.

What must happen is in `docs/reliability.md`, under *Clocks that jump*.
"""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import gateway_reader as gateway
import pytest
from chaos.verdict import settled
from playwright.sync_api import Browser, Page, expect
from stack import SHORT_WINDOWS, Stack, base_images
from waiting import wait_for
from windows import assert_none

pytestmark = pytest.mark.long

HOURS = 2
SERVICES = ["zookeeper", "kafka", "producer", "spark-job", "gateway", "dashboard"]
GOES_ON_S = 120
SESSION_S = 6
"""After which ZooKeeper ends a session of which it hears nothing."""


@pytest.fixture(scope="module")
def stack(new_stack: Callable[..., Stack]) -> Stack:
    stack = new_stack(
        "clocks",
        COMPOSE_FILE="compose.yaml:tests/compose.clocks.yaml",
        **SHORT_WINDOWS,
        SYNTHETIC_EVENTS_PER_SECOND="50",
        KAFKA_PARTITIONS="2",
        SYMBOLS="IBM",  # the other partition has heartbeats only
    )
    folder = stack.folder / "volumes" / "clocks"
    python = base_images().get("PYTHON_IMAGE", "python:3.13-slim")
    stack.shell(
        "docker", "build", "--quiet", "--build-arg", f"PYTHON_IMAGE={python}",
        "--output", str(folder), "tests/clocks",
    )  # fmt: skip
    folder.chmod(0o755)
    for service in SERVICES:
        set_clock(stack, service, 0)
    stack.up()
    stack.windows_go_on(GOES_ON_S)
    return stack


def set_clock(stack: Stack, service: str, hours: int) -> None:
    (stack.folder / "volumes" / "clocks" / service).write_text(f"{hours:+d}h\n")


@contextmanager
def clock_off(stack: Stack, service: str, hours: int) -> Iterator[None]:
    """Let a service's clock be off by some hours within the block."""
    set_clock(stack, service, hours)
    try:
        yield
    finally:
        set_clock(stack, service, 0)


def off_h(stack: Stack, service: str) -> int:
    """Tell by how many hours the clock is off by which a service writes its status."""
    updated = datetime.fromisoformat(stack.status(service)["updated_at"])
    return round((updated.timestamp() - time.time()) / 3600)


def in_future(stack: Stack) -> int:
    refused: dict[str, int] = stack.status("spark-job")["details"]["refused"]
    return refused.get("in_future", 0)


def late(stack: Stack) -> int:
    found: int = stack.status("spark-job")["details"]["late_window_updates"]
    return found


def test_quotes_of_a_producer_that_is_ahead_are_refused_and_counted(stack):
    before = in_future(stack)
    with clock_off(stack, "producer", HOURS):
        wait_for("a clock that is ahead", lambda: off_h(stack, "producer") == HOURS, 30)
        wait_for("refusals", lambda: in_future(stack) > before, 60)
    stack.windows_go_on(GOES_ON_S)


def test_quotes_of_a_producer_that_is_behind_are_late_and_counted(stack):
    before = late(stack)
    with clock_off(stack, "producer", -HOURS):
        wait_for("a clock that is behind", lambda: off_h(stack, "producer") == -HOURS, 30)
        wait_for("late quotes", lambda: late(stack) > before, 60)
    stack.windows_go_on(GOES_ON_S)


def newest_record_h(stack: Stack) -> int:
    return round((stack.records()[-1].timestamp_ms / 1000 - time.time()) / 3600)


def test_with_a_broker_that_is_ahead_windows_go_on(stack):
    with clock_off(stack, "kafka", HOURS):
        wait_for("a clock that is ahead", lambda: newest_record_h(stack) == HOURS, 30)
        stack.windows_go_on(GOES_ON_S)
    stack.windows_go_on(GOES_ON_S)


def test_of_a_broker_that_is_behind_all_is_refused_and_counted(stack):
    before = in_future(stack)
    with clock_off(stack, "kafka", -HOURS):
        wait_for("refusals", lambda: in_future(stack) > before, 60)
    stack.windows_go_on(GOES_ON_S)


def test_a_job_whose_clock_is_set_ahead_and_back_says_so_and_starts_again(stack):
    before = stack.restarts()["spark-job"]
    with clock_off(stack, "spark-job", HOURS):
        wait_for("a clock that is ahead", lambda: off_h(stack, "spark-job") == HOURS, 60)
        stack.windows_go_on(2 * GOES_ON_S)
        time.sleep(15)
        stack.windows_go_on(GOES_ON_S)
    wait_for("a clock that is right", lambda: off_h(stack, "spark-job") == 0, 60)
    stack.windows_go_on(2 * GOES_ON_S)
    assert stack.restarts()["spark-job"] == before + 1
    assert "the clock was set back by 720" in stack.logs("spark-job")
    assert "no recent heartbeats" not in stack.logs("spark-job")


def zookeeper_shell(stack: Stack, *command: str) -> str:
    shell = ("exec", "--no-TTY", "kafka", "zookeeper-shell", "zookeeper:2181")
    return stack.compose(*shell, *command).stdout


def zookeeper_off_h(stack: Stack, path: str) -> int:
    """Tell by how many hours ZooKeeper's clock is off by which it makes a node."""
    zookeeper_shell(stack, "create", path)
    (made,) = re.findall(r"ctime = (.+)", zookeeper_shell(stack, "stat", path))
    at = datetime.strptime(made, "%a %b %d %H:%M:%S %Z %Y").replace(tzinfo=UTC)
    return round((at.timestamp() - time.time()) / 3600)


def broker_session(stack: Stack) -> str:
    """Give the session under which ZooKeeper has the broker."""
    (session,) = re.findall(
        r"ephemeralOwner = (\S+)", zookeeper_shell(stack, "stat", "/brokers/ids/1")
    )
    return session


@pytest.mark.parametrize("hours", [HOURS, -HOURS])
def test_a_zookeeper_that_is_off_keeps_the_broker_s_session(stack, hours):
    session = broker_session(stack)
    with clock_off(stack, "zookeeper", hours):
        time.sleep(2 * SESSION_S)
        assert zookeeper_off_h(stack, f"/off{hours:+d}") == hours
        stack.windows_go_on(GOES_ON_S)
    time.sleep(2 * SESSION_S)
    assert zookeeper_off_h(stack, f"/right-after{hours:+d}") == 0
    stack.windows_go_on(GOES_ON_S)
    assert broker_session(stack) == session


def last_trade(stack: Stack) -> dict[str, Any]:
    """Give the last trade that the gateway has of the one symbol there is."""
    (found,) = gateway.get_json(stack.gateway_port, "/v1/symbols")["symbols"]
    return dict(found)


@pytest.mark.parametrize("hours", [HOURS, -HOURS])
def test_a_gateway_that_is_off_goes_on_and_leaves_out_nothing(stack, hours):
    with clock_off(stack, "gateway", hours):
        wait_for("a clock that is off", lambda: off_h(stack, "gateway") == hours, 30)
        before = last_trade(stack)
        time.sleep(15)
        trade = last_trade(stack)
        assert trade["event_time"] > before["event_time"]
        assert round(trade["age_s"] / 3600) == hours
        stack.windows_go_on(GOES_ON_S)
    wait_for("a clock that is right", lambda: off_h(stack, "gateway") == 0, 30)
    stack.wait_healthy()
    topics = stack.status("gateway")["details"]["topics"]
    assert {it["skipped"] for it in topics.values()} == {0}


def page_off_h(stack: Stack) -> int:
    """Tell by how many hours the clock is off that the page's container sees."""
    shown = ("exec", "--no-TTY", "dashboard", "python", "-c", "import time; print(time.time())")
    return round((float(stack.compose(*shown).stdout) - time.time()) / 3600)


@pytest.fixture
def page(stack: Stack, browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    page.goto(stack.page_url)
    yield page
    page.close()


@pytest.mark.parametrize(
    ("hours", "words"), [(HOURS, "Delayed|Stale"), (-HOURS, r"Stale.* which is .* ahead\.")]
)
def test_a_page_that_is_off_says_so_and_is_live_once_it_is_right(stack, page, hours, words):
    state = page.locator(".st-key-state")
    expect(state).to_contain_text("Live", timeout=60_000)
    with clock_off(stack, "dashboard", hours):
        wait_for("a clock that is off", lambda: page_off_h(stack) == hours, 30)
        time.sleep(15)
        expect(state).to_contain_text(re.compile(words), timeout=60_000)
    expect(state).to_contain_text("Live", timeout=60_000)


def test_after_all_of_it_every_window_is_there_once_and_none_of_another_time(stack):
    stack.windows_go_on(GOES_ON_S)
    calculation = stack.expected()
    assert len(calculation.rows) > 50
    # Rows are there again where the job has merged files, with a clock that was ahead.
    lines, _ = settled(stack, calculation)
    assert_none(lines)
    off_h = [abs(row["window_end"] / 1e6 - time.time()) / 3600 for row in stack.rows()]
    assert max(off_h) < HOURS / 2
    restarts = stack.restarts()
    assert {restarts[it] for it in restarts if it != "spark-job"} == {0}
