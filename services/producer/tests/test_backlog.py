from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from producer.feeds.sockets.backlog import Backlog, Sequences
from producer.quote import FeedQuote

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def quotes(*prices):
    return [
        FeedQuote(
            symbol="IBM", price=it, volume=1, event_time=NOW, ingest_time=NOW, source="finnhub"
        )
        for it in prices
    ]


def test_the_oldest_make_room_and_are_counted():
    backlog = Backlog(3)
    backlog.put(quotes(1, 2))
    backlog.put(quotes(3, 4, 5))
    assert [quote.price for quote in backlog.take()] == [3, 4, 5]
    assert backlog.dropped == 2


async def test_what_waits_is_told_until_it_is_taken():
    backlog = Backlog()
    backlog.put([])
    backlog.put(quotes(1))
    await backlog.wait()
    assert len(backlog.take()) == 1
    assert backlog.take() == []
    assert not backlog._some.is_set()


@given(st.lists(st.integers(1, 30)))
def test_each_number_is_let_through_once_and_those_that_never_came_are_counted(numbers):
    sequences = Sequences()
    let_through = [it for it in numbers if sequences.is_new("BTCUSDT", it)]
    rising = []
    for it in numbers:
        if not rising or it > max(rising):
            rising.append(it)
    assert let_through == rising
    never = set(range(min(rising), max(rising))) - set(rising) if rising else set()
    assert sequences.gaps == len(never)


def test_symbols_are_numbered_by_themselves_and_some_not_at_all():
    sequences = Sequences()
    assert sequences.is_new("A", 7)
    assert sequences.is_new("B", 3)
    assert sequences.is_new("A", None)
    assert sequences.is_new("A", None)
    assert sequences.gaps == 0
