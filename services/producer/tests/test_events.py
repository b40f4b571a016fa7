from datetime import UTC, date, datetime

from contracts.check import check
from contracts.event import Heartbeat, Quote
from producer.events import Numbering, heartbeat_events, quote_events
from producer.quote import FeedQuote

NOW = datetime(2026, 1, 2, 15, 4, 5, 250000, tzinfo=UTC)
NOW_MS = 1767366245250


def test_the_check_accepts_what_is_published():
    quote = FeedQuote(
        symbol="IBM", price=184.5, volume=None, event_time=NOW, ingest_time=NOW,
        source="alpha-vantage", as_of=date(2026, 1, 2),
    )  # fmt: skip
    (value,) = quote_events([quote], ["a1-0"])
    event = check(value, NOW_MS)
    assert isinstance(event, Quote)
    assert (event.event_time, event.as_of) == ("2026-01-02T15:04:05.250000Z", "2026-01-02")
    beats = [check(it, NOW_MS) for it in heartbeat_events("synthetic", NOW, NOW, ["a1-1", "a1-2"])]
    assert all(isinstance(it, Heartbeat) for it in beats)
    assert [it.event_id for it in beats] == ["a1-1", "a1-2"]


def test_a_run_counts_up_by_one_from_0_and_has_its_own_name():
    one, other = Numbering(), Numbering()
    given = [*one.event_ids(1), *one.event_ids(3), *one.event_ids(1)]
    assert given == [f"{one.run_id}-{n}" for n in range(5)]
    assert one.run_id.isalnum()
    assert one.run_id != other.run_id
