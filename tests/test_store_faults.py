"""An object store that is slow, silent, full, or refuses the keys: the job recovers by itself."""

import json
import re
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import NamedTuple

import pytest
import topic
from playwright.sync_api import expect
from stack import SHORT_WINDOWS, Stack
from waiting import wait_for

pytestmark = [pytest.mark.long, pytest.mark.scale]

LASTS_S = 60
TOLD_S = 120
GOES_ON_S = 300


@pytest.fixture(scope="module")
def stack(new_stack):
    stack = new_stack(
        "store-faults",
        COMPOSE_FILE="compose.yaml:compose.s3.yaml:tests/compose.store.yaml",
        S3_ENDPOINT="http://store-link:7070",
        **SHORT_WINDOWS,
        SYNTHETIC_EVENTS_PER_SECOND="200",
    )
    stack.up()
    stack.windows_go_on(GOES_ON_S)
    return stack


def set_mode(mode: str, stack: Stack) -> None:
    stack.set_link("store-link", mode)


def fill(stack: Stack) -> None:
    dd = ("dd", "if=/dev/zero", "of=/buckets/fill", "bs=4k")
    assert "No space left" in stack.compose("exec", "-T", "disk", *dd, check=False).stderr


def free(stack: Stack) -> None:
    stack.compose("exec", "-T", "disk", "rm", "/buckets/fill")


def make_anew(secret: str, stack: Stack) -> None:
    """Give the store this key, and leave the services theirs."""
    up = ("docker", "compose", "up", "--detach", "--no-deps", "--wait", "s3")
    stack.shell(*up, S3_SECRET_KEY=secret)


class Fault(NamedTuple):
    """How it begins and ends, and what is said of it."""

    begin: Callable[[Stack], None]
    end: Callable[[Stack], None]
    words: str


FAULTS = {
    "silent": Fault(
        partial(set_mode, "cut"),
        partial(set_mode, "open"),
        "waiting for the object store at http://store-link:7070",
    ),
    "full": Fault(fill, free, "the object store at http://store-link:7070 is full"),
    "refusing the keys": Fault(
        partial(make_anew, "another-secret-key"),
        partial(make_anew, "for-trials-only"),
        "the object store at http://store-link:7070 refuses the keys",
    ),
}


@pytest.fixture
def page(stack, browser):
    """Give the page, opened while all is well: one that loads while networks change stays blank."""
    page = browser.new_page()
    page.goto(stack.page_url)
    expect(page.locator("body")).to_contain_text("IBM", timeout=TOLD_S * 1000)
    yield page
    page.close()


@pytest.mark.parametrize("name", FAULTS)
def test_it_is_told_and_goes_on_once_it_is_over(stack, page, record_property, name):
    fault = FAULTS[name]
    began = time.monotonic()
    fault.begin(stack)
    try:
        told = wait_for("words", lambda: said_in_time(stack, fault.words, began), TOLD_S)
        record_property(f"a store {name} for {LASTS_S} s: told after, s", round(told, 1))
        expect(page.locator("body")).to_contain_text(fault.words, timeout=TOLD_S * 1000)
        time.sleep(max(0, began + LASTS_S - time.monotonic()))
    finally:
        fault.end(stack)
    stood_s = stack.windows_go_on(GOES_ON_S)
    record_property(f"a store {name} for {LASTS_S} s: to the next window, s", round(stood_s, 1))
    assert stack.check_windows(since=time.time()).doubtful == set()
    assert stack.restarts()["producer"] == 0


def said_in_time(stack, words, began):
    return words in (stack.status("spark-job")["last_error"] or "") and time.monotonic() - began


def test_with_a_slow_store_windows_come_later_and_all_of_them(stack, page, record_property):
    set_mode("slow", stack)
    began = time.time()
    wait_for("windows", lambda: newest_s(stack) > began, GOES_ON_S)
    record_property("a slow store: to the next window, s", round(time.time() - began, 1))
    time.sleep(LASTS_S)
    lag_s = round(time.time() - newest_s(stack), 1)
    record_property(f"a store slow for {LASTS_S} s: the newest window ended before, s", lag_s)
    assert lag_s < LASTS_S
    expect(page.locator(".st-key-state")).to_contain_text(re.compile("Live|Delayed"))
    said = " ".join(page.locator(".st-key-state").inner_text().split())
    record_property(f"a store slow for {LASTS_S} s: the page says", said)
    set_mode("open", stack)
    assert stack.check_windows(since=time.time()).doubtful == set()


def newest_s(stack):
    """Give when the newest window ended that is in the store: its record follows it."""
    records = topic.read(stack.bootstrap, "market_windows")
    ends = [datetime.fromisoformat(json.loads(it.value)["window_end"]) for it in records]
    return max(ends).timestamp()
