"""The parts of the gateway are given what the settings say, and all of them end."""

import os
import subprocess
import sys
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path

import pytest

from contracts.clock import Clock
from gateway.alerts.alerting import Places
from gateway.app import App
from gateway.settings import GatewaySettings


def test_trades_are_read_from_a_window_and_the_skew_of_clocks_back(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    places = Places(tmp_path / "rules.toml", tmp_path, tmp_path)
    monkeypatch.setattr("gateway.app._ALERT_PLACES", places)
    settings = GatewaySettings(
        window_length=timedelta(minutes=2), max_future_skew=timedelta(seconds=30)
    )
    market = App(settings, Clock())._market
    assert market.start("trades", "id").otherwise == timedelta(minutes=2, seconds=30)


def test_it_ends_while_it_waits_for_an_object_store_that_does_not_answer(tmp_path: Path) -> None:
    command = [sys.executable, str(Path(__file__).with_name("silent.py")), str(tmp_path)]
    broker = {"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"}  # nobody listens there
    with subprocess.Popen(
        command, cwd=tmp_path, env=os.environ | broker, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            asking = HTTPConnection("127.0.0.1", int(process.stdout.readline()), timeout=30)
            asking.request("GET", "/v1/windows")
            assert "asked\n" in iter(process.stdout.readline, "")
            process.terminate()
            assert process.wait(30) == 0
        finally:
            process.kill()
    asking.close()
