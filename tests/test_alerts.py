"""Alerts reach every receiver, despite kills of the gateway and failures of the receivers."""

import json
import re
import time
import urllib.request
from collections import defaultdict
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import gateway_reader as gateway
import pytest
import topic
from shown import contents
from stack import SHORT_WINDOWS
from topic import Message
from waiting import wait_for

SECRET = "s3cr3t5f3a9c"
ADDRESSES = ("receiver", "receiver/slow", "receiver/recovering", "late")
URLS = ",".join(
    f"json://{host}:8080/{SECRET}/{path or host}"
    for host, _, path in (it.partition("/") for it in ADDRESSES)
)
RULES = """
[[rule]]
name = "over 100"
kind = "price"
over = 100
symbols = ["UP*"]
cooldown = "1 millisecond"
hysteresis_pct = 0
max_per_hour = 1000
"""
ALERTS = 60
ALERTED = re.compile(r"over 100: (\S+) is at (\d+), over 100 \(Finnhub\)")
SYMBOLS = ("UP-A", "UP-B", "UP-C", "UP-D", "UP-E")


class Received(NamedTuple):
    """A message as a receiver took it: its first line, and the alert's id."""

    text: str
    alert_id: str


@pytest.fixture(scope="module")
def stack(new_stack):
    stack = new_stack("alerts", ALERT_URLS=URLS, KAFKA_PARTITIONS="4")
    stack.environment["COMPOSE_FILE"] = "compose.yaml:tests/compose.alerts.yaml"
    write_rules(stack, RULES)
    stack.up("receiver", "gateway")
    return stack


def write_rules(stack, text):
    """Write the rules as an editor does: aside, then renamed."""
    path = stack.folder / "volumes" / "alerts" / "rules.toml"
    path.with_suffix(".new").write_text(text)
    path.with_suffix(".new").rename(path)


def quote(number, price, symbol="UP", source="finnhub"):
    """Make the record of a quote of now, and a millisecond after the one of the number before."""
    at = datetime.now(UTC) + timedelta(milliseconds=number)
    text = time_text(at)
    event = {
        "schema_version": 1, "kind": "quote", "event_id": f"alerts-{number}", "symbol": symbol,
        "price": price, "volume": 1, "event_time": text, "ingest_time": text, "source": source,
    }  # fmt: skip
    return Message(json.dumps(event).encode(), key=symbol.encode())


def time_text(moment):
    """Write a time as the contract has it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def received(stack, name):
    """Give what an address has taken, in order."""
    service = "late" if name == "late" else "receiver"
    if service not in stack.containers():
        return []
    lines = [json.loads(line) for line in stack.logs(service).splitlines() if line[:1] == "{"]
    return [
        Received(text, last.split()[-1])
        for it in lines
        if it["to"] == name and it["status"] == 200
        for text, last in [it["message"].split("\n")]
    ]


def first_of_each(messages):
    return list(dict.fromkeys(messages))


def published(stack):
    """Read the topic of alerts, each under its symbol, or under no key if it has none."""
    records = topic.read(stack.bootstrap, "market_alerts", len(stack.partitions()))
    found = [json.loads(it.value) for it in records]
    symbols = [it["symbol"] for it in found]
    assert [it.key for it in records] == [symbol and symbol.encode() for symbol in symbols]
    return found


def alerts(stack, query=""):
    """Ask the gateway for the newest alerts."""
    address = f"http://localhost:{stack.gateway_port}/v1/alerts{query}"
    with urllib.request.urlopen(address, timeout=10) as answer:
        return json.load(answer)["alerts"]


def logged(stack):
    """Give the lines of the gateway's log."""
    return [json.loads(line) for line in stack.logs("gateway").splitlines() if line[:1] == "{"]


def in_force(stack, *names):
    """Tell whether these rules were in force at some time."""
    return any(it.get("rules") == list(names) for it in logged(stack))


def all_at(stack, name):
    """Give what an address took, once that is all there is."""
    found = first_of_each(received(stack, name))
    return found if len(found) >= ALERTS else None


def up_and_down(number):
    """Make the two records of a symbol's way up: each alert is of another symbol than the last."""
    symbol = SYMBOLS[number % len(SYMBOLS)]
    return quote(2 * number, 99, symbol), quote(2 * number + 1, 101 + number, symbol)


def of_each_symbol(values):
    """Group values, each with its symbol before it; they keep their order."""
    found = {symbol: [] for symbol in SYMBOLS}
    for symbol, value in values:
        found[symbol].append(value)
    return found


# In the order of its partition, which is all that a topic promises.
VALUES = {symbol: list(range(101 + at, 101 + ALERTS, 5)) for at, symbol in enumerate(SYMBOLS)}


def test_killed_again_and_again_it_loses_none_and_keeps_their_order(stack):
    for begin in range(0, ALERTS, ALERTS // 6):
        stack.produce([it for at in range(begin, begin + ALERTS // 6) for it in up_and_down(at)])
        if begin % (ALERTS // 3):
            stack.kill("gateway")
    assert len({it.partition for it in stack.records()}) > 1
    for name in ("receiver", "slow", "recovering"):
        found = wait_for(f"all alerts at {name}", lambda name=name: all_at(stack, name), 120)
        said = [ALERTED.fullmatch(it.text).groups() for it in found]
        assert of_each_symbol((symbol, int(value)) for symbol, value in said) == VALUES, name
        assert len({it.alert_id for it in found}) == ALERTS, "a repeat has the same id"
    assert stack.restarts()["gateway"] == 3


def test_each_is_in_the_topic_too(stack):
    wait_for("all alerts in the topic", lambda: len(ids(published(stack))) >= ALERTS, 30)
    found = published(stack)
    by_id = defaultdict(set)
    for it in found:
        by_id[it["alert_id"]].add(json.dumps(it))
    assert len(by_id) == ALERTS
    assert all(len(written) == 1 for written in by_id.values())
    assert {(it["rule"], it["kind"], it["symbol"], it["made_up"]) for it in found} == {
        ("over 100", "price", symbol, False) for symbol in SYMBOLS
    }
    assert ids(found) == {it.alert_id for it in received(stack, "receiver")}


def ids(found):
    return {it["alert_id"] for it in found}


def test_an_address_that_was_away_gets_all_of_them_in_order_once_it_is_back(stack):
    assert received(stack, "late") == []
    stack.up("late")
    late = wait_for("all alerts at the late one", lambda: all_at(stack, "late"), 120)
    assert late == first_of_each(received(stack, "receiver"))


def test_they_are_asked_for_newest_first(stack):
    found = alerts(stack, "?limit=1000")
    newest_last = of_each_symbol((it["symbol"], it["value"]) for it in reversed(found))
    assert newest_last == VALUES
    assert alerts(stack, "?rule=another") == []
    of_one = alerts(stack, "?symbol=UP-A")
    assert [it["value"] for it in of_one] == VALUES["UP-A"][::-1]
    assert alerts(stack, f"?symbol=UP-A&from={of_one[9]['at']}") == of_one[:10]


def test_other_rules_are_in_force_at_once_whatever_their_name(stack):
    hostile = "<img src=x onerror=alert(1)> *b* `c` @everyone"
    write_rules(stack, RULES.replace("over 100", hostile))
    wait_for("the other rules", lambda: in_force(stack, hostile), 20)
    stack.produce([quote(0, 500, "UP-2"), quote(1, 500, "DOWN")])
    text = f"{hostile}: UP-2 is at 500, over 100 (Finnhub)"
    wait_for("it", lambda: text in [it.text for it in received(stack, "receiver")], 20)
    assert alerts(stack)[0]["text"] == text
    assert [it["text"] for it in logged(stack) if it.get("rule") == hostile] == [text]


def test_what_is_wrong_is_told_with_its_line_and_the_old_rules_stay(stack):
    write_rules(stack, RULES.replace("over = 100", "over = 'x'"))
    wait_for("what is wrong", lambda: any("why" in it for it in refused(stack)), 20)
    assert refused(stack)[-1]["why"].startswith("rules.toml, line 5, rule 'over 100': over: ")
    stack.produce([quote(0, 501, "UP-3")])
    wait_for("the old rules", lambda: alerts(stack)[0]["symbol"] == "UP-3", 20)


def refused(stack):
    return [it for it in logged(stack) if it["event"].startswith("the rules cannot be used")]


def test_prices_that_are_made_up_trigger_nothing_here(stack):
    made_up, after = quote(0, 600, "UP-4", "synthetic"), quote(1, 600, "UP-5")
    stack.produce([made_up, after._replace(key=made_up.key)])  # one partition keeps their order
    wait_for("the one after", lambda: alerts(stack)[0]["symbol"] == "UP-5", 20)
    assert alerts(stack, "?symbol=UP-4") == []


def test_a_final_window_triggers_and_what_has_a_text_for_a_source_does_not(stack):
    rule = '[[rule]]\nname = "spike"\nkind = "spike"\nmax_deviation_pct = 0.5\nmade_up = true\n'
    write_rules(stack, rule)
    wait_for("the rule", lambda: in_force(stack, "spike"), 20)
    end = datetime.now(UTC)
    window = {
        "schema_version": 1, "symbol": "IBM", "source": "binance",
        "window_start": time_text(end - timedelta(minutes=1)), "window_end": time_text(end),
        "avg_price": 100, "max_price": 101, "min_price": 99, "open_price": 100,
        "close_price": 100, "stddev_price": 1, "volume": 1, "event_count": 2,
        "max_deviation_pct": 1, "vwap": 100,
    }  # fmt: skip
    hostile = window | {"source": "Binance) buy at https://example.com @everyone"}
    records = [Message(json.dumps(it).encode()) for it in (hostile, window)]
    topic.produce(stack.bootstrap, "market_windows", records)
    [alert] = wait_for("the alert", lambda: alerts(stack, "?rule=spike"), 20)
    assert (alert["at"], alert["value"], alert["threshold"]) == (window["window_end"], 1, 0.5)


def test_a_test_is_sent_by_hand_and_what_is_not_taken_is_told(stack):
    run = ("run", "--rm", "--no-deps", "--no-TTY", "gateway", "test-alert")
    done = stack.compose(*run)
    assert done.stdout.splitlines() == [f"address {it} (JSON): sent" for it in (1, 2, 3, 4)]
    assert received(stack, "receiver")[-1].text == "alerts: a test, sent by hand"
    stack.compose("stop", "late")
    done = stack.compose(*run, check=False)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (1, "address 4 (JSON): not taken")


def test_a_very_slow_address_has_taken_it_and_a_closed_port_has_not(stack):
    closed, very_slow = (f"json://receiver:{port}/{SECRET}/very-slow" for port in (9, 8080))
    urls = ("-e", f"ALERT_URLS={closed},{very_slow}")
    run = ("run", "--rm", "--no-deps", "--no-TTY", *urls, "gateway", "test-alert")
    done = stack.compose(*run, check=False)
    assert done.stdout.splitlines() == [
        "address 1 (JSON): not taken", "address 2 (JSON): sent",
    ]  # fmt: skip
    assert len(received(stack, "very-slow")) == 1


def test_the_addresses_are_nowhere_but_in_the_gateway(stack):
    for service, container in stack.containers().items():
        holds = any(SECRET in line for line in container["Config"]["Env"])
        assert holds == (service == "gateway"), service
        assert SECRET not in stack.logs(service)
    kept = dict(contents(stack.data))
    assert any(path.name == "alerts.sqlite" for path in kept)
    assert not [path for path, content in kept.items() if SECRET.encode() in content]
    for path in ("/v1/pipeline", "/v1/alerts?limit=1000", "/metrics", "/docs/openapi.json"):
        status, body = gateway.get(stack.gateway_port, path)
        assert (status, SECRET.encode() in body) == (200, False), path


@pytest.mark.parametrize("is_running", [False, True])
def test_a_topic_made_anew_with_more_records_is_known_and_looked_at(stack, is_running):
    number, told_before = 800 + is_running, told_of_another_topic(stack)
    write_rules(stack, RULES.replace("over 100", f"rule {number}"))
    wait_for("the rule", lambda: in_force(stack, f"rule {number}"), 20)
    if not is_running:
        stack.compose("stop", "gateway")
    topic.make_anew(stack.bootstrap, stack.topic_name())
    others = (quote(at, 99, "UP-8") for at in range(1, 500 * (1 + is_running)))
    stack.produce([quote(0, number, "UP-7"), *others])
    if not is_running:
        stack.compose("up", "--wait", "--no-deps", "gateway")
    [alert] = wait_for("its alert", lambda: alerts(stack, f"?rule=rule%20{number}"), 60)
    assert (alert["symbol"], alert["value"]) == ("UP-7", number)
    wait_for("a notice", lambda: told_of_another_topic(stack) == told_before + 1, 20)


def told_of_another_topic(stack):
    return sum("another topic than before" in it["text"] for it in alerts(stack, "?rule=alerts"))


def pipeline_rule(name, state, **others):
    """Write a rule for a state of the pipeline."""
    keys = {"name": name, "kind": "pipeline", "state": state} | others
    return "\n".join(["[[rule]]", *(f'{key} = "{value}"' for key, value in keys.items()), ""])


def test_a_broker_that_is_away_is_told_meanwhile_and_in_the_topic_afterwards(stack):
    write_rules(stack, pipeline_rule("no broker", "broker_away", after="3 seconds"))
    wait_for("the rule", lambda: in_force(stack, "no broker"), 20)
    beginning = "no broker: the gateway has been waiting for the broker for "

    def told():
        return [it for it in received(stack, "receiver") if it.text.startswith(beginning)]

    stack.compose("stop", "kafka")
    [alert] = wait_for("the alert", told, 30)
    assert alerts(stack, "?rule=no%20broker")[0]["text"] == alert.text
    stack.up("kafka")
    wait_for("it in the topic", lambda: alert.alert_id in ids(published(stack)), 100)
    assert len(told()) == 1


def test_a_job_that_fails_is_told(stack):
    write_rules(stack, pipeline_rule("no job", "job_failed"))
    wait_for("the rule", lambda: in_force(stack, "no job"), 20)
    stack.set(TRIGGER_INTERVAL="often")
    stack.compose("up", "--detach", "--no-deps", "spark-job")
    text = "no job: the Spark job has failed: its log says why"
    wait_for("the alert", lambda: text in [it.text for it in received(stack, "receiver")], 60)
    stack.compose("rm", "--stop", "--force", "spark-job")
    stack.set(TRIGGER_INTERVAL="")


@contextmanager
def in_place_of_the_late_one(stack, *options, command=()):
    """Run another container under the name of the late receiver."""
    run = ("run", "--detach", "--no-deps", "--use-aliases", *options, "late", *command)
    container = stack.compose(*run).stdout.split()[-1]
    yield
    stack.shell("docker", "rm", "--force", container)


@pytest.mark.long
def test_an_address_that_is_away_then_refuses_then_fails_for_minutes_misses_none(stack):
    """And the gateway is killed while it is away, and while it fails."""
    write_rules(stack, RULES.replace("over 100", "for minutes"))
    wait_for("the rule", lambda: in_force(stack, "for minutes"), 20)
    stack.compose("stop", "late")
    values = iter(range(ALERTS))

    def trigger_for(seconds, *, is_killed=False):
        for _ in range(3):
            stack.produce([it for _ in range(ALERTS // 12) for it in up_and_down(next(values))])
            time.sleep(seconds / 3)
            if is_killed:
                stack.kill("gateway")
                is_killed = False

    def taken(name):
        return [it for it in received(stack, name) if it.text.startswith("for minutes: ")]

    trigger_for(150, is_killed=True)
    with in_place_of_the_late_one(stack, command=("sleep", "infinity")):  # its port is closed
        trigger_for(90)
    with in_place_of_the_late_one(stack, "--env", "STATUS=500"):
        trigger_for(90, is_killed=True)
    stack.up("late")
    trigger_for(3)
    first = wait_for(
        "all at the late one",
        lambda: len(found := first_of_each(taken("late"))) == ALERTS and found,
        150,
    )
    assert first == first_of_each(taken("receiver")), "in order, as at the one that was there"
    assert len({it.alert_id for it in first}) == ALERTS
    assert len(taken("late")) == ALERTS, "it was not killed while this one took them"


@pytest.mark.long
def test_rules_that_are_minutes_behind_miss_none_and_hold_up_no_live_price(stack, record_property):
    """They catch up beside live prices, with two million records that came meanwhile."""
    write_rules(stack, RULES.replace("over 100", "behind"))
    wait_for("the rule", lambda: in_force(stack, "behind"), 20)
    stack.compose("stop", "gateway")
    # Live prices begin a window and the skew back.
    short = {
        **SHORT_WINDOWS,
        "MAX_FUTURE_SKEW": "4 seconds",
    }
    stack.set(SYNTHETIC_EVENTS_PER_SECOND="20000", **short)
    stack.compose("up", "--wait", "--no-deps", "producer")
    for begin in range(0, ALERTS, ALERTS // 12):
        stack.produce([it for at in range(begin, begin + ALERTS // 12) for it in up_and_down(at)])
        time.sleep(10)
    caught_up, began = times_told(stack, "caught up"), time.monotonic()
    stack.compose("up", "--detach", "--no-deps", "gateway")
    wait_for("live prices", lambda: is_live(stack), 20)
    record_property("live prices are there, s after the start", time.monotonic() - began)
    assert times_told(stack, "caught up") == caught_up, "the rules are still behind"
    wait_for("the rules", lambda: times_told(stack, "caught up") == caught_up + 1, 300)
    record_property("the rules have caught up, s after the start", time.monotonic() - began)
    assert is_live(stack)
    stack.compose("stop", "producer")
    found = wait_for(
        "all alerts",
        lambda: len(all_ := alerts(stack, "?rule=behind&limit=1000")) >= ALERTS and all_,
        30,
    )
    assert of_each_symbol((it["symbol"], it["value"]) for it in reversed(found)) == VALUES
    assert len(ids(found)) == ALERTS


def is_live(stack):
    """Tell whether the newest made-up prices have just come."""
    try:
        symbols = gateway.get_json(stack.gateway_port, "/v1/symbols")["symbols"]
    except OSError:
        return False
    ages = [it["age_s"] for it in symbols if it["source"] == "synthetic"]
    return bool(ages) and max(ages) < 2


def times_told(stack, event):
    """Count what the gateway has logged of its reading of trades."""
    return sum(it["event"] == event and it.get("topic") == "trades" for it in logged(stack))


def test_it_stops_cleanly_although_an_address_is_away(stack):
    write_rules(stack, RULES.replace("over 100", "the last"))
    wait_for("the rule", lambda: in_force(stack, "the last"), 20)
    stack.produce([quote(0, 700, "UP-6")])
    wait_for("the alert", lambda: alerts(stack, "?symbol=UP-6"), 30)
    stack.compose("stop", "gateway")
    assert stack.container("gateway")["State"]["ExitCode"] == 0
