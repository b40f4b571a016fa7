"""The service starts with settings that can be right, and ends when it is told."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from dashboard import __main__ as command
from dashboard.live_chart import PLOTLY
from dashboard.settings import DashboardSettings, settings


def run(*command, **environment):
    return subprocess.Popen(
        [sys.executable, *command],
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def told(monkeypatch, capsys):
    """Tell what the service says where it ends at once for these settings."""

    def told_(**environment):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()
        assert command.main() == 2
        out, err = capsys.readouterr()
        assert out == ""
        return err

    yield told_
    settings.cache_clear()


@pytest.mark.parametrize("value", ["high", "0", "-1", "nan", "inf"])
def test_a_setting_that_cannot_be_right_ends_it_with_one_line(told, value):
    assert told(SPIKE_THRESHOLD_PCT=value) == (
        f"SPIKE_THRESHOLD_PCT: got '{value}', takes a number of per cent over 0, at most 1000,"
        " such as 0.5\n"
    )


def test_the_process_ends_with_2_and_says_why():
    service = run("-m", "dashboard", SPIKE_THRESHOLD_PCT="high")
    out, err = service.communicate(timeout=30)
    assert service.returncode == 2
    assert out == ""
    assert err.startswith("SPIKE_THRESHOLD_PCT: got 'high'")
    assert err.count("\n") == 1


def test_a_setting_that_cannot_be_right_is_told_before_anything_large_is_loaded():
    script = "import sys; from dashboard.__main__ import main; main(); print(*sys.modules)"
    out, _ = run("-c", script, SPIKE_THRESHOLD_PCT="high").communicate(timeout=30)
    assert {"streamlit", "pandas", "plotly"}.isdisjoint(out.split())


@pytest.mark.parametrize(
    ("name", "value", "got"),
    [
        ("GATEWAY_URL", "gateway:8502", "'gateway:8502', takes an http(s) address"),
        ("GATEWAY_URL", "http://gateway:85020", "'http://gateway:85020', takes an http(s) address"),
        ("GATEWAY_TOKEN", "two words", "a value, takes the token that the gateway asks for"),
    ],
)
def test_a_gateway_that_cannot_be_right_ends_it_with_one_line(told, name, value, got):
    err = told(**{name: value})
    assert err.startswith(f"{name}: got {got}")
    assert err.count("\n") == 1
    assert value not in err or name == "GATEWAY_URL"


def test_the_keys_of_store_and_gateway_are_what_must_never_be_seen():
    given = {"s3_access_key": "name", "s3_secret_key": "of-the-store", "gateway_token": "a-token"}
    assert DashboardSettings(_env_file=None, **given).secrets == ["of-the-store", "a-token"]
    assert DashboardSettings(_env_file=None).secrets == []


def get(url):
    deadline = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return answer.read()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def test_it_serves_the_page_and_plotly_and_ends_with_0_when_it_is_told():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    service = run("-c", f"from dashboard.app import run; run({port})")
    try:
        assert get(f"http://127.0.0.1:{port}/_stcore/health") == b"ok"
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/export/csv", timeout=5)
        served = [get(f"http://127.0.0.1:{port}{path}")[:60].decode() for path in PLOTLY]
        versions = [re.search(r"plotly\.js .*?(v[\d.]+)", head)[1] for head in served]
        assert len(versions) == 2
        assert versions[0] == versions[1], "the small Plotly is of another version than the package"
    finally:
        service.send_signal(signal.SIGTERM)
        _, err = service.communicate(timeout=10)
    assert service.returncode == 0
    assert "Traceback" not in err
