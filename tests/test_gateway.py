"""What the gateway serves agrees with the topic and the dataset of a running stack."""

import json
import os
import subprocess
import sys
import time
from collections import defaultdict
from datetime import UTC, datetime

import gateway_reader as gateway
import pytest
from events import read_event
from snippets import snippet, snippets
from stack import SHORT_WINDOWS
from test_market_windows import (  # noqa: F401 - asked of the stack of this module, too
    test_every_row_of_the_dataset_is_a_record_with_the_same_figures,
    test_the_debug_consumer_finds_them_valid,
    test_the_topics_are_made_as_the_contract_has_them,
)
from waiting import wait_for
from windows import Key, row_differences

SYMBOLS = ["AAPL", "AMZN", "IBM", "MSFT", "TSLA"]


@pytest.fixture(scope="module")
def stack(new_stack):
    stack = new_stack(
        "gateway",
        **SHORT_WINDOWS,
        KAFKA_PARTITIONS="2",
        SYNTHETIC_EVENTS_PER_SECOND="50",
        SYNTHETIC_SEED="7",
    )
    stack.up()
    wait_for("windows of some times", lambda: len(stack.rows()) > 30, 90)
    return stack


def test_each_symbol_has_its_last_trade(stack):
    found = gateway.get_json(stack.gateway_port, "/v1/symbols")["symbols"]
    assert [it["symbol"] for it in found] == SYMBOLS
    for it in found:
        assert (it["source"], it["made_up"]) == ("synthetic", True)
        assert it["price"] > 0
        assert -1 < it["age_s"] < 30


def test_windows_are_those_of_the_dataset(stack):
    path = "/v1/windows?limit=10&to=" + datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    found = gateway.windows(stack.gateway_port, path)
    rows = {
        (row["symbol"], row["source"], row["window_start"], row["window_end"]): row
        for row in stack.rows()
    }
    assert len(found) > 20
    assert len({gateway.key_of(row) for row in found}) == len(found)
    for row in found:
        expected = rows[gateway.key_of(row)]
        assert {name: row[name] for name in row if not name.startswith("window_")} == {
            name: expected[name] for name in row if not name.startswith("window_")
        }


def test_an_open_window_is_what_the_records_up_to_its_offsets_give(stack):
    check_open_windows(stack)


def check_open_windows(stack):
    with gateway.stream(stack.gateway_port, "?kinds=open,candle") as messages:
        opens = gateway.for_seconds(messages, 5)
    records = stack.records()
    events = [(it.partition, it.offset, read_event(it)) for it in records]
    quotes = defaultdict(list)
    for partition, offset, event in events:
        if event is not None and event.symbol:
            quotes[event.symbol, event.source].append((partition, offset, event))
    assert {it["symbol"] for it in opens} == set(SYMBOLS)
    assert {it["kind"] for it in opens} == {"open", "candle"}
    assert len({(it["symbol"], it["window_start"]) for it in opens}) >= 2 * len(SYMBOLS)
    for it in opens:
        start_us, end_us = gateway.micros(it["window_start"]), gateway.micros(it["window_end"])
        assert (it["provisional"], it["made_up"]) == (True, True)
        step_us = 2_000_000 if it["kind"] == "open" else 6_000_000
        assert (end_us - start_us, end_us % step_us) == (6_000_000, 0)
        reached_us = max(
            event.time_us
            for partition, offset, event in events
            if event is not None and offset < it["offsets"].get(str(partition), 0)
        )
        assert end_us - step_us <= reached_us < end_us
        inside = [
            event
            for partition, offset, event in quotes[it["symbol"], it["source"]]
            if offset < it["offsets"].get(str(partition), 0) and start_us <= event.time_us < end_us
        ]
        key = Key(it["symbol"], it["source"], start_us, end_us)
        assert row_differences(key, inside, it) == []


def test_a_symbol_is_sent_at_most_four_times_a_second(stack):
    with gateway.stream(stack.gateway_port, "?kinds=trade&symbols=IBM") as messages:
        began = time.monotonic()
        found = gateway.for_seconds(messages, 4)
        passed_s = time.monotonic() - began
    assert {it["symbol"] for it in found} == {"IBM"}
    assert 4 <= len(found) <= 4 * passed_s + 2


@pytest.fixture(scope="module")
def seen_before_a_kill(stack):
    """Give the windows that a reader had before the gateway was killed, once it is back."""
    seen = []
    with gateway.stream(stack.gateway_port, "?kinds=window") as messages:
        for message in messages:
            seen.append(message)
            if len({it["window_start"] for it in seen}) > 3:
                break
    stack.kill("gateway")
    wait_for("windows meanwhile", lambda: _starts_after(stack, seen[-1]) > 3, 90)
    wait_for("the gateway is back", lambda: stack.health().get("gateway") == "healthy", 90)
    return seen


@pytest.mark.usefixtures("seen_before_a_kill")
def test_after_a_kill_an_open_window_is_what_the_records_give_too(stack):
    check_open_windows(stack)


def test_a_reader_that_comes_back_gets_all_final_windows_it_missed_after_a_kill_too(
    stack, seen_before_a_kill
):
    seen = list(seen_before_a_kill)
    # What came first may be half a batch.
    since_us = gateway.micros(seen[0]["window_start"]) + 4_000_000
    until = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    with gateway.stream(stack.gateway_port, "?kinds=window", seen[-1]["id"]) as messages:
        past = set()  # the windows of a symbol are in order, those of two partitions are not
        for message in messages:
            seen.append(message)
            if message["window_start"] > until:
                past.add(message["symbol"])
            if past == set(SYMBOLS):
                break
    keys = {gateway.key_of(message) for message in seen}
    missed = [
        row
        for row in stack.rows()
        if since_us <= row["window_start"] < gateway.micros(until)
        and (row["symbol"], row["source"], row["window_start"], row["window_end"]) not in keys
    ]
    assert missed == []


def _starts_after(stack, message):
    after_us = gateway.micros(message["window_start"])
    return len({row["window_start"] for row in stack.rows() if row["window_start"] > after_us})


def test_the_documentation_and_a_websocket_in_a_browser_without_anything_from_elsewhere(
    stack, browser
):
    page = browser.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"http://localhost:{stack.gateway_port}/docs")
    page.get_by_text("/v1/windows").first.wait_for()
    assert {it.split("/")[2] for it in asked if it.startswith("http")} == {
        f"localhost:{stack.gateway_port}"
    }
    found = page.evaluate(
        """() => new Promise((done, failed) => {
            const found = [], socket = new WebSocket(
                `ws://${location.host}/v1/stream?kinds=trade,open&symbols=IBM`)
            socket.onerror = failed
            socket.onmessage = (it) => {
                found.push(JSON.parse(it.data))
                if (found.length == 4) { socket.close(); done(found) }
            }
        })"""
    )
    assert {it["kind"] for it in found} == {"trade", "open"}
    refused = browser.new_page()
    refused.goto(stack.page_url)
    # A page of another origin: its browser opens sockets anywhere, and the gateway refuses.
    assert refused.evaluate(
        f"""() => new Promise((done) => {{
            const socket = new WebSocket("ws://localhost:{stack.gateway_port}/v1/stream")
            socket.onopen = () => done(false)
            socket.onerror = () => done(true)
        }})"""
    )
    page.close()
    refused.close()


def test_the_states_of_the_services_are_told(stack):
    def following():
        found = gateway.get_json(stack.gateway_port, "/v1/pipeline")["services"]
        services = {it["service"]: it for it in found}
        return services["gateway"]["state"] == "following" and services

    # It was killed before, and catches up first.
    services = wait_for("a gateway that follows", following, 30)
    assert {"producer", "spark-job", "gateway"} <= set(services)
    details = services["gateway"]["details"]
    assert set(details["topics"]) == {"raw_api_events", "market_windows"}
    assert details["topics"]["raw_api_events"]["lag_s"] < 10
    _, metrics = gateway.get(stack.gateway_port, "/metrics")
    assert b'gateway_records_total{topic="market_windows"}' in metrics


@pytest.mark.parametrize("name", ["README.md", "services/gateway/README.md"])
def test_the_examples_of_the_documents_run(stack, name):
    here = f"localhost:{stack.gateway_port}"
    shown = [
        (it.language, it.text.replace("localhost:8502", here))
        for it in snippets(name)
        if it.text.startswith(("curl ", "import urllib.request"))
    ]
    assert [language for language, _ in shown] == ["sh", "sh", "sh", "python"]
    for language, text in shown:
        run = [sys.executable, "-u", "-c"] if language == "python" else ["bash", "-c"]
        command = ["timeout", "30", *run, text]  # the stream goes on
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            found = any("IBM" in line for line in process.stdout)
            process.terminate()
        assert found, text


@pytest.mark.long
def test_it_runs_on_the_checkout_s_sources_in_a_terminal(stack):
    stop = snippet("CONTRIBUTING.md", "docker compose stop")
    run = snippet("CONTRIBUTING.md", "COMPOSE_FILE=compose.yaml:compose.dev.yaml")
    start = snippet("CONTRIBUTING.md", "docker compose start")
    stack.shell("bash", "-c", stop)
    with subprocess.Popen(
        ["bash", "-c", run],
        cwd=stack.folder,
        env=dict(os.environ) | stack.environment,
    ) as running:
        try:
            wait_for("the gateway on its port", lambda: answers(stack), 60)
        finally:
            here = f"label=com.docker.compose.project={stack.project}"
            of_a_run = ("--filter", here, "--filter", "label=com.docker.compose.oneoff=True")
            stack.shell(
                "docker", "stop", *stack.shell("docker", "ps", "-q", *of_a_run).stdout.split()
            )
            running.wait(30)
    stack.shell("bash", "-c", start)
    wait_for("the gateway of before", lambda: answers(stack), 30)


def answers(stack):
    try:
        return gateway.get(stack.gateway_port, "/health")[0] == 200
    except OSError:
        return False


def test_it_ends_within_five_seconds_with_readers_and_asks_for_a_token_once_one_is_set(stack):
    with gateway.stream(stack.gateway_port) as messages:
        next(messages)
        began = time.monotonic()
        stack.compose("stop", "gateway")
        assert time.monotonic() - began < 5 + 2  # what Docker itself takes
        list(messages)  # it ends
    assert stack.container("gateway")["State"]["ExitCode"] == 0
    assert stack.status("gateway")["state"] == "stopped"
    stack.set(GATEWAY_TOKEN="s3cret-of-mine")
    stack.up("gateway")
    status, body = gateway.get(stack.gateway_port, "/v1/symbols")
    assert (status, json.loads(body)["title"]) == (401, "Unauthorized")
    assert gateway.get(stack.gateway_port, "/health")[0] == 200
    assert gateway.get(stack.gateway_port, "/v1/symbols", "s3cret-of-mine")[0] == 200
    assert "s3cret" not in stack.logs("gateway")
