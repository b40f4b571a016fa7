"""The command as a person types it; no broker is in reach here."""

import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from debug_consumer.__main__ import NAME, main


@pytest.fixture
def closed_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture
def silent_port():
    """A port where somebody listens and never says a word."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def start(*args: str, **env: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "debug_consumer", *args],
        env=os.environ | env, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def run(*args: str, **env: str) -> tuple[int, str, str]:
    process = start(*args, **env)
    out, err = process.communicate(timeout=30)
    return process.returncode, out, err


@pytest.mark.parametrize(
    ("args", "env", "said"),
    [
        (["--max-events", "0"], {}, "--max-events"),
        (["--max-events", "many"], {}, "--max-events"),
        (["--max-events"], {}, "--max-events"),
        (["--timeout", "0"], {}, "--timeout"),
        (["--timeout", "nan"], {}, "--timeout"),
        (["--timeout", "soon"], {}, "--timeout"),
        (["--topic", "no such topic"], {}, "--topic"),
        (["--topic", ""], {}, "--topic"),
        (["--format", "xml"], {}, "--format"),
        (["--no-such-option"], {}, "--no-such-option"),
        (["unexpected"], {}, "unexpected"),
        ([], {"KAFKA_BOOTSTRAP_SERVERS": "nowhere"}, "KAFKA_BOOTSTRAP_SERVERS: got 'nowhere'"),
        ([], {"KAFKA_TOPIC": "a b"}, "KAFKA_TOPIC: got 'a b'"),
        ([], {"MAX_FUTURE_SKEW": "60"}, "MAX_FUTURE_SKEW: got '60', takes a number and a unit"),
    ],
)
def test_wrong_use_is_told_in_one_line_with_exit_code_2(
    args, env, said, monkeypatch, capsys
) -> None:
    monkeypatch.setattr(sys, "argv", [NAME, *args])
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    assert main() == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert said in err


def test_the_process_ends_with_that_code() -> None:
    code, out, err = run("--no-such-option")
    assert (code, out) == (2, "")
    assert err.startswith("debug-consumer: ")
    assert err.count("\n") == 1


def test_help_names_the_options_and_the_exit_codes() -> None:
    code, out, _ = run("--help")
    assert code == 0
    for name in (
        "--from-beginning",
        "--max-events",
        "--timeout",
        "--topic",
        "--format",
        "3 nothing",
    ):
        assert name in out


def test_a_broker_that_is_not_there_is_told_in_one_line_with_exit_code_4(closed_port) -> None:
    address = f"127.0.0.1:{closed_port}"
    assert run(KAFKA_BOOTSTRAP_SERVERS=address) == (
        4, "", f"debug-consumer: no broker answers at {address}\n",
    )  # fmt: skip


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_wait_for_a_silent_broker(silent_port, how) -> None:
    process = start(KAFKA_BOOTSTRAP_SERVERS=f"127.0.0.1:{silent_port}")
    # It is known to wait once it has connected.
    while f":{silent_port:04X}" not in _connections(process.pid):
        time.sleep(0.02)
    process.send_signal(how)
    out, err = process.communicate(timeout=8)
    assert (process.returncode, out) == (4, "")
    assert err == f"debug-consumer: no broker answers at 127.0.0.1:{silent_port}: stopped\n"


def _connections(pid: int) -> str:
    lines = open(f"/proc/{pid}/net/tcp").read().splitlines()[1:]  # noqa: PTH123, SIM115
    return "\n".join(line for line in lines if line.split()[3] == "01")
