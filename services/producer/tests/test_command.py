"""The process as the container runs it, with no broker there."""

import os
import signal
import subprocess
import sys

import pytest


@pytest.fixture
def start(tmp_path):
    started = []

    def start(**variables):
        process = subprocess.Popen(
            [sys.executable, "-m", "producer"],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9", **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_at_once_with_0_while_it_waits_for_the_broker(start, number):
    process = start(FEED="synthetic")
    assert any("takes no records" in line for line in process.stdout)
    process.send_signal(number)
    out, error = process.communicate(timeout=5)
    assert process.returncode == 0
    assert "producer stopped" in out
    assert error == ""


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        (
            {"FEED": "iex"},
            "FEED: got 'iex', takes auto, alpha-vantage, finnhub, binance, synthetic",
        ),
        ({"FEED": "finnhub"}, "FINNHUB_API_KEY: got nothing, FEED=finnhub takes a key"),
        ({"FEED": "replay", "REPLAY_FILE": "no.csv"}, "REPLAY_FILE: got '/replay/no.csv', takes"),
    ],
)
def test_what_cannot_be_right_ends_it_with_2_and_one_line(start, variables, expected):
    process = start(**variables)
    _, error = process.communicate(timeout=20)
    assert process.returncode == 2
    assert error.startswith(expected)
    assert error.count("\n") == 1
