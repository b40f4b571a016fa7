"""The feed against servers that answer as the providers do, and as they should not."""

import asyncio
import json
import socket as sockets
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import WSCloseCode, web
from waiting import until

from producer.errors import KeyRejectedError
from producer.feeds.sockets.binance import Binance
from producer.feeds.sockets.buffer import QuoteBuffer
from producer.feeds.sockets.feed import SocketFeed
from producer.feeds.sockets.finnhub import Finnhub
from producer.feeds.sockets.provider import Message, Trade
from producer.feeds.sockets.silence import QUIET_S, SILENT_S
from producer.feeds.sockets.timing import Timing
from producer.market import Exchange

FAST = Timing(connect=1, close=0.1, ping=5, silent=5, brief=0, first_wait=0.01, longest_wait=0.05)
KEY = "SECRET123"
SHUTDOWN = '{"e": "serverShutdown", "E": 1770123456789}'


def trade(number, symbol="BTCUSDT"):
    return json.dumps(
        {"e": "trade", "E": 1, "s": symbol, "t": number, "p": str(number), "q": "1", "T": 1000}
    )


class Server:
    """Lets each connection do what the next of `acts` says, the last one for all that follow."""

    def __init__(self, *acts):
        self.acts = list(acts)
        self.requests = []
        self.open = 0
        self.most_open = 0

    async def answer(self, request):
        self.requests.append(request)
        act = self.acts.pop(0) if len(self.acts) > 1 else self.acts[0]
        if isinstance(act, web.Response):
            return act
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            await act(request, socket)
        finally:
            self.open -= 1
        return socket


@asynccontextmanager
async def serving(server):
    app = web.Application()
    app.router.add_get("/{tail:.*}", server.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"ws://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"
    await runner.cleanup()


def saying(*texts, then=None):
    """Send texts, then stay, or do something else."""

    async def act(request, socket):
        for text in texts:
            await socket.send_str(text)
        if then:
            await then(request, socket)
        else:
            await socket.receive()

    return act


async def staying(_, socket):
    async for _ in socket:
        pass


async def closing(_, socket):
    await socket.close(code=WSCloseCode.GOING_AWAY)


async def resetting(request, _):
    request.transport.abort()


async def breaking_off_in_a_message(request, _):
    request.transport.write(b"\x81\x7e\x04\x00" + b'{"e": "tra')
    await asyncio.sleep(0.02)
    request.transport.abort()


async def sending_no_frame(request, _):
    request.transport.write(b"\xff\xff\xff\xff")
    await asyncio.sleep(0.1)


async def sending_bad_compression(request, _):
    request.transport.write(b"\xc1\x04\xde\xad\xbe\xef")
    await asyncio.sleep(0.1)


async def reads_until(holds, feed):
    """Read a feed until something holds."""

    async def read():
        async for _ in feed.blocks():
            pass

    reading = asyncio.create_task(read())
    try:
        await until(holds)
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


async def prices(feed, count):
    """Give the first prices that come."""
    found = []
    async with asyncio.timeout(30):
        async for block in feed.blocks():
            found += [quote.price for quote in block]
            if len(found) >= count:
                return found
    return found


def binance(url, time, symbols=("BTCUSDT",), **given):
    return SocketFeed(Binance(url), symbols, time.clock(), **({"timing": FAST} | given))


def finnhub(url, time, symbols=("IBM",), **given):
    return SocketFeed(Finnhub(url, KEY), symbols, time.clock(), **({"timing": FAST} | given))


async def test_trades_come_with_their_own_time(time):
    async with serving(Server(saying(trade(1)))) as url:
        feed = binance(url, time)
        (quote,) = await anext(feed.blocks())
    assert quote.event_time == datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)
    assert quote.ingest_time >= datetime(2026, 1, 2, tzinfo=UTC)
    assert (quote.symbol, quote.price, quote.volume, quote.source) == ("BTCUSDT", 1, 1, "binance")
    assert feed.status.state == "live"


@pytest.mark.parametrize(
    "end",
    [
        closing,
        resetting,
        breaking_off_in_a_message,
        sending_no_frame,
        sending_bad_compression,
    ],
)
async def test_a_connection_that_ends_is_made_anew_and_nothing_comes_twice(end, time):
    server = Server(saying(trade(1), trade(2), then=end), saying(trade(2), trade(3)))
    async with serving(server) as url:
        feed = binance(url, time)
        assert await prices(feed, 3) == [1, 2, 3]
    assert feed.status.outcomes == {"trades": 3, "repeats": 1}
    assert feed.status.reconnects == 1


@pytest.mark.parametrize("status", [429, 500, 503, 200])
async def test_what_is_no_connection_is_tried_again(status, time):
    refusal = web.Response(status=status, text="<html>", content_type="text/html")
    async with serving(Server(refusal, saying(trade(1)))) as url:
        feed = binance(url, time)
        assert await prices(feed, 1) == [1]
    assert feed.status.reconnects == 1


async def test_a_provider_that_is_not_there_is_waited_for(time):
    with sockets.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    feed = binance(f"ws://127.0.0.1:{port}", time)
    await reads_until(lambda: feed.status.reconnects > 1, feed)
    assert feed.status.state == "connecting"
    refused = f"no connection to 127.0.0.1: Connect call failed ('127.0.0.1', {port})"
    assert feed.status.last_error == refused


async def test_a_provider_that_does_not_answer_is_told(time):
    async def never(_):
        await asyncio.sleep(60)

    server = Server()
    server.answer = never
    async with serving(server) as url:
        feed = finnhub(url, time, timing=Timing(connect=0.05, first_wait=60))
        await reads_until(lambda: feed.status.last_error, feed)
    assert feed.status.last_error == "no connection: no answer within 0.05 s"


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_key_ends_it_and_is_not_shown(status, time):
    server = Server(web.Response(status=status))
    async with serving(server) as url:
        with pytest.raises(KeyRejectedError, match=f"refuses the key: HTTP {status}") as failure:
            await prices(finnhub(url, time), 1)
    assert KEY not in str(failure.value)
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [401, 403, 451])
async def test_where_there_is_no_key_a_refusal_is_waited_out(status, time):
    said = []

    class Said(SocketFeed):
        def connection_lost(self, why):
            super().connection_lost(why)
            said.append(why)

    refusals = [web.Response(status=status) for _ in range(2)]
    async with serving(Server(*refusals, saying(trade(1)))) as url:
        feed = Said(Binance(url), ("BTCUSDT",), time.clock(), timing=FAST)
        assert await prices(feed, 1) == [1]
    firewall = "a firewall or a proxy on the way refuses the connection"
    region = "or the provider does not serve this region"
    assert said == [f"the provider answers HTTP {status}: {firewall}, {region}"] * 2


async def test_a_region_that_is_not_served_is_no_refused_key(time):
    answer = saying('{"type":"trade","data":[{"s":"IBM","p":7,"v":0,"t":1}]}')
    async with serving(Server(web.Response(status=451), answer)) as url:
        assert await prices(finnhub(url, time), 1) == [7]


async def test_the_key_goes_to_no_other_address(time):
    asked = []

    async def elsewhere(request):
        asked.append(request.path)
        return web.Response(status=302, headers={"Location": f"{request.path}x"})

    server = Server()
    server.answer = elsewhere
    async with serving(server) as url:
        feed = finnhub(f"{url}/a", time, timing=Timing(first_wait=60))
        await reads_until(lambda: feed.status.last_error, feed)
    assert asked == ["/a"]
    assert feed.status.last_error == "the provider answers HTTP 302"


async def test_finnhub_is_asked_for_each_symbol_under_the_key(time):
    asked = []

    async def act(_, socket):
        asked.extend([json.loads((await socket.receive()).data) for _ in range(2)])
        await socket.send_str(
            json.dumps({"type": "trade", "data": [{"s": "IBM", "p": 7, "v": 0, "t": 1}]})
        )

    server = Server(act)
    async with serving(server) as url:
        assert await prices(finnhub(url, time, ("IBM", "AAPL")), 1) == [7]
    assert [message["symbol"] for message in asked] == ["IBM", "AAPL"]
    assert server.requests[0].query["token"] == KEY


async def test_the_next_connection_takes_over_before_one_is_shut_down(time):
    async def until_the_next(_, socket):
        await taken_over.wait()
        await socket.send_str(trade(3))
        await socket.receive()

    async def next_one(_, socket):
        await socket.send_str(trade(2))
        taken_over.set()
        await asyncio.sleep(0.05)
        await socket.send_str(trade(3))
        await socket.send_str(trade(4))
        await socket.receive()

    taken_over = asyncio.Event()
    server = Server(saying(trade(1), SHUTDOWN, then=until_the_next), next_one)
    async with serving(server) as url:
        feed = binance(url, time)
        assert await prices(feed, 4) == [1, 2, 3, 4]
    assert server.most_open == 2
    assert (feed.status.reconnects, feed.status.gaps) == (0, 0)


async def test_the_next_connection_takes_over_before_the_cut_after_24_hours(time):
    timing = Timing(**{**vars(FAST), "before_cut": 24 * 3600 - 0.05})
    server = Server(saying(trade(1)), saying(trade(2)))
    async with serving(server) as url:
        feed = binance(url, time, timing=timing)
        assert await prices(feed, 2) == [1, 2]
    assert feed.status.reconnects == 0


async def test_a_socket_that_brings_nothing_is_given_up(time):
    timing = Timing(**{**vars(FAST), "silent": 0.05})
    answer = '{"type":"trade","data":[{"s":"IBM","p":7,"v":0,"t":1}]}'
    async with serving(Server(saying(then=staying), saying(answer, then=staying))) as url:
        feed = finnhub(url, time, timing=timing)
        assert await prices(feed, 1) == [7]
    assert feed.status.reconnects


async def test_a_socket_that_brings_nothing_for_long_is_read_until_the_next_one_does(time):
    async def until_the_next(_, socket):
        await is_open.wait()
        await socket.send_str(trade(2))
        await socket.receive()

    async def next_one(_, socket):
        is_open.set()
        await socket.receive()

    is_open = asyncio.Event()
    timing = Timing(**{**vars(FAST), "silent": 0.5})
    server = Server(saying(trade(1), then=until_the_next), next_one)
    async with serving(server) as url:
        feed = binance(url, time, timing=timing)
        assert await prices(feed, 2) == [1, 2]
    assert (server.most_open, feed.status.reconnects, feed.status.gaps) == (2, 0, 0)


async def test_a_symbol_that_binance_does_not_know_is_shown_as_silent(time):
    timing = Timing(**{**vars(FAST), "silent": 0.05})
    server = Server(saying())
    async with serving(server) as url:
        feed = binance(url, time, timing=timing)
        await reads_until(lambda: len(server.requests) > 1, feed)
    time.pass_by(SILENT_S + 1)
    feed.check_silence()
    assert (feed.status.state, feed.status.silent) == ("silent", ("BTCUSDT",))


async def test_a_socket_with_nobody_at_the_other_end_is_given_up(time):
    async def deaf(request, _):
        request.transport.pause_reading()  # so that no ping is answered
        await asyncio.sleep(60)

    timing = Timing(**{**vars(FAST), "ping": 0.1})
    async with serving(Server(deaf, saying(trade(1)))) as url:
        feed = binance(url, time, timing=timing)
        assert await prices(feed, 1) == [1]
    assert feed.status.reconnects == 1


async def test_a_message_that_drips_in_is_one_message(time):
    async def dripping(request, socket):
        text = trade(1).encode()
        for byte in b"\x81" + bytes([len(text)]) + text:
            request.transport.write(bytes([byte]))
            await asyncio.sleep(0)
        await socket.receive()

    async with serving(Server(dripping)) as url:
        assert await prices(binance(url, time), 1) == [1]


async def test_what_is_no_message_is_counted_and_stops_nothing(time):
    async with serving(Server(saying("<html>", trade(1, "DOGEUSDT"), trade(1)))) as url:
        feed = binance(url, time)
        assert await prices(feed, 1) == [1]
    assert feed.status.outcomes == {"refused": 2, "trades": 1}


PAYLOADS = Path(__file__).parent / "payloads"


def payload(name):
    return (PAYLOADS / name).read_text().splitlines()


async def test_a_number_under_which_nothing_was_traded_is_no_gap(time):
    async with serving(Server(saying(*payload("binance/empty-trade-NA.jsonl")))) as url:
        feed = binance(url, time, ("XRPUSDT",))
        time.now = datetime(2025, 5, 2, 14, tzinfo=UTC)
        assert await prices(feed, 2) == [2.2, 2.21]
    assert feed.status.outcomes == {"trades": 2, "empty": 1}
    assert feed.status.gaps == 0


async def test_a_symbol_outside_ascii_is_asked_for_and_found(time):
    server = Server(saying(*payload("binance/non-ascii-symbol.json")))
    async with serving(server) as url:
        assert await prices(binance(url, time, ("币安人生USDT",)), 1) == [0.1]
    assert server.requests[0].query["streams"] == "币安人生usdt@trade"


async def test_of_a_message_of_finnhub_only_the_odd_trade_is_lost(time):
    server = Server(saying(*payload("finnhub/one-odd-trade-among-good.json")))
    async with serving(server) as url:
        feed = finnhub(url, time, ("AAPL", "IBM"))
        assert await prices(feed, 2) == [185.1, 185.2]
    assert feed.status.outcomes == {"refused": 1, "trades": 2}


async def test_trades_of_finnhub_off_the_market_are_counted(time):
    data = [{"s": "IBM", "p": p, "v": 9, "t": 1, "c": c} for p, c in ((7, ["16"]), (8, ["1"]))]
    async with serving(Server(saying(json.dumps({"type": "trade", "data": data})))) as url:
        feed = finnhub(url, time)
        assert await prices(feed, 1) == [8]
    assert feed.status.outcomes == {"off_market": 1, "trades": 1}


async def test_of_what_a_provider_says_only_the_beginning_is_kept(time):
    feed = finnhub("ws://127.0.0.1:1", time)
    feed.receive(Message(refused=["x" * 2_000_000]))
    assert feed.status.last_error == "x" * 500


async def test_symbols_of_other_markets_are_asked_for_and_found(time):
    asked = []

    async def act(_, socket):
        asked.extend([json.loads((await socket.receive()).data)["symbol"] for _ in range(2)])
        data = [{"s": symbol, "p": 7, "v": 1, "t": 1} for symbol in asked]
        await socket.send_str(json.dumps({"type": "trade", "data": data}))

    symbols = ("BINANCE:BTCUSDT", "OANDA:EUR_USD")
    async with serving(Server(act)) as url:
        assert await prices(finnhub(url, time, symbols), 2) == [7, 7]
    assert asked == ["BINANCE:BTCUSDT", "OANDA:EUR_USD"]


async def test_a_trade_of_the_far_future_is_refused_and_the_others_go_on(time):
    feed = finnhub("ws://127.0.0.1:1", time)
    far = Trade("IBM", 1.0, 1.0, datetime(9999, 12, 31, tzinfo=UTC))
    feed.receive(Message(trades=[far, Trade("IBM", 2.0, 1.0, time.now)]))
    assert [quote.price for quote in feed._buffer.take()] == [2.0]
    assert feed.status.outcomes == {"refused": 1, "trades": 1}


async def test_numbers_that_begin_anew_after_a_reconnect_are_new_trades(time):
    def later(number, time_ms):
        return json.dumps(json.loads(trade(number)) | {"T": time_ms})

    server = Server(
        saying(later(1000, 1000), later(1001, 1001), then=closing),
        saying(later(1, 2000), later(2, 2001)),
    )
    async with serving(server) as url:
        feed = binance(url, time)
        assert await prices(feed, 4) == [1000, 1001, 1, 2]
    assert (feed.status.outcomes, feed.status.gaps) == ({"trades": 4}, 0)


async def test_numbers_that_never_came_are_counted(time):
    async with serving(Server(saying(trade(1), trade(5)))) as url:
        feed = binance(url, time)
        assert await prices(feed, 2) == [1, 5]
    assert feed.status.outcomes == {"trades": 2}
    assert feed.status.gaps == 3


async def test_more_symbols_than_a_connection_takes_are_spread(time):
    class Narrow(Binance):
        most_streams = 2

    async def act(request, socket):
        for stream in request.query["streams"].split("/"):
            await socket.send_str(trade(1, stream.partition("@")[0].upper()))
        await socket.receive()

    server = Server(act)
    async with serving(server) as url:
        feed = SocketFeed(Narrow(url), ("A", "B", "C"), time.clock(), timing=FAST)
        assert len(await prices(feed, 3)) == 3
    assert sorted(it.query["streams"] for it in server.requests) == ["a@trade/b@trade", "c@trade"]


async def test_while_nobody_takes_them_the_oldest_are_dropped_and_counted(time):
    feed = binance("ws://127.0.0.1:1", time, buffer=QuoteBuffer(2))
    for number in (1, 2, 3):
        feed.receive(Message(trades=[Trade("BTCUSDT", number, 1, time.now, number)]))
    assert feed.status.outcomes == {"trades": 3}
    assert (feed.status.dropped_quotes, feed.status.gaps) == (1, 0)


async def test_trades_that_nobody_took_before_the_end_are_counted_as_dropped(time):
    async with serving(Server(saying(trade(1)))) as url:
        feed = binance(url, time)
        blocks = feed.blocks()
        assert [quote.price for quote in await anext(blocks)] == [1]
        trades = [Trade("BTCUSDT", number, 1, time.now, number) for number in (2, 3)]
        feed.receive(Message(trades=trades))
        await blocks.aclose()
    assert feed.status.dropped_quotes == 2


def trade_of(feed, time, symbol="IBM"):
    feed.receive(Message(trades=[Trade(symbol, 1.0, 1.0, time.now)]))


class Unasked:
    """An exchange whose hours are not to be asked for."""

    def is_open(self, now):
        raise AssertionError(now)


async def test_a_symbol_of_which_nothing_comes_is_shown_as_silent(time):
    feed = finnhub("ws://127.0.0.1:1", time, ("IBM", "NOSUCH"))
    trade_of(feed, time)
    time.pass_by(SILENT_S)
    trade_of(feed, time)
    time.pass_by(1)
    feed.check_silence()
    assert feed.status.silent == ("NOSUCH",)
    assert feed.status.state == "live"
    trade_of(feed, time, "NOSUCH")
    feed.check_silence()
    assert feed.status.silent == ()


@pytest.mark.parametrize(
    ("now", "state"),
    [
        (datetime(2026, 7, 2, 15, 0, tzinfo=UTC), "silent"),  # a Thursday, 11 in New York
        (datetime(2026, 7, 2, 21, 0, tzinfo=UTC), "market_closed"),  # after the close
        (datetime(2026, 7, 4, 15, 0, tzinfo=UTC), "market_closed"),  # a Saturday
        (datetime(2026, 7, 3, 15, 0, tzinfo=UTC), "market_closed"),  # Independence Day, observed
    ],
)
async def test_a_closed_market_is_told_from_a_broken_feed(time, now, state):
    feed = finnhub("ws://127.0.0.1:1", time, market=Exchange("XNYS"))
    trade_of(feed, time)
    time.now = now - timedelta(seconds=QUIET_S + 1)
    time.pass_by(QUIET_S + 1)
    feed.check_silence()
    assert feed.status.state == state


async def test_a_connection_that_is_lost_leaves_a_closed_market_closed_until_it_opens(time):
    feed = finnhub("ws://127.0.0.1:1", time, market=Exchange("XNYS"))
    time.now = datetime(2026, 7, 2, 13, 28, tzinfo=UTC)  # New York opens in two minutes
    feed.receive(Message())
    time.pass_by(QUIET_S + 1)
    feed.check_silence()
    feed.connection_lost("it broke")
    feed.check_silence()
    assert (feed.status.state, feed.status.last_error) == ("market_closed", "it broke")
    feed.receive(Message())
    feed.check_silence()
    assert (feed.status.state, feed.status.last_error) == ("market_closed", None)
    feed.connection_lost("it broke")
    time.pass_by(60)
    feed.check_silence()
    assert (feed.status.state, feed.status.last_error) == ("connecting", "it broke")


async def test_a_market_that_knows_no_hours_is_silent(time):
    feed = binance("ws://127.0.0.1:1", time)
    trade_of(feed, time, "BTCUSDT")
    time.pass_by(QUIET_S + 1)
    feed.check_silence()
    assert feed.status.state == "silent"


async def test_hours_in_which_the_market_was_closed_make_no_symbol_silent(time):
    time.now = datetime(2026, 7, 4, 15, 0, tzinfo=UTC)
    feed = finnhub("ws://127.0.0.1:1", time, market=Exchange("XNYS"))
    feed.receive(Message())
    time.pass_by(SILENT_S + 1)
    feed.check_silence()
    assert (feed.status.state, feed.status.silent) == ("market_closed", ())


@pytest.mark.parametrize(
    ("began", "silent"),
    [
        (datetime(2026, 7, 2, 15, 0, tzinfo=UTC), ("IBM",)),  # a Thursday, 11 in New York
        (datetime(2026, 7, 2, 21, 0, tzinfo=UTC), ()),  # after the close
        (datetime(2026, 7, 2, 13, 19, tzinfo=UTC), ()),  # opens before the last look
    ],
)
async def test_trades_outside_the_hours_make_no_other_symbol_silent(time, began, silent):
    time.now = began
    feed = finnhub("ws://127.0.0.1:1", time, ("IBM", "AAPL"), market=Exchange("XNYS"))
    for _ in range(30):  # a quarter of an hour
        time.pass_by(30)
        trade_of(feed, time, "AAPL")
        feed.check_silence()
    assert (feed.status.state, feed.status.silent) == ("live", silent)


async def test_that_the_exchange_is_closed_is_told_while_others_are_traded(time):
    time.now = datetime(2026, 7, 2, 19, 57, 50, tzinfo=UTC)  # New York closes in 130 seconds
    feed = finnhub("ws://127.0.0.1:1", time, ("IBM", "AAPL"), market=Exchange("XNYS"))
    told = []
    for at in (30, 60, 90, 120, 150, 180):
        time.pass_by(30)
        trade_of(feed, time, "AAPL")
        feed.check_silence()
        told.append((at, feed.status.state, feed.status.off_hours))
    assert told == [(it, "live", it > 130) for it in (30, 60, 90, 120, 150, 180)]
    time.now = datetime(2026, 7, 6, 13, 30, tzinfo=UTC)  # the next session, after a holiday
    feed.check_silence()
    assert not feed.status.off_hours


async def test_hours_are_not_asked_for_where_all_symbols_are_traded_each_minute(time):
    feed = finnhub("ws://127.0.0.1:1", time, market=Unasked())
    for _ in range(30):
        time.pass_by(30)
        trade_of(feed, time)
        feed.check_silence()
    assert not feed.status.off_hours


async def test_a_clock_that_is_set_moves_no_trade_and_makes_nothing_silent(time):
    feed = binance("ws://127.0.0.1:1", time)
    trade_of(feed, time, "BTCUSDT")
    time.now -= timedelta(hours=9)
    feed.receive(Message(trades=[Trade("BTCUSDT", 2.0, 1.0, datetime(2026, 1, 2, 15, tzinfo=UTC))]))
    time.now += timedelta(days=1)
    feed.check_silence()
    assert (feed.status.state, feed.status.silent) == ("live", ())
    assert feed._buffer.take()[-1].event_time == datetime(2026, 1, 2, 15, tzinfo=UTC)
