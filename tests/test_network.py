"""The network between a service and the broker cut, slow, and half open: it goes on by itself."""

import time
from datetime import timedelta

import pytest
from acknowledged import faults, watched
from stack import Stack

pytestmark = pytest.mark.long

LENGTH, SLIDE = timedelta(seconds=6), timedelta(seconds=2)
LINKS = ["producer-link", "job-link"]
AWAY_S = 50  # longer than the clients wait for an answer
GOES_ON_S = 120


@pytest.fixture(scope="module")
def stack(new_stack):
    stack = new_stack(
        "network",
        WINDOW_LENGTH="6 seconds",
        WINDOW_SLIDE="2 seconds",
        SYNTHETIC_EVENTS_PER_SECOND="200",
    )
    stack.environment["COMPOSE_FILE"] = "compose.yaml:tests/compose.network.yaml"
    stack.up()
    return stack


@pytest.fixture(scope="module")
def acknowledged(stack):
    """Give what the producer says it has had acknowledged, by now."""
    with watched(stack.data / "status" / "producer.json") as counts:
        yield counts


def set_mode(stack: Stack, link: str, mode: str) -> None:
    stack.compose("exec", "--no-TTY", link, "sh", "-c", f"echo {mode} > /tmp/mode")


@pytest.mark.parametrize("mode", ["cut", "one-way"])
@pytest.mark.parametrize("link", LINKS)
def test_after_a_network_that_was_away_windows_go_on(stack, acknowledged, link, mode):
    stack.windows_go_on(GOES_ON_S)
    set_mode(stack, link, mode)
    time.sleep(AWAY_S)
    set_mode(stack, link, "open")
    stack.windows_go_on(GOES_ON_S)
    assert acknowledged


@pytest.mark.parametrize("mode", ["slow", "half-open"])
@pytest.mark.parametrize("link", LINKS)
def test_on_a_network_that_is_bad_windows_go_on(stack, acknowledged, link, mode):
    stack.windows_go_on(GOES_ON_S)
    set_mode(stack, link, mode)
    stack.windows_go_on(GOES_ON_S)
    set_mode(stack, link, "open")
    assert acknowledged


def test_after_all_of_it_no_record_is_missing_or_there_twice_and_every_window_is_right(
    stack, acknowledged
):
    stack.check_windows(LENGTH, SLIDE, since=time.time())
    stack.compose("stop", "producer")
    assert faults(stack.records(), dict(acknowledged)) == []
    assert set(stack.restarts().values()) == {0}
