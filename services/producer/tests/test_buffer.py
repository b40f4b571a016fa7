from datetime import UTC, datetime

from producer.feeds.sockets.buffer import QuoteBuffer
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
    buffer = QuoteBuffer(3)
    buffer.put(quotes(1, 2))
    buffer.put(quotes(3, 4, 5))
    assert [quote.price for quote in buffer.take()] == [3, 4, 5]
    assert buffer.dropped == 2


async def test_quotes_can_be_waited_for_until_they_are_taken():
    buffer = QuoteBuffer()
    buffer.put([])
    buffer.put(quotes(1))
    await buffer.wait()
    assert len(buffer.take()) == 1
    assert buffer.take() == []
    assert not buffer._not_empty.is_set()
