import json
from datetime import UTC, datetime

import msgspec
import pytest
import structlog

from contracts.status import ProducerDetails, StatusWriter
from producer.feeds.synthetic import SyntheticFeed
from producer.publisher import Publisher
from producer.report import Report


class Seen:
    """A report with its feed, publisher and files."""

    def __init__(self, folder, time):
        self.feed = SyntheticFeed(("IBM",), 10, 1, time.clock())
        self.publisher = Publisher(lambda: None, time.clock())
        details = ProducerDetails(feed="synthetic", run_id="a1", topic="topic")
        writer = StatusWriter(folder, "producer", lambda: time.now)
        self.liveness_file = folder / "alive"
        self.file = folder / "producer.json"
        self.report = Report(
            self.feed,
            self.publisher,
            details,
            writer,
            liveness_file=self.liveness_file,
            clock=time.clock(),
        )

    def status(self):
        return json.loads(self.file.read_text())


@pytest.fixture
def seen(tmp_path, time):
    return Seen(tmp_path, time)


def test_until_the_broker_takes_records_it_is_connecting_and_not_well(seen):
    seen.feed.status.state = "live"
    seen.report.update()
    assert seen.status()["state"] == "connecting"
    assert not seen.liveness_file.exists()


def test_when_the_next_quote_is_due_shows_while_it_is_long_off(seen):
    seen.feed.status.next_quote_at = datetime(2026, 1, 5, 14, 30, tzinfo=UTC)
    seen.report.update()
    assert seen.status()["details"]["next_quote_at"] == "2026-01-05T14:30:00.000000Z"
    seen.feed.status.next_quote_at = None
    seen.report.update()
    assert seen.status()["details"]["next_quote_at"] is None


def test_what_is_acknowledged_shows_and_is_a_sign_of_life(seen):
    seen.feed.status.state = "live"
    seen.publisher.connected = True
    quotes = seen.feed.block(3)
    seen.report.quotes_acknowledged(quotes)
    seen.report.update()
    status = seen.status()
    assert status["state"] == "live"
    assert status["details"]["published"] == 3
    assert status["details"]["symbols"]["IBM"]["count"] == 3
    assert status["details"]["symbols"]["IBM"]["price"] == quotes[-1].price
    assert seen.liveness_file.exists()


def test_of_very_many_symbols_the_first_are_told_of_and_all_quotes_are_counted(seen):
    (quote,) = seen.feed.block(1)
    quotes = [msgspec.structs.replace(quote, symbol=f"S{n}") for n in range(30_000)]
    seen.feed.status.dropped["S29999"] = "it is not known"
    with structlog.testing.capture_logs() as lines:
        for block in (quotes[:25_000], quotes[25_000:], quotes[:1]):
            seen.report.quotes_acknowledged(block)
            seen.report.update()
    details = seen.status()["details"]
    assert details["published"] == 30_001
    assert list(details["symbols"]) == [f"S{n}" for n in range(20_000)]
    assert (details["symbols"]["S0"]["count"], details["symbols"]["S19999"]["count"]) == (2, 1)
    assert details["symbols"]["S19999"]["price"] == quote.price
    assert len([line for line in lines if "more symbols" in line["event"]]) == 1


def test_a_quiet_feed_is_well(seen, time):
    seen.publisher.connected = True
    time.pass_by(3600)
    seen.report.update()
    assert seen.liveness_file.exists()


async def test_a_broker_that_acknowledges_nothing_is_told_and_in_the_end_is_ill(seen, time):
    seen.feed.status.state = "live"
    seen.publisher.connected = True
    await seen.publisher.room(1)
    seen.publisher.put([0], [b"x"], lambda: None)
    time.pass_by(6)
    seen.report.update()
    assert seen.status()["state"] == "connecting"
    assert seen.status()["last_error"] == "broker: it acknowledges nothing"
    assert seen.liveness_file.exists()
    seen.liveness_file.unlink()
    time.pass_by(20)
    seen.report.update()
    assert not seen.liveness_file.exists()


def test_a_failed_feed_stays_failed_whatever_the_broker_does(seen):
    seen.feed.status.state, seen.feed.status.last_error = "failed", "the key"
    seen.feed.status.key_rejected = True
    seen.report.update()
    assert (seen.status()["state"], seen.status()["last_error"]) == ("failed", "the key")
    assert seen.status()["details"]["key_rejected"] is True


def test_whether_the_exchange_is_closed_is_told(seen):
    told = []
    for is_closed in (False, True, False):
        seen.feed.status.off_hours = is_closed
        seen.report.update()
        told.append(seen.status()["details"]["off_hours"])
    assert told == [False, True, False]


def test_a_status_file_that_cannot_be_written_stops_nothing(seen):
    seen.file.with_suffix(".json.tmp").mkdir()
    seen.publisher.connected = True
    seen.report.update()
    assert seen.liveness_file.exists()


def test_once_a_minute_the_log_tells_how_it_goes_and_how_old_each_last_quote_is(seen, time):
    seen.feed.status.state = "live"
    seen.publisher.connected = True
    seen.report.quotes_acknowledged(seen.feed.block(120))
    with structlog.testing.capture_logs() as lines:
        for _ in range(61):
            seen.report.update()
            time.pass_by(1)
    (line,) = (line for line in lines if line["event"] == "published")
    assert (line["quotes"], line["per_second"], line["age_s"]) == (120, 2.0, {"IBM": 60.0})
