"""From the gateway's stream to the open pages, with a gateway of the tests' own."""

import asyncio
import json
import re
import socket
import time
from contextlib import asynccontextmanager
from datetime import timedelta
from types import SimpleNamespace

import msgspec
import pytest
import uvicorn
from conftest import NOON, alert
from fake_gateway import FakeGateway
from starlette.applications import Starlette
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from contracts.times import from_ms
from dashboard.live import route
from dashboard.live.alert_stream import follow_alerts
from dashboard.live.hub import Hub, hub
from dashboard.live.messages import Asked, asked_of, head_of
from dashboard.live.pages import Page
from dashboard.live.upstream import Gateway, follow_candles, follow_prices

PAINTED = '"painted"'
IBM, AAPL = frozenset({"IBM"}), frozenset({"AAPL"})
ASKS_FOR_IBM = '{"symbols": ["IBM"], "candles": []}'


def trade(symbol="IBM", price=100.0, **others):
    return {"kind": "trade", "symbol": symbol, "source": "synthetic", "price": price} | others


def written(**message):
    return json.dumps(message)


def of(symbols):
    """Name symbols, and no candles."""
    return Asked(symbols=frozenset(symbols), candles=frozenset())


def put(page, **message):
    text = written(**message)
    page.put(head_of(text), text)


async def taken(page):
    await asyncio.wait_for(page.ready(), 30)
    return [json.loads(text) for text in page.take()]


async def until(page, kind):
    """Take messages until one of a kind is among them, and give the last of these."""
    while True:
        found = [it for it in await taken(page) if it["kind"] == kind]
        if found:
            return found[-1]


def test_of_a_slow_page_the_newest_price_waits_and_the_newest_windows():
    page = Page()
    page.symbols = IBM
    for at in range(1000):
        put(page, **trade(price=at))
        put(page, kind="window", symbol="IBM", id=str(at))
    found = asyncio.run(taken(page))
    assert [it["price"] for it in found if it["kind"] == "trade"] == [999]
    assert [it["id"] for it in found if it["kind"] == "window"] == [
        str(at) for at in range(800, 1000)
    ]


def test_windows_that_wait_push_out_nothing_else():
    page = Page()
    page.symbols = IBM
    page.say('{"kind":"live"}')
    put(page, **sent(number=1))
    page.tell('{"kind":"data","version":7}')
    for at in range(201):
        put(page, kind="window", symbol="IBM", id=str(at))
    found = asyncio.run(taken(page))
    assert [it["kind"] for it in found[:3]] == ["live", "alert", "data"]
    assert [it["id"] for it in found[3:]] == [str(at) for at in range(1, 201)]
    assert page.take() == []


def test_of_a_slow_page_as_many_alerts_wait_as_are_listed_and_the_newest_version():
    page = Page()
    for number in range(501):
        put(page, **sent(number=number))
        page.tell(written(kind="data", version=number))
    found = asyncio.run(taken(page))
    assert [int(it["alert_id"], 16) for it in found[:500]] == list(range(1, 501))
    assert found[500:] == [{"kind": "data", "version": 500}]


@pytest.mark.parametrize("said", [["live", "away", "live"], ["away", "live", "away"]])
def test_a_page_that_was_away_meanwhile_is_told_so_before_what_is_true_now(said):
    """It then forgets the prices that it has."""
    page = Page()
    for kind in said:
        page.say(written(kind=kind))
    assert [it["kind"] for it in asyncio.run(taken(page))] == said[1:]


def test_a_page_is_sent_its_symbols_only_and_all_alerts():
    page = Page()
    page.symbols = IBM
    put(page, **trade("AAPL"))
    put(page, **sent(symbol="AAPL"))
    put(page, **sent(symbol=None))
    put(page, **trade("IBM"))
    assert [it["kind"] for it in asyncio.run(taken(page))] == ["alert", "alert", "trade"]


def test_a_page_is_sent_the_candles_that_it_shows_only():
    there = Hub()
    pages = there.join(), there.join()
    there.show(pages[0], Asked(symbols=IBM | AAPL, candles=AAPL))
    there.show(pages[1], of(IBM | AAPL))
    for symbol in ("IBM", "AAPL"):
        there.came(written(kind="candle", symbol=symbol, source="synthetic"))
    assert there.wanted_candles == AAPL
    assert [it.get("symbol") for it in asyncio.run(taken(pages[0]))] == [None, "AAPL"]
    assert [it["kind"] for it in asyncio.run(taken(pages[1]))] == ["away"]
    there.show(pages[1], Asked(symbols=IBM, candles=IBM))  # it has what is known at once
    assert [it["symbol"] for it in asyncio.run(taken(pages[1]))] == ["IBM"]


def test_a_page_that_comes_later_is_sent_what_is_known():
    there = Hub()
    first = there.join()
    there.show(first, of(IBM))
    there.is_here()
    there.came(written(**trade(price=1)))
    there.came(written(**trade(price=2)))
    second = there.join()
    there.show(second, of(IBM))
    assert asyncio.run(taken(second)) == [{"kind": "live"}, trade(price=2)]


def test_of_names_without_end_the_newest_are_known(monkeypatch):
    monkeypatch.setattr("dashboard.live.hub.MOST_NEWEST", 2)
    there = Hub()
    for symbol in ("IBM", "AAPL", "IBM", "MSFT"):
        there.came(written(**trade(symbol)))
    page = there.join()
    there.show(page, of(IBM | AAPL | {"MSFT"}))
    found = asyncio.run(taken(page))
    assert [it.get("symbol") for it in found] == [None, "IBM", "MSFT"]


def joined(there, count):
    """Open pages that have taken what each is told at first."""
    pages = [there.join() for _ in range(count)]
    for page in pages:
        page.take()
    return pages


def test_all_pages_are_told_of_newer_data_one_after_the_other():
    async def run():
        there = Hub()
        pages = joined(there, 3)
        there.has_data(7)
        assert [await until(page, "data") for page in pages] == [{"kind": "data", "version": 7}] * 3
        later = there.join()
        assert await taken(later) == [{"kind": "away"}, {"kind": "data", "version": 7}]

    asyncio.run(run())


def test_a_page_is_never_told_of_older_data_after_newer():
    async def run():
        there = Hub()
        pages = joined(there, 2)
        there.has_data(7)
        there.has_data(8)
        told = [it for page in pages for it in await taken(page)]
        assert told[0] == {"kind": "data", "version": 8}
        assert {it["version"] for it in told} == {8}

    asyncio.run(run())


def test_newer_data_waits_where_prices_go_away():
    async def run():
        there = Hub()
        page = there.join()
        there.has_data(7)
        await page.ready()
        there.is_here()
        there.is_away("it does not answer")
        assert (await until(page, "data"))["version"] == 7

    asyncio.run(run())


def test_each_final_window_is_told_to_who_reads_them():
    there, came = Hub(), []
    there.window_came = lambda: came.append("window")
    there.came(written(**trade()))
    assert came == []
    there.came(written(kind="window", symbol="IBM", id="1"))
    assert came == ["window"]


def test_where_prices_go_away_a_page_is_sent_none_of_before():
    there = Hub()
    page = there.join()
    there.show(page, of(IBM))
    there.is_here()
    there.came(written(kind="window", symbol="IBM", id="1"))
    there.came(written(**trade()))
    there.came(written(**(trade() | {"kind": "open"})))
    there.is_away("it does not answer")
    kinds = [it["kind"] for it in asyncio.run(taken(page))]
    assert kinds == ["live", "window", "away"]


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "nothing", '{"kind":"other"}', '{"kind":"trade","symbol":1}']
)
def test_what_is_no_message_reaches_no_page(text):
    there = Hub()
    page = there.join()
    there.show(page, of(IBM))
    assert there.came(text) is None
    assert asyncio.run(taken(page)) == [{"kind": "away"}]


@pytest.mark.parametrize(
    "text",
    [
        *("", "{}", '["IBM"]', '{"symbols": ["IBM"]}', "[" * 5000),
        *(
            f'{{"symbols": {it}, "candles": []}}'
            for it in ("1", "[1]", '[""]', '["a&kinds=alert"]')
        ),
        json.dumps({"symbols": [], "candles": ["A" * 33]}),
    ],
)
def test_what_names_no_symbols_is_told_apart(text):
    assert asked_of(text) is None


@asynccontextmanager
async def following(fake, follow=follow_prices):
    there = Hub()
    task = asyncio.create_task(follow(Gateway(fake.url, fake.token), there))
    try:
        yield there
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def test_candles_are_asked_for_while_a_page_shows_them():
    async def run():
        async with FakeGateway() as fake, following(fake, follow_candles) as there:
            page = there.join()
            there.show(page, of(IBM | AAPL))
            there.show(page, Asked(symbols=IBM | AAPL, candles=AAPL))
            await asyncio.wait_for(fake.is_asked(1), 30)
            await fake.say(kind="candle", symbol="AAPL", source="synthetic", close_price=7)
            assert (await until(page, "candle"))["close_price"] == 7
            there.show(page, Asked(symbols=IBM | AAPL, candles=IBM))
            await asyncio.wait_for(fake.is_asked(2), 30)
            there.show(page, of(IBM | AAPL))
            await asyncio.wait_for(fake.nobody_listens(), 30)
            asked = [(it["kinds"], it["symbols"]) for it in fake.asked]
            assert asked == [(["candle,window"], ["AAPL"]), (["candle,window"], ["IBM"])]

    asyncio.run(run())


def test_a_candle_that_is_put_away_and_shown_again_is_asked_for_again():
    """While another page shows candles, too: a new connection begins with the newest."""

    async def run():
        async with FakeGateway() as fake, following(fake, follow_candles) as there:
            there.show(there.join(), Asked(symbols=IBM, candles=IBM))
            page = there.join()
            for number, candles in enumerate((AAPL, frozenset(), AAPL), 1):
                there.show(page, Asked(symbols=AAPL, candles=candles))
                await asyncio.wait_for(fake.is_asked(number), 30)
            assert [it["symbols"] for it in fake.asked] == [["AAPL,IBM"], ["IBM"], ["AAPL,IBM"]]

    asyncio.run(run())


def test_windows_that_came_since_a_figure_of_candles_was_made_are_asked_for():
    """A stream that ends for want of them is asked for without: candles do not need them."""

    async def run():
        async with FakeGateway() as fake, following(fake, follow_candles) as there:
            there.show(there.join(), Asked(symbols=IBM, candles=IBM))
            await asyncio.wait_for(fake.is_asked(1), 30)
            await fake.__aexit__()
            async with fake:
                await asyncio.wait_for(fake.is_asked(2), 30)
            [since_ms] = re.fullmatch(r"(\d{13})-w0-0", *fake.asked[0]["last_event_id"]).groups()
            assert 29 < time.time() - int(since_ms) / 1000 < 60
            assert "last_event_id" not in fake.asked[1]

    asyncio.run(run())


def final(number, symbol="IBM"):
    return written(kind="window", symbol=symbol, source="synthetic", id=str(number))


def numbers(page):
    found = asyncio.run(taken(page))
    return [int(it["id"]) for it in found if it["kind"] == "window"]


def test_a_page_that_shows_candles_later_is_sent_the_last_final_windows():
    there = Hub()
    pages = there.join(), there.join(), there.join()
    there.show(pages[0], Asked(symbols=IBM, candles=IBM))
    for number in (1, 2, 1, 2, 3):  # of the connection of prices, and of that of candles
        there.came(final(number))
    there.came(final(4, "AAPL"))
    there.show(pages[1], Asked(symbols=IBM | AAPL, candles=IBM | AAPL))
    there.show(pages[2], of(IBM))
    assert [numbers(it) for it in pages] == [[1, 2, 3], [1, 2, 3], []]


def test_final_windows_are_kept_of_candles_that_pages_show_and_bounded():
    there = Hub()
    page = there.join()
    there.show(page, Asked(symbols=IBM, candles=IBM))
    for number in range(100):
        there.came(final(number))
    there.show(later := there.join(), Asked(symbols=IBM, candles=IBM))
    assert numbers(later) == list(range(40, 100))
    there.leave(later)
    there.leave(page)
    there.show(later := there.join(), Asked(symbols=IBM, candles=IBM))
    assert numbers(later) == []


def test_a_candle_that_no_page_shows_any_more_is_not_sent_later():
    there = Hub()
    page = there.join()
    there.show(page, Asked(symbols=IBM, candles=IBM))
    there.came(written(kind="candle", symbol="IBM", source="synthetic"))
    there.show(page, of(IBM))
    page.take()
    there.show(page, Asked(symbols=IBM, candles=IBM))
    assert page.take() == []


def test_final_windows_come_again_after_prices_went_away():
    """A page has forgotten them."""
    there = Hub()
    page = there.join()
    there.show(page, Asked(symbols=IBM, candles=IBM))
    there.is_here()
    there.came(final(1))
    there.is_away("it does not answer")
    there.came(final(1))
    assert numbers(page) == [1, 1]


async def live_page(there, symbols):
    page = there.join()
    there.show(page, of(symbols))
    await until(page, "live")
    return page


@pytest.fixture(autouse=True)
def _soon(monkeypatch):
    monkeypatch.setattr("dashboard.live.upstream._PAUSE_S", (0.01, 0.02))


def test_one_connection_serves_all_pages_and_ends_with_the_last():
    async def run():
        async with FakeGateway() as fake, following(fake) as there:
            assert fake.asked == []
            pages = [await live_page(there, IBM) for _ in range(3)]
            await fake.say(**trade(price=7))
            for page in pages:
                assert (await until(page, "trade"))["price"] == 7
            assert fake.asked == [{"kinds": ["trade,open,window"], "symbols": ["IBM"]}]
            for page in pages:
                there.leave(page)
            await asyncio.wait_for(fake.nobody_listens(), 30)
            assert there.away is None

    asyncio.run(run())


def test_a_symbol_more_is_asked_for():
    async def run():
        async with FakeGateway() as fake, following(fake) as there:
            page = await live_page(there, IBM)
            there.show(page, of(IBM | AAPL))
            await asyncio.wait_for(fake.is_asked(2), 30)
            await fake.say(**trade("AAPL"))
            await until(page, "trade")
            assert fake.asked[-1] == {"kinds": ["trade,open,window"], "symbols": ["AAPL,IBM"]}

    asyncio.run(run())


def test_a_price_of_a_symbol_that_was_no_longer_asked_for_is_not_sent_later():
    async def run():
        async with FakeGateway() as fake, following(fake) as there:
            page = await live_page(there, IBM)
            await fake.say(**trade())
            await until(page, "trade")
            there.show(page, of(AAPL))
            await asyncio.wait_for(fake.is_asked(2), 30)
            there.show(page, of(IBM))
            assert page.take() == []

    asyncio.run(run())


def test_of_very_many_symbols_all_are_asked_for_once():
    async def run():
        async with FakeGateway() as fake, following(fake) as there:
            page = await live_page(there, frozenset(f"A{at}" for at in range(101)))
            there.show(page, of(page.symbols | IBM))
            await fake.say(**trade())
            await until(page, "trade")
            assert fake.asked == [{"kinds": ["trade,open,window"]}]

    asyncio.run(run())


def test_once_pages_show_few_symbols_again_only_these_are_asked_for():
    async def run():
        async with FakeGateway() as fake, following(fake) as there:
            page = await live_page(there, frozenset(f"A{at}" for at in range(101)))
            there.show(page, of(IBM))
            await asyncio.wait_for(fake.is_asked(2), 30)
            assert fake.asked == [
                {"kinds": ["trade,open,window"]},
                {"kinds": ["trade,open,window"], "symbols": ["IBM"]},
            ]

    asyncio.run(run())


def test_a_gateway_that_goes_is_told_and_comes_back_by_itself():
    async def run():
        fake = FakeGateway(token="secret")
        async with fake, following(fake) as there:
            page = await live_page(there, IBM)
            await fake.__aexit__()
            await until(page, "away")
            await asyncio.wait_for(told(there), 30)
            assert there.away == "the gateway does not answer"
            async with fake:
                await until(page, "live")
                assert there.away is None

    asyncio.run(run())


def test_a_token_that_is_not_taken_is_told():
    async def run():
        async with FakeGateway(token="right") as fake:
            wrong = FakeGateway(token="wrong")
            wrong.port = fake.port
            async with following(wrong) as there:
                there.show(there.join(), of(IBM))
                await asyncio.wait_for(told(there), 30)
                assert there.away == "the gateway does not take the token (GATEWAY_TOKEN)"

    asyncio.run(run())


def record(number=1, **others):
    """An alert as the record is."""
    return msgspec.to_builtins(alert(number, **others))


def sent(**others):
    """An alert as the stream has it."""
    fields = record(**others)
    kind = fields.pop("kind")
    return fields | {"kind": "alert", "id": f"1-a-{fields['alert_id']}", "alert_kind": kind}


def test_an_alert_is_kept_once_and_reaches_each_page_once():
    there = Hub()
    page = there.join()
    before = there.alerts.count
    for number in (1, 2, 1):
        there.came(written(**sent(number=number)))
    assert [it.alert_id[-1] for it in there.alerts.newest] == ["2", "1"]
    came = there.alerts.since(before, from_ms(0))
    assert [it.alert_id[-1] for it in came] == ["1", "2"]
    assert there.alerts.since(before, from_ms(1)) == []  # their ids are of the first millisecond
    assert [it["kind"] for it in asyncio.run(taken(page))] == ["away", "alert", "alert"]


def sent_at(at_ms):
    """An alert as the stream had it then, with that as its number."""
    return sent(number=at_ms) | {"id": f"{at_ms}-a-{at_ms:032x}"}


def test_a_page_that_connects_again_is_sent_the_newest_alerts_that_it_lacks():
    def alerts(page):
        found = [json.loads(text) for text in page.take()]
        return [int(it["alert_id"], 16) for it in found if it["kind"] == "alert"]

    there = Hub()
    for at_ms in range(1, 602):
        there.came(written(**sent_at(at_ms)))
    times = [None, from_ms(601), from_ms(599), from_ms(0)]
    assert [alerts(there.join(it)) for it in times] == [[], [], [600, 601], [*range(102, 602)]]


def test_alerts_are_bounded_and_the_newest_first():
    there = Hub()
    for number in range(600):
        at = NOON + timedelta(seconds=number)
        there.came(written(**sent(number=number, at=at)))
    assert [int(it.alert_id, 16) for it in there.alerts.newest] == list(range(599, 99, -1))
    assert len(there.alerts.since(0, from_ms(0))) == 500


def test_alerts_of_before_are_asked_for_and_the_stream_goes_on_where_it_ended():
    async def run():
        fake = FakeGateway(token="secret")
        fake.alerts = [record()]
        async with fake, following(fake, follow_alerts) as there:
            page = there.join()
            await asyncio.wait_for(fake.is_asked(1), 30)
            while not there.alerts.newest:
                await fake.say(kind="alert")  # none: only time goes on
                await asyncio.sleep(0)
            await fake.say(**sent(number=2))
            await until(page, "alert")
            assert [it.alert_id[-1] for it in there.alerts.newest] == ["2", "1"]
            assert there.alerts.count == 1
            await fake.__aexit__()
            async with fake:
                await asyncio.wait_for(fake.is_asked(2), 30)
                assert [it["kinds"] for it in fake.asked] == [["alert"], ["alert"]]
                [begun], [last] = (it["last_event_id"] for it in fake.asked)
                assert re.fullmatch(r"[0-9]{13}-a-0", begun)
                assert last == f"1-a-{2:032x}"

    asyncio.run(run())


async def alerts_up_to(page, number):
    """Take messages until an alert of a number; give the numbers of the alerts."""
    found = []
    while number not in found:
        found += [int(it["alert_id"], 16) for it in await taken(page) if it["kind"] == "alert"]
    return found


def test_alerts_of_a_restart_of_the_server_are_sent_once_to_pages_that_lack_them():
    came_ms = time.time_ns() // 1_000_000 - 300_000

    async def run():
        fake = FakeGateway()
        fake.alerts = [record(number=1)]
        async with fake, following(fake, follow_alerts) as there:
            pages = [there.join(it) for it in (None, from_ms(came_ms), from_ms(came_ms - 1))]
            await asyncio.wait_for(fake.is_asked(1), 30)
            [last_id] = fake.asked[0]["last_event_id"]
            assert int(last_id.partition("-")[0]) < came_ms
            for _ in range(2):
                await fake.say(**sent(number=1) | {"id": f"{came_ms}-a-{1:032x}"})
            await fake.say(**sent(number=2))
            assert [await alerts_up_to(it, 2) for it in pages] == [[2], [2], [1, 2]]
            pages = [there.join(from_ms(came_ms - 1)), there.join(from_ms(0))]
            assert [await alerts_up_to(it, 1) for it in pages] == [[1], [1, 2]]
            assert there.alerts.count == 1

    asyncio.run(run())


def test_alerts_that_came_while_no_page_was_open_for_long_are_listed_and_not_told(monkeypatch):
    monkeypatch.setattr("dashboard.live.alert_stream._GIVEN_AGAIN_S", 0.0)

    async def run():
        async with FakeGateway() as fake, following(fake, follow_alerts) as there:
            page = there.join()
            await asyncio.wait_for(fake.is_asked(1), 30)
            there.leave(page)
            await asyncio.wait_for(fake.nobody_listens(), 30)
            fake.alerts = [record(number=2), record(number=1)]
            there.join()
            await asyncio.wait_for(fake.is_asked(2), 30)
            assert [it.alert_id[-1] for it in there.alerts.newest] == ["2", "1"]
            assert there.alerts.count == 0

    asyncio.run(run())


def test_alerts_are_listed_that_came_while_the_gateway_was_out_of_reach_for_long(monkeypatch):
    now_s, is_long = 0.0, asyncio.Event()

    async def half_an_hour():
        nonlocal now_s
        now_s += 1800
        if now_s > 2 * 3600:
            is_long.set()
        await asyncio.sleep(0)

    clock = SimpleNamespace(monotonic=lambda: now_s, time=time.time)
    monkeypatch.setattr("dashboard.live.alert_stream.time", clock)
    monkeypatch.setattr("dashboard.live.alert_stream.pause", half_an_hour)

    async def run():
        async with FakeGateway() as fake, following(fake, follow_alerts) as there:
            there.join()
            await asyncio.wait_for(fake.is_asked(1), 30)
            await fake.__aexit__()
            await asyncio.wait_for(is_long.wait(), 30)
            fake.alerts = [record(number=1)]
            async with fake:
                await asyncio.wait_for(fake.is_asked(2), 30)
                assert [it.alert_id[-1] for it in there.alerts.newest] == ["1"]

    asyncio.run(run())


def test_an_alert_that_comes_while_the_gateway_is_away_for_the_first_time_is_news():
    async def run():
        async with FakeGateway() as fake, following(fake, follow_alerts) as there:
            page = there.join()
            await asyncio.wait_for(fake.is_asked(1), 30)
            await fake.__aexit__()
            fake.alerts = [record()]
            async with fake:
                await asyncio.wait_for(fake.is_asked(2), 30)
                assert fake.asked[0] == fake.asked[1]  # from where it was, with what it has now
                await fake.say(**sent(number=1))
                await until(page, "alert")
                assert there.alerts.count == 1

    asyncio.run(run())


async def told(there):
    await there.until(lambda: there.away is not None and "closed" not in there.away)


@asynccontextmanager
async def served():
    """Serve the pages' WebSocket as the product does; give its address."""
    hub.cache_clear()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(
            Starlette(routes=[route.ROUTE]), ws="websockets-sansio", log_config=None
        )
        server = uvicorn.Server(config)
        task = asyncio.create_task(server.serve([listening]))
        yield f"127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        await task


async def nobody():
    await asyncio.wait_for(hub().until(lambda: hub().pages == 0), 30)


async def opened(page):
    """Take a page's first frame; give when it was opened, by the server's clock."""
    [first] = json.loads(await page.recv())
    assert first["kind"] == "opened"
    return first["at"]


@pytest.mark.parametrize(
    ("address", "kinds"),
    [("/live", ["away"]), ("/live?after=x", ["away"]), ("/live?after=1", ["away", "alert"])],
)
def test_a_page_is_told_when_it_was_opened_and_says_up_to_when_it_has_alerts(address, kinds):
    async def run():
        async with served() as host:
            hub().came(written(**sent_at(2)))
            async with connect(f"ws://{host}{address}", proxy=None) as page:
                assert abs(await opened(page) / 1000 - time.time()) < 60
                assert [it["kind"] for it in json.loads(await page.recv())] == kinds

    asyncio.run(run())


def test_a_page_of_this_server_is_sent_what_it_asks_for():
    async def run():
        async with served() as host:
            async with connect(f"ws://{host}/live", origin=f"http://{host}", proxy=None) as page:
                await opened(page)
                await page.send(ASKS_FOR_IBM)
                await asyncio.wait_for(hub().until(lambda: hub().wanted == IBM), 30)
                hub().came(written(**trade()))
                found = []
                while len(found) < 2:
                    found += json.loads(await page.recv())
                    await page.send(PAINTED)
                assert found == [{"kind": "away"}, trade()]
            await nobody()

    asyncio.run(run())


def test_a_page_for_which_there_is_nothing_is_told_that_its_connection_is_alive(monkeypatch):
    monkeypatch.setattr(route, "_QUIET_S", 0.01)

    async def run():
        async with served() as host, connect(f"ws://{host}/live", proxy=None) as page:
            await opened(page)
            assert json.loads(await page.recv()) == [{"kind": "away"}]
            await page.send(PAINTED)
            assert json.loads(await asyncio.wait_for(page.recv(), 30)) == []

    asyncio.run(run())


def test_what_comes_one_after_the_other_goes_in_one_frame():
    async def run():
        async with served() as host, connect(f"ws://{host}/live", proxy=None) as page:
            await opened(page)
            assert json.loads(await page.recv()) == [{"kind": "away"}]
            await page.send(PAINTED)
            await page.send(ASKS_FOR_IBM)
            await asyncio.wait_for(hub().until(lambda: hub().wanted == IBM), 30)
            await asyncio.sleep(0.1)  # until nothing was sent for a while
            for kind in ("trade", "open"):
                hub().came(written(**trade(kind=kind)))
                for _ in range(10):
                    await asyncio.sleep(0)  # the sender's turn
            assert [it["kind"] for it in json.loads(await page.recv())] == ["trade", "open"]

    asyncio.run(run())


@asynccontextmanager
async def page_of_ibm():
    """Open a page that shows IBM, and has not painted its first frame yet."""
    async with served() as host, connect(f"ws://{host}/live", proxy=None) as page:
        await opened(page)
        assert json.loads(await page.recv()) == [{"kind": "away"}]
        await page.send(ASKS_FOR_IBM)
        await asyncio.wait_for(hub().until(lambda: hub().wanted == IBM), 30)
        yield page


def test_a_page_that_paints_slowly_is_sent_only_the_newest_once_it_has_painted(monkeypatch):
    monkeypatch.setattr(route, "_TOGETHER_S", 0.0)
    monkeypatch.setattr(route, "_UNPAINTED_S", 60.0)

    async def run():
        async with page_of_ibm() as page:
            for price in range(5):
                hub().came(written(**trade(price=price)))
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(page.recv(), 0.02)
            await page.send(PAINTED)
            assert json.loads(await page.recv()) == [trade(price=4)]

    asyncio.run(run())


def test_a_page_that_nobody_sees_and_so_is_not_painted_is_sent_prices_all_the_same(monkeypatch):
    monkeypatch.setattr(route, "_UNPAINTED_S", 0.01)

    async def run():
        async with page_of_ibm() as page:
            for price in range(3):
                hub().came(written(**trade(price=price)))
                assert json.loads(await asyncio.wait_for(page.recv(), 30)) == [trade(price=price)]

    asyncio.run(run())


@pytest.mark.parametrize("origin", ["http://elsewhere.example", "null", "http://["])
def test_a_page_of_another_server_is_refused(origin):
    async def run():
        async with served() as host:
            with pytest.raises(InvalidStatus, match="403"):
                await connect(f"ws://{host}/live", origin=origin, proxy=None)

    asyncio.run(run())


@pytest.mark.parametrize("text", ["nothing", ASKS_FOR_IBM.encode(), json.dumps(["A"] * 40_000)])
def test_a_page_that_sends_anything_else_is_let_go(text):
    async def run():
        async with served() as host, connect(f"ws://{host}/live", proxy=None) as page:
            await page.send(text)
            await asyncio.wait_for(page.wait_closed(), 30)
            assert page.close_code == 1009
            await nobody()

    asyncio.run(run())


def test_a_server_that_stops_lets_its_pages_go():
    async def run():
        async with served() as host:
            pages = [await connect(f"ws://{host}/live", proxy=None) for _ in range(10)]
        for page in pages:
            await asyncio.wait_for(page.wait_closed(), 30)
        await nobody()

    asyncio.run(run())
