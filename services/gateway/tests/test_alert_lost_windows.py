"""Windows that went with their topic are looked at in the dataset, as if they had come."""

from datetime import timedelta
from pathlib import Path

import pytest
from alert_making import rule, window
from make import BEGIN, row, write

from contracts.alerts import Alert
from contracts.clock import Clock
from contracts.location import Location
from contracts.reader import DatasetError, open_source
from gateway.alerts.alerting import Alerting, Places
from gateway.alerts.lost_windows import LostWindows
from gateway.following.listener import ReadTo
from gateway.history.pages import History
from gateway.history.query import Page, Query

MINUTE = timedelta(minutes=1)
NOW = BEGIN + 20 * MINUTE
CLOCK = Clock(now=lambda: NOW)
OVER = "[[rule]]\n" + rule(kind="price", on="windows", over=100)


def alerting(folder: Path) -> Alerting:
    (folder / "rules.toml").write_text(OVER)
    places = Places(folder / "rules.toml", folder, folder / "status")
    return Alerting(places, [], CLOCK, all_read=lambda: True, waiting=lambda: None)


async def looked(
    folder: Path, made: Alerting, topic_id: str = "new", length: timedelta = MINUTE
) -> list[Alert]:
    """Look, and give the alerts, in their order."""
    history = History(open_source(Location(str(folder / "aggregates"))))
    await LostWindows(history, made, length, CLOCK).look(topic_id)
    return given(made)


def given(made: Alerting) -> list[Alert]:
    return [it.alert for it in made._new]


def put(folder: Path, *windows: tuple[int, float], name: str = "a.parquet") -> None:
    """Write windows that end so many minutes after `BEGIN`, of these mean prices."""
    rows = [
        row(BEGIN + (end - 1) * MINUTE, source="finnhub", avg_price=price) for end, price in windows
    ]
    write(folder / "aggregates", name, *rows)


async def test_what_the_dataset_has_triggers_in_order_and_once(tmp_path: Path) -> None:
    made = alerting(tmp_path)
    made.on_start("windows", "old", {0: 0})
    made.on_windows([window(12 * 60, avg_price=101.0)], {0: ReadTo(1)})
    put(tmp_path, (16, 104.0), (15, 99.0), name="late.parquet")
    put(tmp_path, (12, 101.0), (13, 99.0), (14, 103.0))
    assert [it.value for it in await looked(tmp_path, made)] == [101.0, 103.0, 104.0]
    before = len(given(made))
    made.on_windows([window(14 * 60, avg_price=103.0)], {0: ReadTo(2)})
    assert len(given(made)) == before


async def test_a_window_has_the_same_alert_whether_it_came_or_was_found(tmp_path: Path) -> None:
    put(tmp_path, (14, 103.0))
    found, came = alerting(tmp_path), alerting(tmp_path)
    found.on_start("windows", "old", {0: 0})
    came.on_start("windows", "old", {0: 0})
    came.on_windows([window(14 * 60, avg_price=103.0)], {})
    assert await looked(tmp_path, found) == given(came)


async def test_windows_that_ended_more_than_ten_minutes_ago_are_left_out(tmp_path: Path) -> None:
    made = alerting(tmp_path)
    made.on_start("windows", "old", {0: 0})
    put(tmp_path, (10, 101.0), (11, 99.0), (12, 102.0))
    assert [it.value for it in await looked(tmp_path, made)] == [102.0]


async def test_of_windows_of_a_day_the_minutes_are_read_in_which_those_that_ended_began(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = timedelta(days=1)
    begun = NOW - day - 2 * MINUTE
    of_a_day = row(begun, source="finnhub", window_end=begun + day, avg_price=104.0)
    write(tmp_path / "aggregates", "a.parquet", of_a_day)
    asked, read = [], History.read

    def counted(history: History, query: Query) -> Page:
        asked.append(query.begin)
        return read(history, query)

    monkeypatch.setattr(History, "read", counted)
    made = alerting(tmp_path)
    made.on_start("windows", "old", {0: 0})
    assert [it.value for it in await looked(tmp_path, made, length=day)] == [104.0]
    assert len(asked) == 21  # ten minutes before those that end now, and ten behind


@pytest.mark.parametrize("known", [None, "same"])
async def test_of_the_same_topic_nothing_is_lost(tmp_path: Path, known: str | None) -> None:
    made = alerting(tmp_path)
    if known:
        made.on_start("windows", known, {0: 0})
    put(tmp_path, (14, 103.0))
    assert await looked(tmp_path, made, "same") == []


async def test_a_dataset_that_cannot_be_read_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise DatasetError("nobody answers")

    monkeypatch.setattr(History, "read", fails)
    made = alerting(tmp_path)
    made.on_start("windows", "old", {0: 0})
    [told] = await looked(tmp_path, made)
    assert told.text == (
        "alerts: final windows that the rules have not evaluated were lost with their topic, and"
        " the dataset cannot be read: nobody answers"
    )
