"""The process as the container runs it, with no broker there."""

import os
import signal
import subprocess
import sys

import pytest

from contracts.status import read_producer
from producer import command


@pytest.fixture
def start(tmp_path):
    started = []

    def start(**variables):
        process = subprocess.Popen(
            [sys.executable, "-m", "producer"],
            cwd=tmp_path,
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
                "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9",
                **variables,
            },
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
    assert any("cannot publish" in line for line in process.stdout)
    process.send_signal(number)
    out, error = process.communicate(timeout=10)
    assert process.returncode == 0
    assert "producer stopped" in out
    assert error == ""


def test_what_cannot_be_right_ends_it_with_2_and_one_line(start):
    process = start(FEED="iex")
    _, error = process.communicate(timeout=20)
    assert process.returncode == 2
    assert error.startswith("FEED: got 'iex', takes auto, alpha-vantage, finnhub, binance")
    assert error.count("\n") == 1


@pytest.fixture
def status(tmp_path, monkeypatch):
    """Run the command in this process, give the status files that it leaves, by their names."""
    folder = tmp_path / "status"
    folder.mkdir()
    places = command._OUTPUTS.places._replace(status=folder)
    monkeypatch.setattr(command, "_OUTPUTS", command._OUTPUTS._replace(places=places))
    monkeypatch.chdir(tmp_path)

    def status(**variables):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        assert command.main() == 2
        return {path.name: read_producer(path.read_bytes()) for path in folder.glob("*")}

    return status


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
def test_what_cannot_be_right_is_told_in_one_line(status, capsys, variables, expected):
    status(**variables)
    error = capsys.readouterr().err
    assert error.startswith(expected)
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("variables", "file", "error"),
    [
        ({"FEED": "iex"}, "producer.json", "FEED: got 'iex', takes auto"),
        ({"FEED": "iex", "PRODUCER_NAME": "second"}, "second.json", "FEED: got 'iex'"),
        ({"PRODUCER_NAME": "../a b"}, "a-b.json", "PRODUCER_NAME: got '../a b', takes letters"),
        ({"PRODUCER_NAME": "gateway"}, "producer.json", "PRODUCER_NAME: got 'gateway', takes"),
        ({"PRODUCER_NAME": "ü"}, "producer.json", "PRODUCER_NAME: got 'ü', takes letters"),
        ({"FEED": "replay", "REPLAY_FILE": "no.csv"}, "producer.json", "REPLAY_FILE: got"),
    ],
)
def test_what_cannot_be_right_is_a_failure_in_the_status_file(status, variables, file, error):
    (found,) = status(**variables).items()
    assert found[0] == file
    assert (found[1].service, found[1].state) == (file.removesuffix(".json"), "failed")
    assert found[1].last_error.startswith(error)


def test_a_status_file_that_cannot_be_written_does_not_hide_what_cannot_be_right(
    status, tmp_path, capsys
):
    (tmp_path / "status").rmdir()
    assert status(FEED="iex") == {}
    assert capsys.readouterr().err.startswith("FEED: got 'iex', takes")
