"""Real daily prices of IBM, AAPL and MSFT, replayed with their own times and with `now`."""

import json
import time
from typing import ClassVar

import prices
import pytest
from browsing import CHART, STATE, Visit
from events import EPOCH, US, read_event
from topic import Message
from waiting import wait_for
from windows import key_of


def quotes(stack):
    events = (read_event(record) for record in stack.records())
    return [event for event in events if event and event.symbol]


def wait_finished(stack):
    wait_for(
        "the end of the replay", lambda: stack.status("producer").get("state") == "finished", 120
    )


def heartbeat(event_time):
    """Make a heartbeat, which moves event time on."""
    event = {"schema_version": 1, "kind": "heartbeat", "event_id": "tests-0", "source": "replay"}
    return Message(
        json.dumps(event | {"event_time": event_time, "ingest_time": event_time}).encode()
    )


def write_table(path, stack):
    """Keep what came out, for a person."""
    lines = ["symbol  window                                     quotes    average    maximum"]
    for row in sorted(stack.rows(), key=key_of):
        start, end = (
            f"{EPOCH + row[name] * US:%Y-%m-%d %T}" for name in ("window_start", "window_end")
        )
        figures = f"{row['event_count']:6} {row['avg_price']:10.4f} {row['max_price']:10.4f}"
        lines.append(f"{row['symbol']:7} {start} to {end} {figures}")
    path.write_text("\n".join(lines) + "\n")


@pytest.fixture(scope="class")
def stack(request, new_stack):
    stack = new_stack(
        request.cls.NAME, FEED="replay", REPLAY_FILE="daily.csv", **request.cls.SETTINGS
    )
    prices.write(stack.folder / "volumes" / "replay" / "daily.csv", request.cls.PRICES)
    stack.up()
    wait_finished(stack)
    yield stack
    stack.close()


class TestAsTheyAre:
    """Thirteen years, as fast as they go, in windows of four weeks that begin every week."""

    NAME = "original"
    PRICES = prices.daily()
    SETTINGS: ClassVar[dict[str, str]] = {
        "REPLAY_SPEED": "0",
        "REPLAY_TIMES": "original",
        "WINDOW_LENGTH": "28 days",
        "WINDOW_SLIDE": "7 days",
    }

    def test_what_is_published_is_what_the_file_holds(self, stack):
        found = [(it.symbol, it.price, it.volume) for it in quotes(stack)]
        assert found == [(it.symbol, float(it.price), float(it.volume)) for it in self.PRICES]

    def test_every_window_is_as_calculated_to_the_last_one(self, stack, artefacts):
        stack.compose("stop", "producer")  # its heartbeats go on from the last day by seconds
        stack.produce([heartbeat("2013-06-01T00:00:00.000000Z")])
        calculation = stack.check_windows()
        write_table(artefacts / "windows-original.txt", stack)
        assert calculation.doubtful == set()
        assert {key.source for key in calculation.rows} == {"replay"}
        assert sum(len(events) for events in calculation.rows.values()) == 4 * 3 * 3270

    def test_a_restart_does_not_play_the_file_again(self, stack):
        stack.up()
        wait_finished(stack)
        assert len(quotes(stack)) == 3 * 3270

    def test_the_page_shows_them(self, stack, browser, artefacts):
        visit = Visit(browser, stack.page_url)
        visit.page.locator(CHART).first.wait_for(timeout=60_000)
        text = wait_for("a card of IBM", lambda: visit.text(".st-key-card-IBM"), 30)
        assert "Replay" in text
        wait_for("what has ended", lambda: "The replay is finished" in visit.text(STATE), 40)
        assert "Quiet" in visit.text(STATE)
        assert "not the current market" in visit.text(".st-key-notices")
        visit.page.screenshot(path=artefacts / "page-replay.png", full_page=True)
        assert visit.troubles == []
        visit.page.close()

    def test_nothing_restarted(self, stack):
        assert set(stack.restarts().values()) == {0}


class TestMovedToNow:
    """The last year at forty days a second; the spacing of the days is kept."""

    NAME = "now"
    PRICES = prices.daily("2012-03-01")
    SETTINGS: ClassVar[dict[str, str]] = {
        "REPLAY_SPEED": str(40 * 86_400),
        "WINDOW_LENGTH": "4 seconds",
        "WINDOW_SLIDE": "2 seconds",
    }

    def test_the_spacing_of_the_days_is_kept(self, stack):
        found = quotes(stack)
        assert [it.price for it in found] == [float(it.price) for it in self.PRICES]
        assert found[-1].time_us - found[0].time_us == pytest.approx(365 / 40 * 1e6, abs=2)
        assert abs(found[-1].time_us / 1e6 - time.time()) < 120

    def test_every_window_is_as_calculated_and_heartbeats_close_the_last(self, stack, artefacts):
        last_us = quotes(stack)[-1].time_us
        calculation = stack.check_windows(since=last_us / 1e6)
        write_table(artefacts / "windows-now.txt", stack)
        assert calculation.doubtful == set()
        assert sum(len(it) for it in calculation.rows.values()) == 2 * len(self.PRICES)


@pytest.mark.long
def test_partitions_without_quotes_hold_no_window_back_before_its_end(new_stack):
    partitions = range(8)
    stack = new_stack(
        "parted",
        FEED="replay",
        REPLAY_FILE="daily.csv",
        REPLAY_SPEED=str(3 * 86_400),
        KAFKA_PARTITIONS=str(len(partitions)),
        WINDOW_LENGTH="4 seconds",
        WINDOW_SLIDE="2 seconds",
    )
    played = prices.daily("2012-03-01")
    prices.write(stack.folder / "volumes" / "replay" / "daily.csv", played)
    stack.up()
    wait_for("a window", stack.rows, 60)
    assert stack.status("producer")["state"] != "finished"
    wait_finished(stack)
    last_us = quotes(stack)[-1].time_us
    calculation = stack.check_windows(since=last_us / 1e6)
    assert calculation.doubtful == set()
    assert sum(len(it) for it in calculation.rows.values()) == 2 * len(played)
    assert stack.status("spark-job")["details"]["late_window_updates"] == 0
    found = [(record.partition, read_event(record)) for record in stack.records()]
    quoted = {partition: event.time_us for partition, event in found if event.symbol}
    before = [(it, event) for it, event in found if not event.symbol and event.time_us < last_us]
    assert {it for it, _ in before} >= set(partitions) - quoted.keys() != set()
    times = {event.time_us for _, event in found if event.symbol}
    assert {event.time_us for _, event in before} <= times  # each that of the newest quote
