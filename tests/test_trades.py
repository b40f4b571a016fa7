"""Trades by WebSocket: to the topic, the windows and the page, and over the provider's absence."""

import json
import time
from datetime import timedelta

import pytest
from browsing import Visit
from waiting import wait_for

LENGTH, SLIDE = timedelta(seconds=10), timedelta(seconds=5)


@pytest.fixture(scope="module")
def stack(new_stack):
    stack = new_stack(
        "trades",
        FEED="binance",
        BINANCE_URL="ws://trades:8080",
        SYMBOLS="BTCUSDT,ETHUSDT",
        WINDOW_LENGTH="10 seconds",
        WINDOW_SLIDE="5 seconds",
        WATERMARK_DELAY="5 seconds",
    )
    stack.environment["COMPOSE_FILE"] = "compose.yaml:tests/compose.trades.yaml"
    stack.up()
    return stack


def quotes(stack):
    events = [json.loads(record.value) for record in stack.records()]
    return [event for event in events if event["kind"] == "quote"]


def test_trades_give_the_windows_that_are_calculated(stack):
    calculation = stack.check_windows(LENGTH, SLIDE, since=time.time())
    assert {(key.symbol, key.source) for key in calculation.rows} == {
        ("BTCUSDT", "binance"),
        ("ETHUSDT", "binance"),
    }
    assert calculation.doubtful == set()


def test_the_page_shows_where_they_come_from(stack, browser, artefacts):
    visit = Visit(browser, stack.page_url)
    wait_for("the card", lambda: "Binance" in visit.text(".st-key-card-BTCUSDT"), 30)
    visit.page.screenshot(path=artefacts / "page-binance.png", full_page=True)
    assert visit.troubles == []
    visit.page.close()


def test_while_the_provider_is_away_heartbeats_close_the_last_windows(stack):
    stack.compose("stop", "--timeout", "1", "trades")
    last = quotes(stack)[-1]["event_time"]
    state = wait_for(
        "a state that says so",
        lambda: (it := stack.status("producer"))["state"] == "connecting" and it,
        20,
    )
    assert state["last_error"]
    stack.check_windows(LENGTH, SLIDE, since=time.time())
    assert quotes(stack)[-1]["event_time"] == last


def test_it_comes_back_by_itself_and_says_what_was_missed(stack):
    before = len(quotes(stack))
    stack.compose("up", "--detach", "trades")
    wait_for("trades", lambda: len(quotes(stack)) > before, 90)
    found = quotes(stack)[before:]
    assert {event["symbol"] for event in found} == {"BTCUSDT", "ETHUSDT"}
    details = wait_for(
        "live", lambda: (it := stack.status("producer"))["state"] == "live" and it["details"], 20
    )
    assert details["outcomes"]["reconnects"] >= 1
    assert details["outcomes"]["gaps"] > 0
    assert stack.restarts()["producer"] == 0
    runs = {event["event_id"].partition("-")[0] for event in quotes(stack)}
    assert len(runs) == 1
