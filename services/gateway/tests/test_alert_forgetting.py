"""Names that come no more make room for others, once nothing depends on what is known of them."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alert_making import engine, rule, ticked, trade
from make import BEGIN, micros
from test_alerting import Run, until

from contracts.clock import Clock
from gateway.alerts.evaluation.state import Key, State, pack, unpack_watched
from gateway.alerts.evaluation.statuses import Statuses
from gateway.following.listener import ReadTo

HOUR_US = 3600 * 1_000_000
NOW_US = micros(BEGIN)
NOTHING = Statuses({}, None)
OVER = rule(name="over", kind="price", over=100)
SILENT = rule(name="silent", kind="no_quotes", after="1 day", cooldown="1 day")


class Hours:
    """A state of which one engine after the other makes use, each for an hour."""

    def __init__(self, *bodies: str) -> None:
        self.state = State()
        self.alerted: list[str | None] = []
        self._bodies = bodies
        self._hour = 0

    def go_by(self, count: int, *symbols: str, price: float = 99) -> None:
        """Let hours go by, each with a trade of these symbols."""
        for _ in range(count):
            one = engine(*self._bodies, state=self.state)
            list(self.state.forget_silent(NOW_US + self._hour * HOUR_US))
            given = [trade(price, 3600 * self._hour + 60, self._hour, symbol=it) for it in symbols]
            self.alerted += [it.symbol for it in one.on_trades(given)]
            one.settle()
            self._hour += 1
            now_us = NOW_US + self._hour * HOUR_US
            self.alerted += [it.symbol for it in ticked(one, now_us, NOTHING, all_read=True)]

    def names(self) -> list[str]:
        return [key.name for key in self.state.watched]


def test_a_symbol_without_records_for_two_days_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.alerts.evaluation.state.MOST_WATCHED", 2)
    hours = Hours(OVER)
    hours.go_by(1, "ONCE", "OFTEN")
    hours.go_by(48, "OFTEN", "NEW")
    assert hours.names() == ["ONCE", "OFTEN"]
    hours.go_by(2, "OFTEN", "NEW")
    assert hours.names() == ["OFTEN", "NEW"]


def test_one_that_triggered_and_was_not_back_is_kept_over_holidays() -> None:
    hours = Hours(OVER)
    hours.go_by(1, "IBM", price=101)
    hours.go_by(14 * 24)
    hours.go_by(1, "IBM", price=102)
    assert hours.alerted == ["IBM"]
    hours.go_by(14 * 24 + 2)
    assert hours.names() == []


def test_one_that_is_missed_is_kept_over_holidays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.alerts.evaluation.silence.UNSEEN_US", HOUR_US)  # as it looks here
    hours = Hours(SILENT)
    hours.go_by(1, "IBM")
    hours.go_by(14 * 24)
    assert hours.names() == ["IBM"]
    assert hours.alerted == ["IBM"]
    hours.go_by(2)
    assert hours.names() == []


def test_when_a_symbol_was_heard_of_is_known_after_a_restart() -> None:
    hours = Hours(OVER)
    hours.go_by(2, "IBM")
    hours.go_by(30)
    hours.state = State({it: unpack_watched(pack(of)) for it, of in hours.state.watched.items()})
    hours.go_by(20)
    assert hours.names() == []


def test_what_is_known_of_a_service_is_not_forgotten() -> None:
    hours = Hours(rule(kind="pipeline", state="refused"))
    hours.state.of(Key("mark", "spark-job"))
    list(hours.state.forget_silent(NOW_US))
    list(hours.state.forget_silent(NOW_US + 1000 * HOUR_US))
    assert hours.names() == ["spark-job"]


async def test_it_is_looked_for_while_it_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.alerts.alerting._KEEP_EVERY_S", 0.01)
    monkeypatch.setattr("gateway.alerts.evaluation.state.FORGOTTEN_AFTER_US", 0)
    (tmp_path / "rules.toml").write_text("[[rule]]\n" + OVER)
    async with Run(tmp_path, clock=Clock(sleep=lambda _: asyncio.sleep(0.01))) as run:
        run.alerting.on_start("trades", "t", {0: 0})
        given = [trade(101, 0, 0), trade(99, 0, 1, symbol="AAPL")]
        run.alerting.on_trades(given, {0: ReadTo(2)})
        with closing(sqlite3.connect(tmp_path / "state" / "alerts.sqlite")) as database:
            names = "select name from watched order by name"
            await until(lambda: database.execute(names).fetchall() == [("IBM",)])
