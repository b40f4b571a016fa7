import io
import json
import logging
import sys
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

import pytest
import structlog

from contracts.logs import Level, configure

SECRETS = ["hunter2", 'with"quote\\and/slash', "ключ é", "a b+c&d=e"]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def configured(
    monkeypatch: pytest.MonkeyPatch, out: io.StringIO, *secrets: str, level: Level = "info"
) -> io.StringIO:
    monkeypatch.setattr(sys, "stdout", out)
    configure("producer", level, secrets)
    return out


def test_lines_are_json_where_no_person_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    out = configured(monkeypatch, io.StringIO())
    structlog.get_logger().info("started", feed="synthetic")
    line = json.loads(out.getvalue())
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "started",
        "feed": "synthetic",
        "level": "info",
        "service": "producer",
    }


def test_lines_are_text_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    out = configured(monkeypatch, Terminal())
    structlog.get_logger().info("started", feed="synthetic")
    assert "started" in out.getvalue()
    assert "{" not in out.getvalue()


def test_the_standard_library_logs_in_the_same_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    out = configured(monkeypatch, io.StringIO())
    logging.getLogger("aiokafka").warning("no node %s", 1)
    line = json.loads(out.getvalue())
    assert (line["event"], line["level"], line["service"]) == ("no node 1", "warning", "producer")


def raised() -> ValueError:
    try:
        int("x")
    except ValueError as error:
        return error
    raise AssertionError


def test_an_exception_is_one_line_that_says_what_and_where(monkeypatch: pytest.MonkeyPatch) -> None:
    out = configured(monkeypatch, io.StringIO())
    structlog.get_logger().error("failed", exc_info=raised())
    logging.getLogger("asyncio").error("failed", exc_info=raised())
    line = raised.__code__.co_firstlineno + 2
    said = "invalid literal for int() with base 10: 'x'"
    shown = [json.loads(text)["exception"] for text in out.getvalue().splitlines()]
    assert shown == [f"ValueError: {said} (test_logs.py:{line} in raised)"] * 2


def test_an_exception_that_is_being_handled_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    out = configured(monkeypatch, Terminal())
    try:
        _ = {}["symbol"]
    except KeyError:
        structlog.get_logger().exception("failed")
    assert "KeyError: 'symbol' (test_logs.py:" in out.getvalue()
    assert "Traceback" not in out.getvalue()


def test_at_the_level_debug_the_trace_is_there_and_nothing_is_cut(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out = configured(monkeypatch, io.StringIO(), level="debug")
    structlog.get_logger().error("failed", exc_info=raised(), why="x" * 5000)
    line = json.loads(out.getvalue())
    assert line["exception"].startswith("Traceback (most recent call last):")
    assert line["why"] == "x" * 5000


def test_a_long_text_is_cut_and_its_length_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    out = configured(monkeypatch, io.StringIO())
    logging.getLogger("py.warnings").warning("x" * 30_000)
    assert json.loads(out.getvalue())["event"] == "x" * 2000 + "… (30000 characters)"


def test_a_cut_leaves_no_half_of_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    out = configured(monkeypatch, io.StringIO(), "hunter2")
    structlog.get_logger().error("x" * 1996 + "hunter2" + "y" * 100)
    assert "hunt" not in out.getvalue()


@pytest.mark.parametrize("out", [io.StringIO, Terminal])
@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_is_masked_wherever_it_would_appear(
    monkeypatch: pytest.MonkeyPatch, out: type[io.StringIO], secret: str
) -> None:
    shown = configured(monkeypatch, out(), *SECRETS)
    log = structlog.get_logger()
    said = f"calling with {secret}"
    log.info(said, key=secret, nested={"key": [secret]})
    log.info("calling", url=f"https://host/query?apikey={quote(secret)}&x={quote_plus(secret)}")
    logging.getLogger("aiohttp").warning("failed: %s", secret)
    log.error("failed", exc_info=ValueError(f"bad key {secret}"))
    text = shown.getvalue()
    for form in (secret, quote(secret), quote_plus(secret), json.dumps(secret)[1:-1], repr(secret)):
        assert form not in text
    assert text.count("***") >= 7


def test_no_secret_masks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    out = configured(monkeypatch, io.StringIO(), "")
    structlog.get_logger().info("started")
    assert "***" not in out.getvalue()
