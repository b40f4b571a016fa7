"""What the gateway says of itself: the status file, its health, the metrics."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from make import BEGIN, trade
from prometheus_client import generate_latest

from contracts.clock import Clock
from contracts.metrics import registry
from gateway.alerts.alerting import Alerting, Places
from gateway.alerts.delivery.queue import Address
from gateway.alerts.making import notice
from gateway.alerts.moment import Queued
from gateway.following.lag import Lag, Waiting
from gateway.following.listener import ReadTo
from gateway.live.hub import Hub
from gateway.live.market import Market
from gateway.live.subscription import Subscription
from gateway.metrics import DEFINITIONS
from gateway.report import Report

README = (Path(__file__).parent.parent / "README.md").read_text()


class Topic:
    """A follower that is as far as a test says."""

    def __init__(self) -> None:
        self.lag = Lag()
        self.refused = 3
        self.catching_up = 7

    def answer(self, read: int = 10, end: int = 12) -> None:
        self.lag.begin({0: read}, {0: end}, BEGIN)
        self.lag.waits_for = None


class Time:
    def __init__(self) -> None:
        self.seconds = 0.0
        self.clock = Clock(
            now=lambda: BEGIN + timedelta(seconds=self.seconds), monotonic=lambda: self.seconds
        )


@pytest.fixture
def topic() -> Topic:
    return Topic()


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def hub() -> Hub:
    return Hub()


async def refuse(_: object) -> bool:
    return False


@pytest.fixture
def alerting(time: Time, tmp_path: Path) -> Alerting:
    """Give alerts of one rule, of which one waits for an address."""
    (tmp_path / "rules.toml").write_text('[[rule]]\nname = "r"\nkind = "price"\nover = 1\n')
    places = Places(tmp_path / "rules.toml", tmp_path, tmp_path)
    address = Address("a", "1 (JSON)", refuse)
    made = Alerting(places, [address], time.clock, all_read=lambda: True, waiting=lambda: None)
    made.queues[0].put(Queued(1, 0, notice("it waits", BEGIN, "1")))
    return made


@pytest.fixture
def report(topic: Any, time: Time, hub: Hub, alerting: Alerting, tmp_path: Path) -> Report:
    market = Market(timedelta(minutes=1), timedelta(seconds=5), back=timedelta(minutes=1))
    market.on_trades([trade(0), trade(1, symbol="AAPL")], {0: ReadTo(2, 1)})
    folder = tmp_path / "status"
    folder.mkdir()
    return Report({"raw": topic}, market, hub, alerting, status_folder=folder, clock=time.clock)


def written(folder: Path) -> Any:
    return json.loads((folder / "status" / "gateway.json").read_text())


def state(report: Report, folder: Path) -> Any:
    report.update()
    return written(folder)["state"]


def test_the_states_that_it_can_be_in(report: Report, topic: Topic, tmp_path: Path) -> None:
    assert state(report, tmp_path) == "connecting"
    topic.answer()
    assert state(report, tmp_path) == "following"
    topic.lag.seconds = 3.0
    assert state(report, tmp_path) == "catching_up"
    topic.lag.waits_for = "the broker: nobody there"
    assert state(report, tmp_path) == "waiting"
    assert written(tmp_path)["last_error"] == "waiting for the broker: nobody there"


def test_alerts_that_cannot_be_kept_are_an_error(
    report: Report, topic: Topic, alerting: Alerting, tmp_path: Path
) -> None:
    topic.answer()
    alerting.disk_error = "database or disk is full"
    assert state(report, tmp_path) == "following"
    assert written(tmp_path)["last_error"] == (
        "alerts cannot be stored, and wait: database or disk is full"
    )


def test_it_is_well_while_the_broker_has_answered_lately(
    report: Report, topic: Topic, time: Time
) -> None:
    report.update()
    assert not report.is_well
    topic.answer()
    report.update()
    assert report.is_well
    topic.lag.waits_for = "the broker: nobody there"
    for time.seconds in (10.0, 20.0, 29.0):
        report.update()
        assert report.is_well
    time.seconds = 31.0
    report.update()
    assert not report.is_well


def test_a_gateway_that_was_paused_has_not_waited_for_the_broker_meanwhile(
    report: Report, topic: Topic, time: Time
) -> None:
    topic.answer()
    report.update()
    topic.lag.waits_for = "the broker: it does not answer"  # the question was older than the pause
    time.seconds = 3600.0
    assert report.waiting == Waiting("the broker", 0)
    report.update()
    assert report.waiting == Waiting("the broker", 0)
    assert report.is_well
    time.seconds = 3602.0
    report.update()
    assert report.waiting == Waiting("the broker", 2)


def test_what_is_written(report: Report, topic: Topic, tmp_path: Path) -> None:
    topic.answer()
    report.update()
    details = written(tmp_path)["details"]
    assert details["topics"] == {
        "raw": {
            "read": 0, "refused": 3, "skipped": 0, "lag": 2, "lag_s": 0.0, "rules_lag": 7,
        }
    }  # fmt: skip
    assert (details["symbols"], details["readers"]) == (2, 0)


def test_a_disk_that_takes_nothing_is_said_once(
    report: Report, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "status").rmdir()
    report.update()
    report.update()
    assert capsys.readouterr().out.count("the status file cannot be written") == 1


def test_the_numbers_for_prometheus(report: Report, topic: Topic, hub: Hub) -> None:
    topic.answer()
    topic.lag.read_count, topic.lag.skipped, topic.lag.seconds = 4, 6, 1.5
    hub.add(Subscription(None, frozenset({"trade"})), None)
    hub.sent, hub.skipped, hub.missed = 8, 9, 10
    text = generate_latest(registry(DEFINITIONS, report.snapshot)).decode()
    assert [line for line in text.splitlines() if line[0] != "#"] == [
        'gateway_state{state="connecting"} 0.0',
        'gateway_state{state="following"} 1.0',
        'gateway_state{state="catching_up"} 0.0',
        'gateway_state{state="waiting"} 0.0',
        'gateway_state{state="failed"} 0.0',
        'gateway_state{state="stopped"} 0.0',
        'gateway_records_total{topic="raw"} 4.0',
        'gateway_refused_total{topic="raw"} 3.0',
        'gateway_skipped_total{topic="raw"} 6.0',
        "gateway_waiting_seconds 0.0",
        'gateway_lag_records{topic="raw"} 2.0',
        'gateway_lag_seconds{topic="raw"} 1.5',
        'gateway_rules_lag_records{topic="raw"} 7.0',
        "gateway_symbols 2.0",
        "gateway_readers 1.0",
        "gateway_messages_total 8.0",
        "gateway_rounds_skipped_total 9.0",
        "gateway_windows_missed_total 10.0",
        "gateway_rules 1.0",
        "gateway_rules_file_valid 1.0",
        "gateway_alerts_stored 1.0",
        'gateway_alerts_waiting{address="1 (JSON)"} 1.0',
    ]


def test_metrics_tell_what_is_wrong_with_broker_rules_and_disk(
    report: Report, topic: Topic, alerting: Alerting, time: Time
) -> None:
    topic.answer()
    report.update()
    topic.lag.waits_for = "the broker: nobody at 10.0.0.2"
    alerting.disk_error = "database or disk is full"
    alerting.book.error = "rules.toml, line 3: what"
    for time.seconds in (6.0, 12.5):
        report.update()
    read = registry(DEFINITIONS, report.snapshot).get_sample_value
    assert read("gateway_waiting_seconds") == 12.5
    assert read("gateway_rules_file_valid") == 0
    assert read("gateway_alerts_stored") == 0
    assert report.waiting == Waiting("the broker", 12.5)


def test_what_is_waited_for_counts_from_the_start_until_it_is_there(
    report: Report, topic: Topic, time: Time
) -> None:
    time.seconds = 3.0
    report.update()
    assert report.waiting == Waiting("the broker", 3)
    topic.lag.waits_for = "topic raw (the broker does not have it yet)"
    assert report.waiting == Waiting("topic raw (the broker does not have it yet)", 3)
    topic.answer()
    assert report.waiting is None


def test_the_readme_lists_every_metric() -> None:
    table = [line for line in README.splitlines() if line.startswith("| `gateway_")]
    assert table == [
        f"| `{it.name}` | {it.kind} | {', '.join(f'`{name}`' for name in it.labels)} | {it.unit}"
        f" | {it.meaning} |"
        for it in DEFINITIONS
    ]
