import math
import random
import statistics
from itertools import islice, pairwise

import pytest

from producer.feeds.synthetic import SyntheticFeed, paced
from producer.feeds.walk import Walk

FIVE = ("IBM", "AAPL", "MSFT", "TSLA", "AMZN")


def trades(seed, rate, count, symbols=FIVE):
    return list(islice(Walk(symbols, random.Random(seed), rate).trades(), count))


def prices(seed, rate, count):
    return [price for _, price, _ in trades(seed, rate, count, ("IBM",))]


@pytest.mark.parametrize("rate", [1, 10, 150_000])
def test_the_same_seed_gives_the_same_trades(rate):
    assert trades(7, rate, 3000) == trades(7, rate, 3000) != trades(8, rate, 3000)


async def test_the_same_seed_gives_the_same_trades_however_they_are_taken(time):
    one, other = (SyntheticFeed(FIVE, 0, 7, time.clock()) for _ in range(2))
    assert one.block(700) == [quote for n in (1, 499, 200) for quote in other.block(n)]


@pytest.mark.parametrize("rate", [1, 1000])
def test_prices_move_in_whole_ticks_and_stay_plausible_for_days(rate):
    found = prices(3, rate, 100_000)
    assert all(price == round(price, 2) for price in found)
    assert 200 < min(found) <= max(found) < 420
    assert len(set(found)) > 100


@pytest.mark.parametrize(
    ("price", "digits"), [(0.9, 4), (0.0034, 6), (0.00001234, 8), (8e-300, 303)]
)
def test_a_price_of_a_part_of_a_cent_moves_by_parts_of_it(price, digits):
    walk = Walk(("PENNY",), random.Random(1))
    walk.anchor("PENNY", price)
    found = [walk.step("PENNY") for _ in range(100)]
    assert all(0.98 * price < it < 1.02 * price for it in found)
    assert all(it == round(it, digits) for it in found)
    assert len(set(found)) > 1


def minute_moves(seed, trades_a_minute, minutes):
    closes = prices(seed, trades_a_minute / 60, trades_a_minute * minutes + 1)[::trades_a_minute]
    return [math.log(b / a) for a, b in pairwise(closes)]


def test_a_minute_moves_a_price_as_far_whatever_the_rate():
    slow, fast = (
        statistics.quantiles(map(abs, minute_moves(5, 60 * rate, 120)), n=4)[1] for rate in (1, 10)
    )
    assert 0.5 < slow / fast < 2
    assert 0.0004 < slow < 0.003


def test_volatility_changes_and_jumps_come_so_that_large_moves_are_commoner_than_chance_has_it():
    sessions = [minute_moves(seed, 6, 389) for seed in range(10)]  # in each no night, nor its gap
    moves = [move for session in sessions for move in session]
    sigma = statistics.pstdev(moves)
    kurtosis = statistics.fmean(move**4 for move in moves) / sigma**4
    assert kurtosis > 6  # 4.6 where only the time of day changes how volatile it is


def test_the_ends_of_a_session_are_livelier_than_its_middle_and_a_night_leaves_a_gap():
    ends, noons, gaps = [], [], []
    for seed in range(40):
        closes = prices(seed, 1 / 60, 2 * 390)  # two sessions, a trade a minute
        moves = [abs(math.log(b / a)) for a, b in pairwise(closes)]
        ends += moves[1:40] + moves[340:388]
        noons += moves[155:235]
        gaps.append(moves[388])
    assert statistics.fmean(ends) > 1.3 * statistics.fmean(noons)
    assert statistics.fmean(gaps) > 4 * statistics.fmean(noons)


def test_it_goes_on_from_a_real_price():
    walk = Walk(("IBM",), random.Random(3), 10)
    walk.anchor("IBM", 50.0)
    assert abs(walk.step("IBM") - 50.0) < 1


@pytest.mark.parametrize("rate", [4, 4000])
async def test_quotes_come_at_the_rate_and_carry_the_clock(time, rate):
    feed = SyntheticFeed(("IBM", "AAPL"), rate, 1, time.clock())
    began = time.now
    quotes = []
    async for block in feed.blocks():
        quotes.extend(block)
        if len(quotes) >= 10 * rate:
            break
    assert (time.now - began).total_seconds() == pytest.approx(10, abs=0.3)
    assert {quote.symbol for quote in quotes} == {"IBM", "AAPL"}
    assert quotes[-1].event_time == time.now
    assert all(quote.volume >= 1 for quote in quotes)


async def test_after_a_stall_nothing_is_made_up_for(time):
    rounds = paced(10, time.clock())
    await anext(rounds)
    time.pass_by(60)
    before = time.monotonic_s
    sent = sum([await anext(rounds) for _ in range(11)])
    assert sent == 11
    assert 0.9 <= time.monotonic_s - before <= 1.1


async def test_after_a_short_wait_what_was_due_is_made_up_for(time):
    rounds = paced(10, time.clock())
    await anext(rounds)
    time.pass_by(0.55)
    assert await anext(rounds) == 5
