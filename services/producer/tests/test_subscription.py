"""When connections are made, on a clock that jumps: over hours, whatever the provider does."""

import asyncio
import json
from contextlib import suppress
from datetime import UTC, datetime

import aiohttp
import pytest
from aiohttp import WSMessage, WSMsgType
from hypothesis import given, settings
from hypothesis import strategies as st
from virtual_time import run

from producer.feeds.sockets.binance import Binance
from producer.feeds.sockets.connection import Connection
from producer.feeds.sockets.finnhub import Finnhub
from producer.feeds.sockets.limiter import ConnectionLimiter
from producer.feeds.sockets.subscription import Subscription
from producer.feeds.sockets.timing import Timing

NOW = datetime(2026, 1, 2, 15, 4, 5, tzinfo=UTC)
SHUTDOWN = '{"stream": "!serverShutdown", "data": {"e": "serverShutdown", "E": 1770123456789}}'
CLOSED = WSMessage(WSMsgType.CLOSED, None, None)
HOUR_S = 3600.0


def trade(number):
    return json.dumps(
        {"e": "trade", "E": 1, "s": "BTCUSDT", "t": number, "p": "1", "q": "1", "T": 1}
    )


class Socket:
    """Gives messages, each after so many seconds, or an error for ever; is closed in the end."""

    close_code = 1001

    def __init__(self, messages):
        self.messages = list(messages)
        self.is_closed = False

    async def receive(self):
        if not self.messages:
            return CLOSED
        after_s, text = self.messages.pop(0)
        await asyncio.sleep(after_s)
        if isinstance(text, Exception):
            self.messages.append((0, text))
            raise text
        return WSMessage(WSMsgType.TEXT, text, None) if text else CLOSED

    async def send_str(self, _):
        pass

    async def close(self):
        self.is_closed = True

    def exception(self):
        return None


class Session:
    """Lets each connection do what the next of `acts` says, over and over; notes when they began.

    An act is what a socket gives, or a status and headers, or None for nobody there.
    """

    def __init__(self, *acts):
        self.acts = acts
        self.begun_s = []
        self.sockets = []

    async def ws_connect(self, url, **_):
        act = self.acts[len(self.begun_s) % len(self.acts)]
        self.begun_s.append(asyncio.get_running_loop().time())
        if act is None:
            raise aiohttp.ClientConnectionError
        if isinstance(act, tuple):
            status, headers = act
            info = aiohttp.RequestInfo(url, "GET", {}, url)
            raise aiohttp.WSServerHandshakeError(info, (), status=status, headers=headers)
        self.sockets.append(Socket(act))
        return self.sockets[-1]

    def begun_within(self, seconds):
        return sum(begun_s < seconds for begun_s in self.begun_s)


def hold(session, *, seconds=HOUR_S, subscriptions=1, provider=None):
    """Hold subscriptions for some time; gives what came, and why connections ended."""
    provider = provider or Binance("wss://x")
    came, lost, limiter, timing = [], [], ConnectionLimiter(), Timing()

    def connect():
        return Connection(
            provider, ("BTCUSDT",), session, receive=came.append, now=lambda: NOW, timing=timing
        )

    async def for_some_time():
        async with asyncio.timeout(seconds), asyncio.TaskGroup() as tasks:
            for _ in range(subscriptions):
                one = Subscription(
                    connect,
                    lost=lost.append,
                    limiter=limiter,
                    timing=timing,
                    overlaps=provider.overlaps,
                )
                tasks.create_task(one.run())

    with suppress(TimeoutError):
        run(for_some_time())
    return came, lost


def most_within_five_minutes(begun_s):
    return max(
        sum(first_s <= other_s < first_s + 300 for other_s in begun_s) for first_s in begun_s
    )


FOREVER = (10 * HOUR_S, None)
DELAYS = st.sampled_from([0, 0.001, 0.1, 1, 30, 59, 61, 90])
ACTS = st.one_of(
    st.none(),
    st.tuples(st.sampled_from([403, 418, 429, 500]), st.just({})),
    st.tuples(st.sampled_from([418, 429]), st.fixed_dictionaries({"Retry-After": st.just("7")})),
    st.lists(st.tuples(DELAYS, st.sampled_from([trade(1), SHUTDOWN, "no"])), max_size=4),
)


@settings(max_examples=25)
@given(acts=st.lists(ACTS, min_size=1, max_size=4), subscriptions=st.sampled_from([1, 3, 40, 400]))
def test_nothing_makes_more_than_300_connections_in_five_minutes(acts, subscriptions):
    session = Session(*acts)
    hold(session, subscriptions=subscriptions, seconds=1000)
    assert most_within_five_minutes(session.begun_s) <= 300


def test_what_is_over_the_limit_waits_until_the_first_is_five_minutes_ago():
    async def begin():
        limiter, loop = ConnectionLimiter(most=3, window_s=300), asyncio.get_running_loop()
        begun_s = []
        for pause_s in (0, 10, 10, 10, 10, 500, 0):
            await asyncio.sleep(pause_s)
            await limiter.wait()
            begun_s.append(loop.time())
        return begun_s

    assert run(begin()) == [0, 10, 20, 300, 310, 810, 810]


def test_a_shutdown_that_is_the_first_message_of_every_connection_is_waited_out_longer_each_time():
    session = Session([(0, SHUTDOWN), FOREVER])
    hold(session)
    waits_s = [b - a for a, b in zip(session.begun_s, session.begun_s[1:], strict=False)]
    bounds = [1, 2, 4, 8, 16, 32, *[60] * 200]
    assert all(most / 2 <= wait <= most for wait, most in zip(waits_s, bounds, strict=False))
    assert len(waits_s) < 130


def test_a_shutdown_of_every_connection_after_a_while_is_no_reason_to_wait():
    session = Session([(0, trade(1)), (61, SHUTDOWN), FOREVER])
    hold(session)
    assert session.begun_s[:4] == [0, 61, 122, 183]


def test_the_old_connection_is_read_until_the_next_one_brings_something():
    old = [(0, trade(1)), (61, SHUTDOWN), *[(10, trade(number)) for number in range(2, 100)]]
    new = [(25, trade(4)), FOREVER]
    session = Session(old, None, (503, {}), new)
    came, lost = hold(session, seconds=200)
    numbers = [message.trades[0].number for message in came if message.trades]
    assert numbers in ([1, 2, 3, 4, 4], [1, 2, 3, 4])  # by the jitter of two waits
    assert lost == ["no connection: ClientConnectionError", "the provider answers HTTP 503"]
    assert [socket.is_closed for socket in session.sockets] == [True, True]


def test_an_old_connection_that_is_cut_while_there_is_no_next_one_is_noted():
    old = [(0, trade(1)), (61, SHUTDOWN), (1, None)]
    came, lost = hold(Session(old, *[None] * 9), seconds=70)
    assert lost[0] == "no connection: ClientConnectionError"
    assert "the provider closed the connection (code 1001)" in lost
    assert [message.ending for message in came] == [False, True]


def test_a_connection_that_brings_nothing_for_two_minutes_is_replaced_and_none_is_lost():
    session = Session([FOREVER, FOREVER, FOREVER])
    _, lost = hold(session, seconds=600)
    assert session.begun_s == [0, 120, 240, 360, 480]
    assert [socket.is_closed for socket in session.sockets] == [True] * 5
    assert lost == []


def test_a_connection_on_which_the_network_times_out_is_made_anew():
    session = Session([(0, trade(1)), (70, TimeoutError(110, "Connection timed out"))])
    _, lost = hold(session, seconds=130)
    assert session.begun_s == [0, 70]
    assert lost == ["the connection broke: TimeoutError"]


def test_one_connection_under_a_key_is_cut_before_the_next_is_made():
    ping = '{"type":"ping"}'
    session = Session([(0, ping), (61, ping), (5, None)])
    hold(session, seconds=140, provider=Finnhub("wss://x", "KEY"))
    assert session.begun_s == [0, 66, 132]


def test_every_24_hours_the_next_connection_takes_over_five_minutes_before_the_cut():
    session = Session([(60, trade(number)) for number in range(2000)])
    _, lost = hold(session, seconds=48 * HOUR_S)
    assert session.begun_s == [0, 24 * HOUR_S - 300, 2 * (24 * HOUR_S - 300)]
    assert lost == []


@pytest.mark.parametrize("status", [418, 429, 503])
def test_no_connection_is_made_before_the_provider_asks_for_one(status):
    session = Session((status, {"Retry-After": "600"}))
    _, lost = hold(session, seconds=1900)
    assert [round(begun_s) for begun_s in session.begun_s] == [0, 600, 1200, 1800]
    assert lost[0] == f"the provider answers HTTP {status} and asks to wait 600 s"


def test_what_one_connection_is_told_of_waiting_holds_for_all():
    session = Session([(10, trade(1)), (10, None)], (429, {"Retry-After": "600"}), [FOREVER])
    hold(session, subscriptions=2, seconds=610)
    assert session.begun_s == [0, 0, 600, 600]


def test_a_firewall_is_waited_out_longer_each_time():
    session = Session((403, {}))
    _, lost = hold(session)
    assert session.begun_within(60) <= 10
    assert 60 <= len(session.begun_s) <= 130
    assert lost[0].startswith("the provider answers HTTP 403: a firewall or a proxy")
