"""From trades to addresses, over restarts."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Self

import pytest
from alert_making import rule, trade, window

from contracts.alerts import Alert
from contracts.clock import Clock
from contracts.kafka_damage import Damaged
from gateway.alerts.alerting import Alerting, Places
from gateway.alerts.delivery.queue import Address
from gateway.alerts.progress import AT_MOST_BACK
from gateway.following.lag import Waiting
from gateway.following.listener import ReadTo

OVER = "[[rule]]\n" + rule(kind="price", over=100)


class Run:
    """One run on a folder, with one address that takes alerts or does not, and others."""

    def __init__(
        self, folder: Path, *others: Address, takes: bool = True, clock: Clock | None = None
    ) -> None:
        self.sent: list[Alert] = []
        self.takes = takes
        self.waiting: Waiting | None = None
        self.status = folder / "status"
        self.status.mkdir(exist_ok=True)
        (folder / "state").mkdir(exist_ok=True)
        places = Places(folder / "rules.toml", folder / "state", self.status)
        address = Address("a", "1 (JSON)", self._send)
        self.alerting = Alerting(
            places,
            [address, *others],
            clock or Clock(),
            all_read=lambda: self.waiting is None,
            waiting=lambda: self.waiting,
        )

    async def _send(self, alert: Alert) -> bool:
        if self.takes:
            self.sent.append(alert)
        return self.takes

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self.alerting.run())
        await asyncio.sleep(0)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not is_so():  # noqa: ASYNC110 - what it waits for is anything
            await asyncio.sleep(0.01)


async def test_what_triggers_is_kept_shown_told_and_delivered(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text(OVER)
    heard: list[Alert] = []
    async with Run(tmp_path) as run:
        run.alerting.recent.subscribe(lambda alert, _: heard.append(alert))
        run.alerting.on_start("trades", "t", {0: 7})
        run.alerting.on_trades([trade(101, 0, 7)], {0: ReadTo(8)})
        await until(lambda: len(run.sent) == 1)
    assert heard == run.sent == run.alerting.recent.find()
    assert len(run.alerting.queues[0]) == 0


async def test_a_final_window_triggers(tmp_path: Path) -> None:
    on_windows = rule(kind="price", over=99, on="windows")
    (tmp_path / "rules.toml").write_text("[[rule]]\n" + on_windows)
    async with Run(tmp_path) as run:
        run.alerting.on_start("windows", "w", {0: 3})
        run.alerting.on_windows([window(60)], {0: ReadTo(4)})
        await until(lambda: len(run.sent) == 1)
    assert run.sent[0].at == "2026-01-02T15:01:00.000000Z"


async def test_a_restart_goes_on_at_the_kept_offset_with_what_waits(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text(OVER)
    async with Run(tmp_path, takes=False) as run:
        assert run.alerting.start("trades", "t").offsets == {}
        run.alerting.on_start("trades", "t", {0: 7, 1: 0})
        run.alerting.on_trades([trade(101, 0, 7)], {0: ReadTo(9)})
        await until(lambda: len(run.alerting.recent.find()) == 1)
    async with Run(tmp_path) as run:
        start = run.alerting.start("trades", "t")
        assert (start.offsets, start.at_most) == ({0: 9, 1: 0}, AT_MOST_BACK)
        run.alerting.on_start("trades", "t", {0: 9, 1: 0})
        run.alerting.on_trades([trade(102, 5, 9)], {0: ReadTo(10)})
        await until(lambda: len(run.sent) == 1)
    assert [it.value for it in run.sent] == [101]
    assert [it.value for it in run.alerting.recent.find()] == [101]


async def test_what_was_skipped_is_told(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text(OVER)
    async with Run(tmp_path) as run:
        run.alerting.on_start("trades", "t", {0: 7})
        run.alerting.on_trades([], {0: ReadTo(10)})
    async with Run(tmp_path) as run:
        run.alerting.on_start("trades", "t", {0: 1210})
        await until(lambda: len(run.sent) == 1)
    told = "alerts: 1,200 records of trades were skipped, older than ten minutes or too many"
    assert (run.sent[0].text, run.sent[0].kind) == (told, "notice")


async def test_without_rules_nothing_is_told_of_what_they_would_have_missed(tmp_path: Path) -> None:
    async with Run(tmp_path) as run:
        run.alerting.on_start("trades", "t", {0: 7})
        run.alerting.on_damage("trades", Damaged(0, 8, 9))
        run.alerting.on_trades([], {0: ReadTo(10)})
    async with Run(tmp_path) as run:
        run.alerting.on_start("trades", "t", {0: 1210})
        (tmp_path / "rules.toml").write_text(OVER)
        await until(lambda: bool(run.alerting.rules))
        run.alerting.on_trades([trade(101, 0, 1210)], {0: ReadTo(1211)})
        await until(lambda: bool(run.sent))
    assert [it.value for it in run.sent] == [101]


async def test_what_is_damaged_is_told_unless_the_rules_had_looked_at_it(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text(OVER)
    async with Run(tmp_path) as run:
        run.alerting.on_start("windows", "w", {0: 7})
        run.alerting.on_damage("windows", Damaged(0, 2, 6))
        run.alerting.on_damage("windows", Damaged(0, 6, 8))
        await until(lambda: len(run.sent) == 1)
    assert run.sent[0].text == (
        "alerts: of windows, partition 0: offsets 6 to 8 (3 records) are damaged on the broker's"
        " disk, and left out"
    )


async def test_what_was_skipped_of_a_partition_that_was_added_meanwhile_is_told(
    tmp_path: Path,
) -> None:
    (tmp_path / "rules.toml").write_text(OVER)
    async with Run(tmp_path) as run:
        run.alerting.on_start("trades", "t", {0: 7})
    async with Run(tmp_path) as run:
        run.alerting.on_start("trades", "t", {0: 9, 1: 40})
        await until(lambda: len(run.sent) == 1)
    assert run.sent[0].text.startswith("alerts: 42 records of trades were skipped")


WHAT_IS_THERE = "the rules go on with what is there, at most ten minutes back"


async def test_a_topic_with_fewer_records_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text(OVER)
    async with Run(tmp_path) as run:
        run.alerting.on_start("trades", "t", {0: 7, 1: 700})
    async with Run(tmp_path) as run:
        run.alerting.on_start("trades", "t", {0: 7, 1: 20})
        await until(lambda: len(run.sent) == 1)
    told = f"alerts: the broker has fewer trades than were read before: {WHAT_IS_THERE}"
    assert run.sent[0].text == told
    async with Run(tmp_path) as run:
        assert run.alerting.start("trades", "t").offsets == {0: 7, 1: 20}
        run.alerting.on_start("trades", "t", {0: 7, 1: 20})
        run.alerting.on_trades([], {1: ReadTo(700)})
    assert len(run.alerting.recent.find()) == 1
    async with Run(tmp_path) as run:  # and again, at the same offsets
        run.alerting.on_start("trades", "t", {0: 7, 1: 20})
        await until(lambda: len(run.alerting.recent.find()) == 2)


async def test_of_another_topic_the_old_offsets_are_not_used_and_it_is_told_once(
    tmp_path: Path,
) -> None:
    (tmp_path / "rules.toml").write_text(OVER)
    async with Run(tmp_path) as run:
        run.alerting.on_start("trades", "t", {0: 7, 1: 5})
    async with Run(tmp_path) as run:  # it has grown past the offset of before, by far
        start = run.alerting.start("trades", "other")
        assert (start.offsets, start.otherwise) == ({}, AT_MOST_BACK)
        run.alerting.on_start("trades", "other", {0: 700})
        await until(lambda: len(run.sent) == 1)
    assert run.sent[0].text == (
        "alerts: trades come from another topic than before, as after the broker's volume was"
        f" wiped: {WHAT_IS_THERE}"
    )
    async with Run(tmp_path) as run:
        assert run.alerting.start("trades", "other").offsets == {0: 700}
        run.alerting.on_start("trades", "other", {0: 700})
    assert len(run.alerting.recent.find()) == 1


async def test_offsets_that_were_kept_without_a_topic_s_id_are_of_the_one_that_is_there(
    tmp_path: Path,
) -> None:
    async with Run(tmp_path) as run:
        run.alerting.on_start("trades", "t", {0: 7})
    with closing(sqlite3.connect(tmp_path / "state" / "alerts.sqlite")) as database:
        database.execute("update positions set topic_id = null")
        database.commit()
    async with Run(tmp_path) as run:
        assert run.alerting.start("trades", "other").offsets == {0: 7}
        run.alerting.on_start("trades", "other", {0: 7})
    async with Run(tmp_path) as run:
        assert run.alerting.start("trades", "t").offsets == {}
    assert run.alerting.recent.find() == []


async def test_what_an_address_lost_is_told_once_to_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.alerts.delivery.queue.MOST_WAITING", 2)
    (tmp_path / "rules.toml").write_text(OVER)
    is_back = asyncio.Event()
    late: list[str | None] = []

    async def take_late(alert: Alert) -> bool:
        if is_back.is_set():
            late.append(alert.symbol)
        return is_back.is_set()

    away = Address("b", "2 (Slack)", take_late)
    async with Run(tmp_path, away, clock=Clock(sleep=lambda _: asyncio.sleep(0.01))) as run:
        run.alerting.on_start("trades", "t", {0: 0})
        for number in range(4):  # of which the last two stay; the notice comes after the third
            given = trade(101, number, number, symbol=f"S{number}")
            run.alerting.on_trades([given], {0: ReadTo(number + 1)})
            sent = number + 1 if number < 2 else number + 2
            await until(lambda sent=sent: len(run.sent) == sent)
        await until(lambda: len(run.alerting.queues[1]) == 2)
        await asyncio.sleep(0.1)  # several looks
        is_back.set()
        await until(lambda: len(run.alerting.queues[1]) == 0)
    notices = [it.text for it in run.sent if it.kind == "notice"]
    assert notices == [
        "alerts: given up for address 2 (Slack): 1 alert, the oldest where more than 10,000 waited"
    ]
    assert late == ["S2", "S3"]


async def test_a_disk_that_takes_nothing_keeps_no_gateway_from_starting(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text(OVER)

    async def take_none(_: Alert) -> bool:
        return False

    async with Run(tmp_path, Address("gone", "2 (Slack)", take_none)) as run:
        run.alerting.on_start("trades", "t", {0: 0})
        run.alerting.on_trades([trade(101, 0)], {0: ReadTo(1)})
        await until(lambda: len(run.sent) == 1)
    with closing(sqlite3.connect(tmp_path / "state" / "alerts.sqlite")) as database:
        fails = "before delete on waiting begin select raise(abort, 'disk is full'); end"
        database.execute(f"create trigger full {fails}")
        async with Run(tmp_path) as run:
            assert len(run.alerting.recent.find()) == 1
            assert run.alerting.disk_error == "disk is full"
        database.execute("drop trigger full")
        async with Run(tmp_path) as run:
            waiting = "select count(*) from waiting"
            await until(lambda: database.execute(waiting).fetchone() == (0,))
            await until(lambda: run.alerting.disk_error is None)


async def test_while_the_broker_is_away_only_the_topic_of_alerts_waits(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text("[[rule]]\n" + rule(kind="pipeline", state="broker_away"))

    async def never(_: Alert) -> bool:
        return await asyncio.Event().wait()

    topic = Address("topic", "topic market_alerts", never)
    async with Run(tmp_path, topic, clock=Clock(sleep=lambda _: asyncio.sleep(0.01))) as run:
        run.waiting = Waiting("the broker", 61)
        await until(lambda: len(run.sent) == 1)
        assert len(run.alerting.queues[1]) == 1
    assert run.sent[0].text == "r: the gateway has been waiting for the broker for 61 seconds"


async def test_old_alerts_are_dropped_while_it_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.alerts.store.KEPT_ALERTS", 2)
    (tmp_path / "rules.toml").write_text(OVER)
    waited_s: list[float] = []

    async def hurry(seconds: float) -> None:
        waited_s.append(seconds)
        await asyncio.sleep(0.01)

    async with Run(tmp_path, clock=Clock(sleep=hurry)) as run:
        run.alerting.on_start("trades", "t", {0: 0})
        given = [trade(101, at, at, symbol=f"S{at}") for at in range(5)]
        run.alerting.on_trades(given, {0: ReadTo(5)})
        await until(lambda: len(run.sent) == 5)
        with closing(sqlite3.connect(tmp_path / "state" / "alerts.sqlite")) as database:
            count = "select count(*) from alerts"
            await until(lambda: database.execute(count).fetchone() == (2,))
    assert 3600 in waited_s


async def test_rules_that_change_are_in_force_and_wrong_ones_are_not(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    async with Run(tmp_path, clock=Clock(sleep=lambda _: asyncio.sleep(0.01))) as run:
        run.alerting.on_start("trades", "t", {0: 0})
        path.write_text(OVER)
        await until(lambda: len(run.alerting.rules) == 1)
        path.write_text("[[rule]]")
        await until(lambda: run.alerting.book.error is not None)
        run.alerting.on_trades([trade(101, 0)], {0: ReadTo(1)})
        await until(lambda: len(run.sent) == 1)
        assert [it.name for it in run.alerting.rules] == ["r"]


async def test_alerts_are_found_by_rule_symbol_and_time_newest_first(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text(OVER)
    async with Run(tmp_path) as run:
        run.alerting.on_start("trades", "t", {0: 0})
        given = [trade(101, 0), trade(101, 60, 1, symbol="AAPL"), trade(101, 90, 2, symbol="MSFT")]
        run.alerting.on_trades(given, {0: ReadTo(3)})
        await until(lambda: len(run.sent) == 3)
    recent = run.alerting.recent
    first, second, third = recent.find()
    assert [it.symbol for it in (first, second, third)] == ["MSFT", "AAPL", "IBM"]
    assert recent.find(symbol="AAPL") == [second]
    assert recent.find(rule="another") == []
    assert recent.find(limit=2) == [first, second]
