"""Real daily prices of IBM, AAPL and MSFT, replayed: as they are, and moved to now."""

from datetime import timedelta

import prices
import pytest
from waiting import wait_for
from windows import read_event

ORIGINAL = {"FEED": "replay", "REPLAY_FILE": "daily.csv", "REPLAY_SPEED": "0"}


def quotes(stack):
    events = (read_event(record) for record in stack.records())
    return [event for event in events if event and event.symbol]


def wait_finished(stack, count):
    wait_for(
        "the end of the replay", lambda: stack.status("producer").get("state") == "finished", 120
    )
    assert len(quotes(stack)) == count


class TestAsTheyAre:
    """Thirteen years, in windows of four weeks that begin every week."""

    LENGTH, SLIDE = timedelta(days=28), timedelta(days=7)

    @pytest.fixture(scope="class")
    def stack(self, new_stack):
        stack = new_stack(
            "original",
            **ORIGINAL,
            REPLAY_TIMES="original",
            WINDOW_LENGTH="28 days",
            WINDOW_SLIDE="7 days",
        )
        prices.write(stack.folder / "volumes" / "replay" / "daily.csv", prices.daily())
        stack.up()
        wait_finished(stack, 9810)
        return stack

    def test_what_is_published_is_what_the_file_holds(self, stack):
        found = [(it.symbol, it.price, it.volume) for it in quotes(stack)]
        assert found == [(it.symbol, float(it.price), float(it.volume)) for it in prices.daily()]

    def test_every_window_is_as_calculated_to_the_last_one(self, stack):
        calculation = stack.check_windows(self.LENGTH, self.SLIDE)
        assert calculation.doubtful == set()
        assert {key.source for key in calculation.rows} == {"replay"}
        assert sum(len(events) for events in calculation.rows.values()) == 4 * 9810

    def test_the_last_month_of_ibm(self, stack, artefacts):
        lines = [
            f"{it['window_start']} {it['symbol']} {it['avg_price']:.4f}" for it in stack.rows()
        ]
        (artefacts / "windows-original.txt").write_text("\n".join(sorted(lines)))

    def test_nothing_restarted(self, stack):
        assert set(stack.restarts().values()) == {0}


class TestMovedToNow:
    """The last year at twenty days a second."""

    LENGTH, SLIDE = timedelta(seconds=10), timedelta(seconds=5)

    @pytest.fixture(scope="class")
    def stack(self, new_stack):
        stack = new_stack(
            "now",
            FEED="replay",
            REPLAY_FILE="daily.csv",
            REPLAY_SPEED=str(20 * 86_400),
            WINDOW_LENGTH="10 seconds",
            WINDOW_SLIDE="5 seconds",
        )
        prices.write(stack.folder / "volumes" / "replay" / "daily.csv", prices.daily("2012-03-01"))
        stack.up()
        return stack
