"""The parts of the gateway are given what the settings say."""

from datetime import timedelta
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
