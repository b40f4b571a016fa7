"""The network between two services is cut, slow or half open: they recover by themselves."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

import gateway_reader as gateway
import pytest
from acknowledged import faults, watched
from browsing import AWAY, PRICE, STATE, Visit
from stack import SHORT_WINDOWS, Stack
from waiting import wait_for

pytestmark = pytest.mark.long

LINKS = ["producer-link", "job-link"]
AWAY_S = 50  # longer than the clients wait for an answer
BAD_S = 30
MODES = ["cut", "one-way", "slow", "half-open"]
GOES_ON_S = 120


@pytest.fixture(scope="module")
def stack(new_stack):
    stack = new_stack(
        "network",
        **SHORT_WINDOWS,
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


@pytest.mark.parametrize("mode", ["cut", "one-way"])
@pytest.mark.parametrize("link", LINKS)
def test_after_a_network_that_was_away_windows_go_on(stack, acknowledged, link, mode):
    stack.windows_go_on(GOES_ON_S)
    stack.set_link(link, mode)
    time.sleep(AWAY_S)
    newest_s = max(row["window_end"] for row in stack.rows()) / 1e6
    assert time.time() - newest_s > AWAY_S / 2  # nothing came through
    stack.set_link(link, "open")
    stack.windows_go_on(GOES_ON_S)
    assert acknowledged


@pytest.mark.parametrize("mode", ["slow", "half-open"])
@pytest.mark.parametrize("link", LINKS)
def test_on_a_network_that_is_bad_windows_go_on(stack, acknowledged, link, mode):
    stack.windows_go_on(GOES_ON_S)
    stack.set_link(link, mode)
    stack.windows_go_on(GOES_ON_S)
    stack.set_link(link, "open")
    assert acknowledged


@contextmanager
def heard(stack: Stack) -> Iterator[list[dict[str, Any]]]:
    """Give the final windows that a reader of the gateway's stream gets, as they come."""
    windows: list[dict[str, Any]] = []
    enough = Event()

    def hear() -> None:
        with gateway.stream(stack.gateway_port, "?kinds=window") as messages:
            for message in messages:
                windows.append(message)
                if enough.is_set():
                    break

    reader = Thread(target=hear)
    reader.start()
    try:
        yield windows
    finally:
        enough.set()
        reader.join(60)


def is_well(stack: Stack) -> bool:
    return gateway.get(stack.gateway_port, "/health")[0] == 200


@pytest.mark.parametrize("mode", MODES)
def test_a_gateway_far_from_the_broker_says_so_and_its_reader_misses_no_window(stack, mode):
    stack.windows_go_on(GOES_ON_S)
    wait_for("a gateway that is well", lambda: is_well(stack), GOES_ON_S)
    with heard(stack) as windows:
        wait_for("windows in the stream", lambda: windows, GOES_ON_S)
        stack.set_link("gateway-link", mode)
        if mode in {"cut", "one-way"}:
            wait_for("waiting", lambda: stack.status("gateway")["state"] == "waiting", AWAY_S)
            assert stack.status("gateway")["last_error"].startswith("waiting for the broker: ")
            wait_for("a health that says so", lambda: not is_well(stack), AWAY_S)
            assert gateway.get_json(stack.gateway_port, "/v1/symbols")["symbols"]
        else:
            time.sleep(BAD_S)
        stack.set_link("gateway-link", "open")
        now = max(row["window_end"] for row in stack.rows())
        wait_for(
            "new windows in the stream",
            lambda: gateway.key_of(windows[-1]).end_us > now,
            GOES_ON_S,
        )
        wait_for("following", lambda: stack.status("gateway")["state"] == "following", GOES_ON_S)
        assert is_well(stack)
    keys = [gateway.key_of(it) for it in windows]
    # Of the first and the last end of a window the reader may have heard some symbols only.
    first, last = keys[0][3], keys[-1][3]
    columns = ("symbol", "source", "window_start", "window_end")
    written = {tuple(row[it] for it in columns) for row in stack.rows()}
    assert {it for it in written if first < it[3] < last} <= set(keys)
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("mode", MODES)
def test_a_page_far_from_the_gateway_says_so_and_prices_come_back(stack, browser, mode):
    visit = Visit(browser, f"{stack.page_url}/?range=5m&symbols=IBM&every=1")
    shown = visit.page.locator(PRICE)

    def moves() -> None:
        before = shown.get_attribute("data-shown")
        wait_for(
            "a newer price",
            lambda: shown.get_attribute("data-shown") not in {None, "", before},
            GOES_ON_S,
        )

    moves()
    stack.set_link("page-link", mode)
    if mode in {"cut", "one-way"}:
        wait_for("what is away", lambda: AWAY in visit.text(".st-key-notices"), AWAY_S)
        assert shown.text_content() == ""
        assert "Live" in visit.text(STATE)
    else:
        time.sleep(BAD_S)
    stack.set_link("page-link", "open")
    wait_for("no word of it", lambda: AWAY not in visit.text(".st-key-notices"), GOES_ON_S)
    moves()
    moves()
    visit.page.close()


def test_after_all_of_it_no_record_is_missing_or_there_twice_and_every_window_is_right(
    stack, acknowledged
):
    assert stack.check_windows(since=time.time()).doubtful == set()
    assert stack.status("spark-job")["details"]["late_window_updates"] == 0
    stack.compose("stop", "producer")
    assert faults(stack.records(), dict(acknowledged)) == []
    assert set(stack.restarts().values()) == {0}
