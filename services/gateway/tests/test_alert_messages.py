"""Alerts go out by Apprise, and nothing tells where to."""

import asyncio
import json
import logging
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import takewhile
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Event, Thread
from types import SimpleNamespace

import pytest
from make import BEGIN

from contracts.settings import SettingError, load
from gateway.alerts.delivery.messenger import addresses
from gateway.alerts.delivery.send_test import send_test
from gateway.alerts.making import notice
from gateway.command import main
from gateway.settings import GatewaySettings

ALERT = notice("<b>IBM</b> & so on", BEGIN, "1")


class Receiver:
    """A webhook's other side: what it was sent, and what it answers."""

    def __init__(self) -> None:
        self.received: list[dict[str, str]] = []
        self.answer = 200
        self.refused_topic = ""
        self.location = ""
        self.answers_after_s = 0.0
        self.is_asked = Event()
        self.may_answer = Event()
        self.may_answer.set()


@contextmanager
def receiving() -> Iterator[tuple[str, Receiver]]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            message = json.loads(body)
            receiver.received.append(message)
            receiver.is_asked.set()
            time.sleep(receiver.answers_after_s)
            receiver.may_answer.wait(30)
            is_refused = message.get("topic") == receiver.refused_topic
            with suppress(ConnectionError):  # it has not waited
                self.send_response(500 if is_refused else receiver.answer)
                self.send_header("Location", receiver.location)
                self.end_headers()

        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.01,))  # how often it looks for the end
    thread.start()
    try:
        yield f"json://127.0.0.1:{server.server_port}/secret-path", receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


async def test_a_webhook_gets_the_text_as_it_is_with_time_and_id() -> None:
    with receiving() as (url, receiver):
        [address] = addresses(url)
        assert await address.send(ALERT)
    [message] = receiver.received
    assert message["title"] == "Market data alert"
    assert message["message"] == (
        f"<b>IBM</b> & so on\n2026-01-02T15:00:00.000000Z {ALERT.alert_id}"
    )


async def test_one_that_refuses_or_is_away_has_not_taken_it() -> None:
    with receiving() as (url, receiver):
        receiver.answer = 500
        [address] = addresses(url)
        assert not await address.send(ALERT)
    assert not await address.send(ALERT)


async def test_of_several_recipients_in_an_address_those_that_have_an_alert_get_it_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("apprise.NotifyBase.request_rate_per_sec", 0)
    with receiving() as (url, receiver):
        receiver.refused_topic = "bad"
        [address] = addresses(url.replace("json", "ntfy").replace("secret-path", "good/bad"))
        for alert in (ALERT, ALERT, notice("another", BEGIN, "2")):
            assert not await address.send(alert)
        receiver.refused_topic = ""
        assert await address.send(alert)
    assert Counter(it["topic"] for it in receiver.received) == {"good": 2, "bad": 4}


async def test_after_the_clock_was_set_back_no_alert_waits_for_as_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waited_s: list[float] = []
    monkeypatch.setattr("apprise.url.time", SimpleNamespace(sleep=waited_s.append))
    ahead = SimpleNamespace(now=lambda: datetime.now() + timedelta(hours=1))  # noqa: DTZ005
    with receiving() as (url, _):
        [address] = addresses(url.replace("json", "ntfy"))
        with monkeypatch.context() as before:
            before.setattr("apprise.url.datetime", ahead)
            assert await address.send(ALERT)
        assert await address.send(notice("another", BEGIN, "2"))
        assert waited_s == []
        assert await address.send(notice("a third", BEGIN, "3"))
    assert [0 < it < 6 for it in waited_s] == [True]  # as between any two


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_one_that_sends_elsewhere_has_not_taken_it(status: int) -> None:
    """There, what was to be sent is asked for mostly: a page such as one to log in is no answer."""
    with receiving() as (url, receiver):
        receiver.answer, receiver.location = status, "/login"
        refused, followed = addresses(f"{url}, {url}?redirect=yes")
        assert not await refused.send(ALERT)
        if status < 307:  # the others go round in a circle here
            assert await followed.send(ALERT)


async def test_a_slow_one_has_as_long_as_its_url_says_and_otherwise_our_own_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gateway.alerts.delivery.messenger.READ_TIMEOUT_S", 0.05)
    with receiving() as (url, receiver):
        receiver.may_answer.clear()
        ours, its_own = addresses(f"{url}, {url}?rto=20")
        assert not await ours.send(ALERT)
        receiver.may_answer.set()
        receiver.answers_after_s = 0.2
        assert await its_own.send(ALERT)


@contextmanager
def taking_mail(answers_after_s: float) -> Iterator[tuple[str, list[bytes]]]:
    """Be a mail server that takes its time to say that it has taken a mail."""
    mails: list[bytes] = []

    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            with suppress(ConnectionError):  # it has not waited
                self.wfile.write(b"220 here\r\n")
                for line in self.rfile:
                    if line.lower() == b"data\r\n":
                        self.wfile.write(b"354 go on\r\n")
                        mails.append(b"".join(takewhile(lambda it: it != b".\r\n", self.rfile)))
                        time.sleep(answers_after_s)
                    self.wfile.write(b"250 fine\r\n")

    server = ThreadingTCPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        port = server.server_address[1]
        yield f"mailto://127.0.0.1:{port}?mode=insecure&from=a@example.com&to=b@example.com", mails
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


async def test_a_slow_mail_server_has_as_long_as_any_other_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("apprise.plugins.email.base.NotifyEmail.socket_connect_timeout", 0.1)
    with taking_mail(answers_after_s=0.3) as (url, mails):
        [address] = addresses(url)
        assert await address.send(ALERT)
        assert len(mails) == 1
        assert ALERT.alert_id.encode() in mails[0]
        [its_own] = addresses(f"{url}&cto=0.1")
        assert not await its_own.send(ALERT)


async def test_one_that_never_ends_its_answer_has_not_taken_it_and_is_left_alone_till_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gateway.alerts.delivery.messenger.LONGEST_S", 0.1)
    with receiving() as (url, receiver):
        receiver.may_answer.clear()
        [address] = addresses(url)
        assert not await address.send(ALERT)
        assert not await address.send(ALERT)
        assert receiver.is_asked.wait(30)
        assert len(receiver.received) == 1
        monkeypatch.undo()
        receiver.may_answer.set()
        async with asyncio.timeout(30):
            while not await address.send(ALERT):  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.01)
        assert len(receiver.received) == 1  # what it answers late counts


def test_one_that_is_written_twice_is_one_address() -> None:
    found = addresses("json://one/x, json://two/x, json://one/x, json://three/x")
    assert [it.label for it in found] == ["1 (JSON)", "2 (JSON)", "4 (JSON)"]


def test_an_address_is_called_by_its_place_and_kind_and_by_nothing_of_it() -> None:
    written = (
        "json://secret-host/secret-path, slack://TokenAToken/TokenBToken/TokenCTokenTokenToken1/#it"
    )
    first, second = addresses(written)
    assert (first.label, second.label) == ("1 (JSON)", "2 (Slack)")
    assert first.id != second.id
    assert addresses(written)[0].id == first.id
    assert "secret" not in f"{first.id}{first.label}"


def test_separators_around_addresses_are_none() -> None:
    found = addresses(" ,json://h/secret;\n JSON://h/other, ,json://h/third ,")
    assert [it.label for it in found] == ["1 (JSON)", "2 (JSON)", "3 (JSON)"]
    assert found[2].id == addresses("json://h/third")[0].id


def test_no_address_at_all_is_fine() -> None:
    assert addresses("") == addresses(" ") == addresses(" ,\n") == []


@pytest.mark.parametrize(
    "written",
    ["secret", "secret://there", "json://h/x, slack://secret", "secret,json://h/x", "[]", "ä"],
)
def test_what_is_no_address_is_refused_without_repeating_it(written: str) -> None:
    with pytest.raises(SettingError, match=r"URLS: number [12] is no address, takes") as error:
        addresses(written)
    assert "secret" not in str(error.value)


def test_each_address_is_a_secret_and_no_word_behind_a_comma_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ALERT_URLS", "json://h/secret?to=it,at ,JSON://h/other\n")
    assert load(GatewaySettings).secrets == ["json://h/secret?to=it,at", "JSON://h/other"]


async def test_what_is_sent_is_in_no_log(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    with receiving() as (url, receiver):
        [address] = addresses(url)
        receiver.answer = 500
        await address.send(ALERT)
    await address.send(ALERT)
    assert "secret-path" not in caplog.text + "".join(capfd.readouterr())


async def test_a_test_says_of_each_address_what_came_of_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with receiving() as (url, receiver):
        assert await send_test(addresses(url), BEGIN) == 0
        receiver.answer = 500
        assert await send_test(addresses(f"{url}, json://127.0.0.1:9"), BEGIN) == 1
    assert receiver.received[0]["message"].startswith("alerts: a test, sent by hand\n")
    assert capsys.readouterr().out.splitlines() == [
        "address 1 (JSON): sent", "address 1 (JSON): not taken", "address 2 (JSON): not taken",
    ]  # fmt: skip


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the service's command with these settings and no others."""
    return subprocess.run(
        [sys.executable, "-m", "gateway", *arguments],
        capture_output=True,
        check=False,
        cwd="/",
        env={"PYTHONPATH": os.pathsep.join(sys.path)} | environment,
        text=True,
        timeout=120,
    )


def test_the_command_says_by_its_exit_code_what_came_of_it() -> None:
    with receiving() as (url, _), receiving() as (refusing, receiver), ThreadPoolExecutor() as pool:
        receiver.answer = 500
        given = [{"ALERT_URLS": url}, {"ALERT_URLS": refusing}, {}]
        sent, refused, nowhere = pool.map(lambda it: run("test-alert", **it), given)
    assert (sent.returncode, sent.stdout) == (0, "address 1 (JSON): sent\n")
    assert (refused.returncode, refused.stdout) == (1, "address 1 (JSON): not taken\n")
    assert nowhere.returncode == 2
    assert nowhere.stderr.startswith("ALERT_URLS: got nothing, takes addresses as Apprise")


def test_another_command_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["test-alerts"]) == 2
    assert capsys.readouterr() == ("", "takes test-alert, or nothing\n")
