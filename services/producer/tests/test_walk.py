import random

from producer.feeds.synthetic import SyntheticFeed, paced
from producer.feeds.walk import Walk


def test_the_same_seed_gives_the_same_prices():
    runs = [
        [Walk(("IBM",), rng).step("IBM") for _ in range(50)]
        for rng in (random.Random(7), random.Random(7), random.Random(8))
    ]
    assert runs[0] == runs[1] != runs[2]


def test_prices_move_in_whole_ticks_and_stay_plausible_for_months():
    walk = Walk(("IBM",), random.Random(3))
    prices = [walk.step("IBM") for _ in range(200_000)]
    assert all(price == round(price, 2) for price in prices)
    assert 100 < min(prices) <= max(prices) < 900
    assert len(set(prices)) > 500


def test_it_goes_on_from_a_real_price():
    walk = Walk(("IBM",), random.Random(3))
    walk.anchor("IBM", 50.0)
    assert abs(walk.step("IBM") - 50.0) < 1


async def test_quotes_come_at_the_rate_and_carry_the_clock(time):
    feed = SyntheticFeed(("IBM", "AAPL"), 4, 1, time.clock())
    began = time.now
    quotes = []
    async for quote in feed.quotes():
        quotes.append(quote)
        if len(quotes) == 41:
            break
    assert (time.now - began).total_seconds() == 10
    assert {quote.symbol for quote in quotes} == {"IBM", "AAPL"}
    assert quotes[-1].event_time == time.now
    assert all(quote.volume >= 1 for quote in quotes)


async def test_after_a_stall_nothing_is_made_up_for(time):
    rounds = paced(10, time.clock())
    await anext(rounds)
    time.pass_by(60)
    before = time.monotonic_s
    for _ in range(11):
        await anext(rounds)
    assert 0.9 <= time.monotonic_s - before <= 1.1
