"""The feed against a server that answers as the provider does."""

import asyncio
import random
import re
import time
from collections import deque
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from waiting import until

from contracts.clock import Clock
from producer.errors import FeedError, KeyRejectedError
from producer.feeds.alpha_vantage import client
from producer.feeds.alpha_vantage.feed import AlphaVantageFeed
from producer.feeds.alpha_vantage.last_prices import LastPrices
from producer.feeds.alpha_vantage.ledger import Ledger
from producer.feeds.walk import Walk

PAYLOADS = Path(__file__).parent / "payloads"
KEY = "ABC123DEF456"
PLAIN = {
    "html": {"text": "<html>", "content_type": "text/html"},
    "500": {"status": 500},
    "429": {"status": 429},
    "429-with-a-wait": {"status": 429, "headers": {"Retry-After": "1800"}},
    "new-words": {"text": f'{{"Information": "{KEY} is one of our favourites."}}'},
    "elsewhere": {"status": 302, "headers": {"Location": "/query"}},
    "of-msft": {"body": (PAYLOADS / "quote.json").read_bytes()},
    "bad-gzip": {"body": b"no gzip", "headers": {"Content-Encoding": "gzip"}},
}


class Provider:
    """Answers with the given payloads in turn, the last one for ever."""

    def __init__(self, *answers):
        self.answers = deque(answers)
        self.asked = []

    async def answer(self, request):
        assert request.query["function"] == "GLOBAL_QUOTE"
        assert request.query["apikey"] == KEY
        self.asked.append(request.query["symbol"])
        name = self.answers.popleft() if len(self.answers) > 1 else self.answers[0]
        if name in PLAIN:
            return web.Response(**PLAIN[name])
        if name == "deaf":
            await asyncio.sleep(1)
        if name in {"cut", "dripping"}:
            return await self.answer_in_parts(request, name)
        if name == "reset":
            request.transport.abort()
            return web.Response()
        of_asked = r"\g<1>" + request.query["symbol"]
        payload = (PAYLOADS / f"{name}.json").read_text()
        return web.Response(text=re.sub(r'("01. symbol": ")\w+', of_asked, payload))

    async def answer_in_parts(self, request, name):
        response = web.StreamResponse(headers={"Content-Length": "500"})
        await response.prepare(request)
        for _ in range(50):
            await response.write(b" ")
            await asyncio.sleep(0.02)
            if name == "cut":
                request.transport.abort()
                break
        return response


@asynccontextmanager
async def serving(provider):
    app = web.Application()
    app.router.add_get("/query", provider.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"
    await runner.cleanup()


class Hurry:
    """A clock on which a wait takes a few milliseconds."""

    def __init__(self):
        self.ahead = timedelta()
        self.slept_through = timedelta()
        self.slept = []
        self.began = self.now()

    def now(self):
        return datetime.now(UTC) + self.ahead + self.slept_through

    def monotonic(self):
        return time.monotonic() + self.ahead.total_seconds()

    async def sleep(self, seconds):
        self.slept.append(seconds)
        await asyncio.sleep(0.001)
        self.ahead += timedelta(seconds=seconds)

    def passed_s(self):
        return (self.now() - self.began).total_seconds()

    def clock(self):
        return Clock(now=self.now, monotonic=self.monotonic, sleep=self.sleep)


class HurryFor(Hurry):
    """One that stands still once so many hours have passed, which sets `over`."""

    def __init__(self, hours):
        super().__init__()
        self.hours, self.over = hours, asyncio.Event()

    async def sleep(self, seconds):
        await super().sleep(seconds)
        if self.passed_s() > self.hours * 3600:
            self.over.set()
            await asyncio.Event().wait()


MILLISECOND = timedelta(milliseconds=1)


def feed(url, path, *, symbols=("IBM", "AAPL"), walk=False, calls=25, gap=MILLISECOND, hurry=None):
    return AlphaVantageFeed(
        symbols,
        base_url=url,
        key=KEY,
        ledger=Ledger(path, KEY, calls, gap),
        last_prices=LastPrices(path),
        daily_calls=calls,
        walk=Walk(symbols, random.Random(1)) if walk else None,
        walk_rate=200,
        rng=random.Random(1),
        clock=(hurry or Hurry()).clock(),
    )


async def take(feed, count):
    quotes = []
    async with asyncio.timeout(30):
        async for block in feed.blocks():
            quotes.extend(block)
            if len(quotes) == count:
                break
    return quotes


async def test_the_first_round_comes_at_once_and_carries_the_trading_day(tmp_path):
    provider = Provider("quote-delayed-entitlement")
    hurry = Hurry()
    async with serving(provider) as url:
        one = feed(url, tmp_path, hurry=hurry)
        quotes = await take(one, 2)
    assert [quote.symbol for quote in quotes] == ["IBM", "AAPL"]
    assert {quote.source for quote in quotes} == {"alpha-vantage"}
    assert quotes[0].price == 184.5
    assert quotes[0].as_of.isoformat() == "2026-01-02"
    assert hurry.began <= quotes[0].event_time <= hurry.now()
    assert one.status.state == "live"
    assert one.status.budget.used == 2


@pytest.mark.parametrize("answer", ["quote", "unknown-symbol"])
async def test_the_gap_is_kept_where_it_takes_long_until_the_first_call_arrives(tmp_path, answer):
    class Far(Provider):
        async def answer(self, request):
            if not self.asked:
                hurry.ahead += timedelta(seconds=50)
            arrived_s.append(hurry.passed_s())
            return await super().answer(request)

    hurry, arrived_s = Hurry(), []
    async with serving(Far(answer, "quote")) as url:
        symbols, gap = ("IBM", "AAPL", "MSFT"), timedelta(minutes=1)
        await take(feed(url, tmp_path, symbols=symbols, gap=gap, hurry=hurry), 2)
    assert arrived_s[1] - arrived_s[0] >= 60


async def test_after_the_first_round_calls_are_spread_over_the_day(tmp_path):
    hurry = Hurry()
    async with serving(Provider("quote")) as url:
        await take(feed(url, tmp_path, hurry=hurry, calls=26), 3)
    assert hurry.passed_s() == pytest.approx(3600, abs=30)  # (24 h) / (26 - 2 symbols)


async def test_from_the_second_day_on_all_calls_of_a_day_are_spread_over_it(tmp_path):
    symbols = tuple(f"S{n}" for n in range(24))
    provider, hurry = Provider("quote"), HurryFor(34)
    async with serving(provider) as url:
        one = feed(url, tmp_path, symbols=symbols, hurry=hurry)
        asking = asyncio.create_task(take(one, 1000))
        await hurry.over.wait()
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
    # The round, the last call of the first day at its end, then one every (24 h) / 25.
    assert len(provider.asked) == 24 + 1 + 10


async def test_after_a_machine_slept_the_call_that_was_due_meanwhile_is_made(tmp_path):
    class Asleep(Hurry):
        async def sleep(self, seconds):
            await super().sleep(seconds)
            if seconds > 1:  # not in the gap behind the first call
                self.slept_through = timedelta(hours=9)  # the monotonic clock did not go on

    class Noting(Provider):
        async def answer(self, request):
            asked_at.append(hurry.ahead)
            return await super().answer(request)

    hurry, provider, asked_at = Asleep(), Noting("quote"), []
    async with serving(provider) as url:
        quotes = await take(feed(url, tmp_path, hurry=hurry, calls=26), 3)
    assert [quote.symbol for quote in quotes] == ["IBM", "AAPL", "IBM"]
    assert asked_at[2] < timedelta(minutes=2)


async def test_between_real_quotes_prices_walk_on_from_them_labelled_synthetic(tmp_path):
    async with serving(Provider("quote-short")) as url:
        quotes = await take(feed(url, tmp_path, walk=True), 12)
    walked = [quote for quote in quotes if quote.source == "synthetic"]
    assert len(walked) >= 5
    assert all(abs(quote.price / 184.5 - 1) < 0.05 for quote in walked)
    times = [quote.event_time for quote in quotes]
    assert times == sorted(times)


async def test_an_unknown_symbol_is_dropped_and_the_rest_go_on(tmp_path):
    provider = Provider("unknown-symbol", "quote")
    async with serving(provider) as url:
        one = feed(url, tmp_path)
        quotes = await take(one, 2)
    assert provider.asked[:3] == ["IBM", "AAPL", "AAPL"]
    assert {quote.symbol for quote in quotes} == {"AAPL"}
    assert "IBM" in one.status.dropped


async def test_where_no_symbol_is_known_the_feed_fails(tmp_path):
    async with serving(Provider("unknown-symbol")) as url:
        with pytest.raises(FeedError, match="none of the symbols: IBM, AAPL"):
            await take(feed(url, tmp_path), 1)


async def test_a_call_that_is_invalid_for_one_symbol_drops_that_one_in_the_providers_words(
    tmp_path,
):
    provider = Provider("quote", "invalid-call-of-one-symbol", "quote")
    async with serving(provider) as url:
        one = feed(url, tmp_path, symbols=("IBM", "BTC/USDT", "AAPL"))
        quotes = await take(one, 4)
    assert [quote.symbol for quote in quotes] == ["IBM", "AAPL", "IBM", "AAPL"]
    assert provider.asked[:5] == ["IBM", "BTC/USDT", "AAPL", "IBM", "AAPL"]
    assert list(one.status.dropped) == ["BTC/USDT"]
    assert one.status.dropped["BTC/USDT"].startswith("Invalid API call.")


async def test_where_every_call_is_invalid_the_feed_fails_at_once(tmp_path):
    provider, hurry = Provider("invalid-call-of-one-symbol"), Hurry()
    async with serving(provider) as url:
        with pytest.raises(FeedError, match="none of the symbols: IBM, AAPL: Invalid API call"):
            await take(feed(url, tmp_path, hurry=hurry), 1)
    assert provider.asked == ["IBM", "AAPL"]
    assert hurry.passed_s() < 10


async def test_while_the_provider_asks_for_slower_calls_its_words_are_shown(tmp_path):
    class Watching(Hurry):
        async def sleep(self, seconds):
            shown.add(one.status.last_error)
            await super().sleep(seconds)

    provider, shown = Provider("burst-premium", "quote"), set()
    async with serving(provider) as url:
        one = feed(url, tmp_path, hurry=Watching())
        await take(one, 1)
    assert any(text.startswith("Burst pattern detected.") for text in shown - {None})
    assert one.status.last_error is None


async def test_slower_calls_are_asked_for_from_the_start_and_synthetic_prices_take_over(tmp_path):
    async with serving(Provider("burst-limit")) as url:
        one = feed(url, tmp_path, walk=True, calls=100_000)
        quotes = await take(one, 5)
    assert {quote.source for quote in quotes} == {"synthetic"}
    assert one.status.state == "falling_back"
    assert "1 request per second" in one.status.fallback


async def test_where_slower_calls_are_asked_for_after_a_quote_it_stays_live(tmp_path):
    async with serving(Provider("quote", "burst-limit")) as url, asyncio.timeout(30):
        one = feed(url, tmp_path, walk=True)
        async for _ in one.blocks():
            if one.status.outcomes.get("burst_limit"):
                break
    assert one.status.state == "live"


async def test_words_that_are_not_understood_cost_five_calls_a_day_at_most_and_are_told(tmp_path):
    provider, hurry = Provider("new-words"), HurryFor(24)
    async with serving(provider) as url:
        one = feed(url, tmp_path, hurry=hurry)
        asking = asyncio.create_task(take(one, 1))
        await hurry.over.wait()
        calls, state = len(provider.asked), one.status
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
    assert 3 <= calls <= 6  # jitter makes the waits up to half as long
    assert state.last_error == "an answer that is not understood: *** is one of our favourites."
    assert state.outcomes["not_understood"] == calls


async def test_one_answer_that_is_not_understood_does_not_keep_the_other_symbols(tmp_path):
    provider, hurry = Provider("new-words", "quote"), Hurry()
    async with serving(provider) as url:
        one = feed(url, tmp_path, hurry=hurry)
        (quote,) = await take(one, 1)
    assert (quote.symbol, one.status.last_error) == ("AAPL", None)
    assert 150 <= hurry.passed_s() <= 310


async def test_a_quote_of_another_symbol_is_published_under_neither_name(tmp_path):
    provider, hurry = Provider("of-msft", "of-msft", "quote-short"), Hurry()
    async with serving(provider) as url:
        one = feed(url, tmp_path, symbols=("IBM", "MSFT", "AAPL"), hurry=hurry)
        quotes = await take(one, 2)
        assert [(it.symbol, it.price) for it in quotes] == [("MSFT", 112.13), ("AAPL", 184.5)]
        assert provider.asked == ["IBM", "MSFT", "AAPL"]
        assert hurry.passed_s() < 10  # the others do not wait for it
        assert one.status.outcomes == {"other_symbol": 1, "quote": 2}


async def test_where_all_quotes_are_of_another_symbol_calls_stay_spread_over_the_day(tmp_path):
    provider, hurry = Provider("of-msft"), HurryFor(6)
    async with serving(provider) as url:
        one = feed(url, tmp_path, calls=26, hurry=hurry)
        asking = asyncio.create_task(take(one, 1))
        await hurry.over.wait()
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
    assert len(provider.asked) == 2 + 5  # the first round, then (24 h) / (26 - 2 symbols)
    assert one.status.state == "connecting"
    assert one.status.last_error in {
        f"asked for {symbol}, got a quote of 'MSFT'" for symbol in ("IBM", "AAPL")
    }


async def test_a_wait_that_the_provider_names_is_kept(tmp_path):
    provider, hurry = Provider("429-with-a-wait", "quote"), Hurry()
    async with serving(provider) as url:
        one = feed(url, tmp_path, hurry=hurry)
        await take(one, 1)
    assert 1800 <= hurry.passed_s() <= 1810


@pytest.mark.parametrize("answer", ["bad-key", "demo-key", "premium"])
async def test_a_rejected_call_is_never_made_again(tmp_path, answer):
    provider = Provider(answer)
    async with serving(provider) as url:
        with pytest.raises(KeyRejectedError, match="rejects the call"):
            await take(feed(url, tmp_path, walk=True), 1)
    assert len(provider.asked) == 1


@pytest.mark.parametrize(
    ("answer", "words"),
    [("daily-limit", "25 requests per day"), ("day-limit-2023", "100 requests/day limit")],
)
async def test_the_daily_limit_ends_the_calls_and_synthetic_prices_take_over(
    tmp_path, answer, words
):
    provider = Provider(answer)
    async with serving(provider) as url:
        one = feed(url, tmp_path, walk=True)
        quotes = await take(one, 20)
    assert {quote.source for quote in quotes} == {"synthetic"}
    assert len(provider.asked) == 1
    assert one.status.state == "falling_back"
    assert KEY not in str(one.status)
    assert one.status.budget.remaining == 0
    assert words in one.status.last_error


async def test_a_limit_that_cannot_be_written_down_ends_the_calls_too(tmp_path):
    class Full(Provider):
        async def answer(self, request):
            (tmp_path / "gone").mkdir()
            for file in tmp_path.glob("alpha-vantage-*"):
                file.rename(tmp_path / "gone" / file.name)
            tmp_path.joinpath(f"{file.stem}.lock").mkdir()
            return await super().answer(request)

    provider = Full("daily-limit")
    async with serving(provider) as url:
        one = feed(url, tmp_path, walk=True)
        quotes = await take(one, 20)
    assert {quote.source for quote in quotes} == {"synthetic"}
    assert len(provider.asked) == 1
    assert one.status.state == "falling_back"


async def test_without_a_fallback_it_waits_for_budget(tmp_path):
    provider = Provider("daily-limit")
    hurry = Hurry()
    async with serving(provider) as url:
        one = feed(url, tmp_path, hurry=hurry)
        reading = asyncio.create_task(take(one, 1))
        await until(lambda: hurry.passed_s() >= 3600)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
    assert one.status.state == "waiting_for_budget"
    assert len(provider.asked) == 1


@pytest.mark.parametrize(
    ("trouble", "asked"),
    [(limit, ["IBM", "IBM", "IBM"]) for limit in ("burst-limit", "burst-premium", "legacy-note")]
    + [
        (trouble, ["IBM", "AAPL", "IBM"])
        for trouble in (
            "html",
            "500",
            "429",
            "reset",
            "elsewhere",
            "bad-gzip",
            "cut",
            "deaf",
            "dripping",
        )
    ],
)
async def test_passing_trouble_is_waited_out(tmp_path, monkeypatch, trouble, asked):
    monkeypatch.setattr(client, "TIMEOUT", aiohttp.ClientTimeout(total=0.2))
    provider = Provider(trouble, trouble, "quote")
    hurry = Hurry()
    async with serving(provider) as url:
        quotes = await take(feed(url, tmp_path, hurry=hurry), 1)
    assert provider.asked[:3] == asked
    assert quotes[0].symbol == "IBM"
    waits = [seconds for seconds in hurry.slept if seconds > 1]
    assert 2.5 <= waits[0] <= 5
    assert 5 <= waits[1] <= 10


async def test_nobody_there_is_waited_out_too(tmp_path):
    one = feed("http://127.0.0.1:9", tmp_path, walk=True)
    quotes = await take(one, 5)
    assert {quote.source for quote in quotes} == {"synthetic"}
    assert one.status.state == "falling_back"


async def test_a_restart_never_overspends(tmp_path):
    provider = Provider("quote")
    async with serving(provider) as url:
        for _ in range(4):
            await take(feed(url, tmp_path, walk=True, calls=3), 20)
    assert len(provider.asked) == 3


async def test_after_a_restart_without_budget_prices_walk_on_from_the_last_real_ones(tmp_path):
    async with serving(Provider("quote-short", "daily-limit")) as url:
        await take(feed(url, tmp_path, walk=True, symbols=("IBM",)), 1)
        quotes = await take(feed(url, tmp_path, walk=True, symbols=("IBM",)), 5)
    assert {quote.source for quote in quotes} == {"synthetic"}
    assert all(abs(quote.price / 184.5 - 1) < 0.05 for quote in quotes)


async def test_after_a_clock_that_was_hours_ahead_prices_walk_on_until_a_call_may_be_made(tmp_path):
    Ledger(tmp_path, KEY, 25, MILLISECOND).ask(datetime.now(UTC) + timedelta(hours=10))
    provider = Provider("quote")
    async with serving(provider) as url:
        one = feed(url, tmp_path, walk=True)
        quotes = await take(one, 3)
    assert provider.asked == []
    assert {quote.source for quote in quotes} == {"synthetic"}
    assert one.status.state == "falling_back"
    assert "the last call in the ledger is of" in one.status.last_error


async def test_without_a_ledger_there_is_no_call(tmp_path):
    provider = Provider("quote")
    async with serving(provider) as url:
        one = feed(url, tmp_path / "missing", walk=True)
        quotes = await take(one, 3)
    assert provider.asked == []
    assert {quote.source for quote in quotes} == {"synthetic"}
    assert "ledger" in one.status.last_error
