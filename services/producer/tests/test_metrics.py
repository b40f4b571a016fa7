import asyncio
import socket
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from contracts.metrics import Seen, registry
from contracts.settings import SettingError
from contracts.status import Budget, ProducerDetails, SymbolStatus
from producer.metrics import DEFINITIONS
from producer.metrics_page import serving

README = Path(__file__).parent.parent / "README.md"


@pytest.fixture
def metrics():
    details = ProducerDetails(
        feed="alpha-vantage",
        run_id="a1",
        topic="t",
        published=12,
        heartbeats=3,
        pending=4,
        broker_connected=True,
        outcomes={"quote": 5},
        budget=Budget(
            daily_calls=25, used=20, remaining=5, next_call_at="2026-01-02T15:05:05.000000Z"
        ),
        symbols={
            "IBM": SymbolStatus(
                price=290.5, event_time="2026-01-02T15:04:03.500000Z", age_s=1.5, count=12
            ),
            "AAPL": SymbolStatus(),
        },
    )
    return registry(DEFINITIONS, lambda: Seen("live", details))


def test_the_metrics_say_what_the_status_file_says(metrics):
    value = metrics.get_sample_value
    assert value("producer_info", {"feed": "alpha-vantage", "topic": "t", "run_id": "a1"}) == 1
    assert value("producer_state", {"state": "live"}) == 1
    assert value("producer_state", {"state": "failed"}) == 0
    assert value("producer_quotes_total") == 12
    assert value("producer_heartbeats_total") == 3
    assert value("producer_pending_records") == 4
    assert value("producer_broker_connected") == 1
    assert value("producer_outcomes_total", {"outcome": "quote"}) == 5
    assert value("producer_symbol_quotes_total", {"symbol": "IBM"}) == 12
    assert value("producer_symbol_price", {"symbol": "IBM"}) == 290.5
    assert value("producer_symbol_age_seconds", {"symbol": "IBM"}) == 1.5
    assert value("producer_symbol_event_time_seconds", {"symbol": "IBM"}) == 1767366243.5
    assert value("producer_symbol_price", {"symbol": "AAPL"}) is None
    assert value("producer_budget_calls") == 25
    assert value("producer_budget_remaining_calls") == 5
    assert value("producer_budget_next_call_time_seconds") == 1767366305


def test_the_readme_lists_every_metric_and_no_other():
    rows = [
        f"| `{it.name}` | {it.kind} | {', '.join(f'`{label}`' for label in it.labels)} "
        f"| {it.unit} | {it.meaning} |"
        for it in DEFINITIONS
    ]
    table = [line for line in README.read_text().splitlines() if line.startswith("| `producer_")]
    assert table == rows


async def get(port):
    return await asyncio.to_thread(lambda: urlopen(f"http://127.0.0.1:{port}/metrics").read())


async def test_prometheus_finds_them_at_the_port(metrics, unused_tcp_port):
    async with serving(metrics, unused_tcp_port):
        content = await get(unused_tcp_port)
    assert content == generate_latest(metrics)
    names = {family.name for family in text_string_to_metric_families(content.decode())}
    assert names == {it.name.removesuffix("_total") for it in DEFINITIONS}


async def test_head_is_answered_as_get_without_the_body(metrics, unused_tcp_port):
    request = Request(f"http://127.0.0.1:{unused_tcp_port}/metrics", method="HEAD")
    async with serving(metrics, unused_tcp_port):
        answer = await asyncio.to_thread(urlopen, request)
    assert (answer.status, answer.read()) == (200, b"")
    assert answer.headers["Content-Length"] == str(len(generate_latest(metrics)))


async def test_without_a_port_nothing_is_served(metrics, monkeypatch):
    monkeypatch.setattr("producer.metrics_page.web.AppRunner", None)  # to call it would fail
    async with serving(metrics, None):
        pass


async def test_a_port_that_is_taken_is_named(metrics):
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SettingError, match=f"METRICS_PORT: got {port}, takes a port"):
            async with serving(metrics, port):
                pass
