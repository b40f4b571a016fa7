"""Trades by their numbers, over one connection or two at once."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from producer.feeds.sockets.numbering import TradeNumbers

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def at(seconds):
    return NOW + timedelta(seconds=seconds)


def let_through(trades):
    """Give the trades (number, time in seconds) that are new, and how many never came."""
    numbers = TradeNumbers()
    new = [it for it in trades if numbers.is_new("BTCUSDT", it[0], at(it[1]))]
    return new, numbers.gaps


@given(st.lists(st.integers(1, 30)))
def test_each_number_is_let_through_once_and_those_that_never_came_are_counted(numbers):
    rising = []
    for it in numbers:
        if not rising or it > max(rising):
            rising.append(it)
    never = set(range(min(rising), max(rising))) - set(rising) if rising else set()
    new, gaps = let_through([(number, 0) for number in numbers])
    assert [number for number, _ in new] == rising
    assert gaps == len(never)


def test_symbols_are_numbered_by_themselves_and_some_not_at_all():
    numbers = TradeNumbers()
    assert numbers.is_new("A", 7, NOW)
    assert numbers.is_new("B", 3, NOW)
    assert numbers.is_new("A", None, NOW)
    assert numbers.is_new("A", None, NOW)
    assert numbers.gaps == 0


def test_numbers_that_begin_anew_are_new_trades_and_no_gap():
    trades = [(1000, 0), (1001, 1), (1, 2), (2, 3), (3, 3)]
    assert let_through(trades) == (trades, 0)


def test_after_numbers_have_begun_anew_they_may_pass_the_old_ones():
    trades = [(2, 0), (3, 1), (1, 2), (2, 3), (3, 4), (4, 5), (6, 6)]
    assert let_through(trades) == (trades, 1)


def test_what_the_other_connection_still_gives_of_the_old_numbers_is_a_repeat():
    trades = [(1000, 0), (1001, 1), (1, 2), (1000, 0), (1001, 1), (1, 2), (2, 3)]
    assert let_through(trades) == ([(1000, 0), (1001, 1), (1, 2), (2, 3)], 0)


def test_a_time_out_of_order_makes_no_repeat_new():
    trades = [(10, 5), (11, 4), (10, 5), (11, 4), (12, 6)]
    assert let_through(trades) == ([(10, 5), (11, 4), (12, 6)], 0)


@st.composite
def two_connections(draw):
    """Give trades whose numbers begin anew, and an interleaving of two connections that give them.

    The second may begin later and the first end earlier, but between them nothing is missing.
    """
    lengths = draw(st.lists(st.integers(1, 6), min_size=1, max_size=4))
    steps = iter(draw(st.lists(st.integers(0, 2), min_size=24, max_size=24)))
    trades, time = [], 0
    for length in lengths:
        first = draw(st.integers(1, 50))
        if trades and first > trades[-1][0]:
            first = 1  # else nobody could tell
        time += 1  # a new numbering begins later than the last trade of the old
        for number in range(first, first + length):
            trades.append((number, time))
            time += next(steps)
    takes_over = draw(st.integers(0, len(trades)))
    ends = draw(st.integers(takes_over, len(trades)))
    one, two = trades[:ends], trades[takes_over:]
    came, first, second = [], 0, 0
    while first < len(one) or second < len(two):
        # The second connection began when the first had given what came before.
        may_second = second < len(two) and first >= min(takes_over, len(one))
        if first < len(one) and (not may_second or draw(st.booleans())):
            came.append(one[first])
            first += 1
        else:
            came.append(two[second])
            second += 1
    return trades, came


@given(two_connections())
def test_over_two_connections_at_once_each_trade_is_let_through_once(given):
    trades, came = given
    new, gaps = let_through(came)
    assert new == trades
    assert gaps == 0
