"""Trades by WebSocket, up to the page; and while the provider is away."""

import json
import time
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from browsing import Visit, see
from shown import contents
from waiting import wait_for

KEY, BAD_KEY = "good81c5e0d93b7f", "bad3d7e90a1c452"
SYMBOLS = ("BTCUSDT", "ETHUSDT")
NUMBERS = 100_000_000  # then they begin anew


def with_trades(new_stack, name, **settings):
    """Start a stack beside the tests' own provider, which sends twenty trades a second."""
    trades = {"TRADES_KEY": KEY, "TRADES_PER_SECOND": "20", "WATERMARK_DELAY": "5 seconds"}
    stack = new_stack(name, **trades, **settings)
    stack.environment["COMPOSE_FILE"] = "compose.yaml:tests/compose.trades.yaml"
    stack.up()
    return stack


@pytest.fixture(scope="module")
def stack(new_stack):
    return with_trades(
        new_stack,
        "trades",
        FEED="binance",
        BINANCE_URL="ws://trades:8080",
        SYMBOLS=",".join(SYMBOLS),
        WINDOW_LENGTH="4 seconds",
        WINDOW_SLIDE="2 seconds",
    )


def quotes(stack):
    events = [json.loads(record.value) for record in stack.records()]
    return [event for event in events if event["kind"] == "quote"]


def test_trades_give_the_windows_that_are_calculated(stack):
    calculation = stack.check_windows()
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


@pytest.mark.long
def test_a_producer_that_stood_still_makes_no_trade_late(stack):
    before = quotes(stack)[-1]["event_time"]
    stack.compose("pause", "producer")
    time.sleep(15)  # three times the delay of the watermark: heartbeats must not run ahead
    stack.compose("unpause", "producer")
    wait_for("trades", lambda: quotes(stack)[-1]["event_time"] > before, 30)
    stack.check_windows(since=time.time())
    assert stack.status("spark-job")["details"]["late_window_updates"] == 0
    details = stack.status("producer")["details"]
    assert (details["reconnects"], details["gaps"]) == (0, 0)
    newest = ""  # event time never goes back behind what a heartbeat has told
    for event in (json.loads(record.value) for record in stack.records()):
        assert event["event_time"] >= newest
        newest = max(newest, event["event_time"]) if event["kind"] == "heartbeat" else newest


def test_while_the_provider_is_away_heartbeats_close_the_last_windows(stack, browser, artefacts):
    stack.compose("stop", "--timeout", "1", "trades")
    last = quotes(stack)[-1]["event_time"]
    state = wait_for(
        "a state that says so",
        lambda: (it := stack.status("producer"))["state"] == "connecting" and it,
        20,
    )
    assert state["last_error"].startswith(("no connection", "the connection broke"))
    stack.check_windows(since=time.time())
    assert quotes(stack)[-1]["event_time"] == last
    words = ("Stale", "No new window for", "connecting to its feed", "no connection")
    see(browser, stack.page_url, *words, picture=artefacts / "page-provider-away.png")


def test_it_comes_back_by_itself_and_says_what_was_missed(stack):
    before = len(quotes(stack))
    stack.compose("up", "--detach", "trades")
    wait_for("trades", lambda: len(quotes(stack)) > before, 90)
    found = quotes(stack)[before:]
    assert {event["symbol"] for event in found} == {"BTCUSDT", "ETHUSDT"}
    details = wait_for(
        "live", lambda: (it := stack.status("producer"))["state"] == "live" and it["details"], 20
    )
    assert details["reconnects"] >= 1
    assert details["gaps"] > 0
    assert stack.restarts()["producer"] == 0
    runs = {event["event_id"].partition("-")[0] for event in quotes(stack)}
    assert len(runs) == 1


def one_more(stack, name, **settings):
    """Start one more producer, on the stack's topic, with a feed of its own."""
    variables = [it for pair in settings.items() for it in ("--env", "{}={}".format(*pair))]
    started = stack.compose(
        "run", "--detach", "--no-deps", "--env", f"PRODUCER_NAME={name}", *variables, "producer"
    )
    return started.stdout.split()[-1]


def test_finnhub_is_asked_under_the_key_which_nobody_else_learns(stack):
    url = "ws://trades:8080/finnhub"
    settings = {"FEED": "finnhub", "FINNHUB_URL": url, "SYMBOLS": "IBM,AAPL"}
    names = [
        one_more(stack, name, FINNHUB_API_KEY=key, **settings)
        for name, key in (("finnhub", KEY), ("refused", BAD_KEY))
    ]
    wait_for("the good one", lambda: stack.status("finnhub").get("state") == "live", 30)
    failed = wait_for(
        "the bad one", lambda: (it := stack.status("refused")).get("state") == "failed" and it, 30
    )
    wait_for("its trades", lambda: stack.status("finnhub")["details"]["published"] > 20, 30)
    assert failed["last_error"] == "the provider refuses the key: HTTP 401"
    logs = [stack.log_of(name) for name in names]
    stack.shell("docker", "rm", "--force", *names)
    found = {(it["symbol"], it["source"]) for it in quotes(stack)}
    assert {("IBM", "finnhub"), ("AAPL", "finnhub")} <= found
    assert stack.logs("trades").count(f"asked with {len(BAD_KEY)} letters") == 1
    kept = dict(contents(stack.data))
    assert any(path.name == "finnhub.json" for path in kept)
    for key in (KEY, BAD_KEY):
        assert not [path for path, content in kept.items() if key.encode() in content]
        assert not [text for text in logs if key in text]
        assert not [it for it in stack.records() if it.value and key.encode() in it.value]


@pytest.mark.long
def test_without_its_job_the_page_says_so(stack, browser, artefacts):
    stack.compose("stop", "spark-job")
    words = ("Stale", "The Spark job stopped at")
    see(browser, stack.page_url, *words, picture=artefacts / "page-job-down.png")


@pytest.mark.long
def test_while_the_broker_is_away_the_oldest_trades_make_room_and_are_counted(stack):
    def details():
        return stack.status("producer")["details"]

    stack.compose("stop", "spark-job")  # it is none of its business
    reconnects = details()["reconnects"]
    stack.set(TRADES_PER_SECOND="4000")
    stack.compose("up", "--detach", "trades")
    wait_for("another connection", lambda: details()["reconnects"] > reconnects, 30)
    wait_for("trades", lambda: stack.status("producer")["state"] == "live", 90)
    time.sleep(2)  # until the file tells of trades of the new numbers
    before, first = details(), len(stack.records())
    stack.compose("pause", "kafka")
    wait_for("trades that make room", lambda: details()["dropped_quotes"] > 20_000, 60)
    assert stack.memory_mib("producer") < 192
    stack.compose("unpause", "kafka")
    wait_for("the broker", lambda: details()["broker_connected"], 60)
    time.sleep(2)
    stack.compose("stop", "trades")
    wait_for("an end", lambda: stack.status("producer")["state"] == "connecting", 30)
    wait_for("nothing left", lambda: not details()["pending"], 60)
    events = [json.loads(record.value) for record in stack.records()]
    ids = [it["event_id"] for it in events if it["event_id"].startswith(details()["run_id"])]
    assert [int(it.partition("-")[2]) for it in ids] == list(range(len(ids)))
    missing = 0
    for symbol in SYMBOLS:
        numbers = [round(it["price"] * 1e6) for it in events[first:] if it.get("symbol") == symbol]
        steps = [(after - one) % NUMBERS for one, after in pairwise(numbers)]
        assert min(steps) == 1
        missing += sum(step - 1 for step in steps)
    assert missing == details()["dropped_quotes"] - before["dropped_quotes"]
    assert details()["gaps"] == before["gaps"]


def a_closed_exchange() -> str:
    """Name an exchange whose session is over for hours: New York's or Tokyo's."""
    return "XTKS" if 7 <= datetime.now(UTC).hour < 23 else "XNYS"


@pytest.mark.long
def test_a_silent_provider_outside_the_exchanges_hours_is_a_closed_market(
    new_stack, browser, artefacts
):
    stack = with_trades(
        new_stack,
        "closed",
        FEED="finnhub",
        FINNHUB_URL="ws://trades:8080/finnhub",
        FINNHUB_API_KEY=KEY,
        FINNHUB_EXCHANGE=a_closed_exchange(),
        SYMBOLS="IBM,AAPL",
    )
    wait_for("windows", stack.rows, 60)
    stack.set(TRADES_PER_SECOND="0")
    stack.compose("up", "--detach", "trades")
    wait_for(
        "the state", lambda: stack.status("producer")["state"] == "market_closed", 150, every_s=1
    )
    words = ("Market closed", "No new window for")
    see(browser, stack.page_url, *words, picture=artefacts / "page-market-closed.png")
    assert stack.restarts()["producer"] == 0
    stack.close()
