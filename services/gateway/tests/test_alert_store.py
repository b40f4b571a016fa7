"""What is kept: all of a moment or nothing, also over a process that is killed."""

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from alert_making import engine, rule, trade, trades
from hypothesis import given
from hypothesis import strategies as st
from make import BEGIN

from contracts.settings import SettingError
from gateway.alerts.evaluation.limit import Limit
from gateway.alerts.evaluation.state import State, pack, unpack_watched
from gateway.alerts.making import notice
from gateway.alerts.moment import Loss, Moment, NewAlert, Positions, Reached, moment_of
from gateway.alerts.store import KEPT_ALERTS, Store, open_store

BODIES = (
    rule(name="a", kind="price", over=101, max_per_hour=3),
    rule(name="b", kind="change", pct=1, within="1 minute"),
)


def moment(*numbers: int) -> Moment:
    alerts = (notice(f"number {it}", BEGIN, str(it)) for it in numbers)
    return Moment({}, {}, {}, {}, {}, tuple(NewAlert(it) for it in alerts))


def reached(offset: int) -> Positions:
    return {"trades": Reached("t", {0: offset})}


def test_alerts_wait_for_each_address_until_it_has_taken_them(tmp_path: Path) -> None:
    store = Store(tmp_path / "alerts.sqlite")
    store.commit(moment(1, 2), ["a", "b"], 5)
    first, second = store.waiting("a")
    assert (first.alert.text, second.alert.text, first.queued_us) == ("number 1", "number 2", 5)
    store.delivered("a", [first.number])
    store.close()
    again = Store(tmp_path / "alerts.sqlite")
    assert [it.alert.text for it in again.waiting("a")] == ["number 2"]
    assert [it.alert.text for it in again.waiting("b")] == ["number 1", "number 2"]
    assert [it.alert.text for it in again.alerts()] == ["number 1", "number 2"]


def test_an_alert_that_is_there_is_not_queued_again(tmp_path: Path) -> None:
    store = Store(tmp_path / "alerts.sqlite")
    assert len(store.commit(moment(1), ["a"], 5)) == 1
    store.delivered("a", [1])
    assert store.commit(moment(1), ["a"], 6) == []
    assert store.waiting("a") == []


def test_an_address_that_is_no_longer_set_is_forgotten(tmp_path: Path) -> None:
    store = Store(tmp_path / "alerts.sqlite")
    store.commit(moment(1, 2), ["a", "b"], 5)
    assert store.keep_only(["a"]) == 2
    assert store.waiting("b") == []
    assert len(store.waiting("a")) == 2


def test_old_alerts_go_once_nobody_waits_for_them(tmp_path: Path) -> None:
    store = Store(tmp_path / "alerts.sqlite")
    store.commit(moment(*range(KEPT_ALERTS + 3)), ["a"], 5)
    store.delivered("a", range(2, KEPT_ALERTS + 4))
    store.prune()
    found = [it.number for it in store.alerts()]
    assert found == [1, *range(4, KEPT_ALERTS + 4)]


def test_an_alert_does_not_wait_for_the_address_that_it_is_about(tmp_path: Path) -> None:
    store = Store(tmp_path / "alerts.sqlite")
    about_a = moment(1)._replace(alerts=(NewAlert(notice("about a", BEGIN, "1"), "a"),))
    [queued] = store.commit(about_a, ["a", "b"], 5)
    assert queued.not_for == "a"
    assert (store.waiting("a"), [it.alert.text for it in store.waiting("b")]) == ([], ["about a"])


def test_what_an_address_lost_is_kept_while_it_is_set(tmp_path: Path) -> None:
    store = Store(tmp_path / "alerts.sqlite")
    store.commit(moment(1, 2), ["a", "b"], 5)
    store.given_up("a", [1], Loss(expired=1))
    store.commit(moment(3)._replace(losses={"b": Loss(too_many=2, told_us=7)}), ["a", "b"], 6)
    assert [it.number for it in store.waiting("a")] == [2, 3]
    store.close()
    again = Store(tmp_path / "alerts.sqlite")
    assert again.losses() == {"a": Loss(1, 0, 0), "b": Loss(0, 2, 7)}
    again.keep_only(["b"])
    assert again.losses() == {"b": Loss(0, 2, 7)}


def test_when_a_market_was_closed_is_kept(tmp_path: Path) -> None:
    store, state = Store(tmp_path / "alerts.sqlite"), State()
    state.note("closed finnhub", 5)
    state.note("closed finnhub", 7)
    store.commit(moment_of(state, {}, {}, []), [], 5)
    assert store.state().times == {"closed finnhub": 7}
    assert moment_of(state, {}, {}, []).times == {}


def test_a_file_of_the_first_layout_is_taken_over(tmp_path: Path) -> None:
    store = Store(tmp_path / "alerts.sqlite")
    store.commit(moment(1)._replace(positions=reached(7)), ["a"], 5)
    store.close()
    with closing(sqlite3.connect(tmp_path / "alerts.sqlite")) as database:
        database.executescript(
            "drop table losses; drop table times; alter table positions drop column topic_id;"
            " insert into watched values ('markets', 'finnhub', '', x'80'); pragma user_version = 1"
        )
    again, _ = open_store(tmp_path / "alerts.sqlite", BEGIN)
    assert (len(again.waiting("a")), again.losses()) == (1, {})
    assert again.positions() == {"trades": Reached(None, {0: 7})}
    assert (again.state().watched, again.state().times) == ({}, {})


def test_of_a_topic_with_fewer_partitions_none_is_left(tmp_path: Path) -> None:
    store = Store(tmp_path / "alerts.sqlite")
    before = {"trades": Reached("t", {0: 7, 1: 8}), "windows": Reached("w", {0: 9})}
    store.commit(moment()._replace(positions=before), [], 5)
    store.commit(moment()._replace(positions={"trades": Reached("other", {0: 3})}), [], 5)
    assert store.positions() == {
        "trades": Reached("other", {0: 3}),
        "windows": Reached("w", {0: 9}),
    }


def test_a_commit_that_fails_leaves_nothing_of_it(tmp_path: Path) -> None:
    store = Store(tmp_path / "alerts.sqlite")
    broken = moment(1)._replace(positions={"trades": Reached("t", {0: object()})})  # type: ignore[dict-item]
    with pytest.raises(sqlite3.Error):
        store.commit(broken, ["a"], 5)
    assert (store.positions(), store.alerts()) == ({}, [])
    assert len(store.commit(moment(1), ["a"], 5)) == 1


steps = st.lists(st.integers(-3, 3), min_size=1, max_size=40)


@given(steps, st.lists(st.integers(0, 40), max_size=4), st.lists(st.integers(0, 40), max_size=4))
def test_killed_at_any_place_it_goes_on_and_gives_what_it_would_have(
    tmp_path_factory: pytest.TempPathFactory, moves, commits, kills
) -> None:
    """After each trade it may be kept, and killed: then it reads on from the kept offset."""
    path = tmp_path_factory.mktemp("alerts") / "alerts.sqlite"
    price, prices = 100.0, []
    for move in moves:
        price += move
        prices.append(price)
    given = trades(prices)
    expected = [it.alert_id for it in engine(*BODIES).on_trades(given)]

    store, state, left, alerts, at = Store(path), State(), list(kills), [], 0
    one = engine(*BODIES, state=state)
    while at < len(given):
        alerts += one.on_trades([given[at]])
        at += 1
        if alerts or at in commits:  # an alert is kept at once
            store.commit(moment_of(state, reached(at), {}, map(NewAlert, alerts)), ["a"], 5)
            alerts = []
        if at in left:
            left.remove(at)
            store.close()
            store = Store(path)
            state, alerts = store.state(), []
            one = engine(*BODIES, state=state)
            at = store.positions().get("trades", Reached("t", {0: 0})).offsets[0]
    assert [it.alert.alert_id for it in store.waiting("a")] == expected
    store.close()


def test_what_a_rule_knew_of_the_whole_past_is_read_too() -> None:
    """As it was kept before: each part with both of its prices, and what follows from them."""
    prices = {part: [100.0 + part, 110.0 - part] for part in range(3)}
    kept = {
        "extremes": {"parts": prices, "newest": 2, "low": 100.0, "high": 110.0},
        "past": {"points": [[60 * at, 2.0] for at in range(1, 6)]},
    }
    watched = unpack_watched(msgspec.msgpack.encode(kept))
    assert watched.extremes
    assert watched.extremes.change_pct(55.0, 2, 100, 2) == -50.0
    assert watched.past
    assert watched.past.ratio(5.0, 300, 360, 600) == 2.5
    again = unpack_watched(pack(watched)).past
    assert again
    assert again.ratio(5.0, 360, 420, 600) == 2.0  # of 2, 2, 2, 2, 2 and 5
    assert again.ratio(5.0, 420, 540, 600) is None  # of another length


def test_when_a_rule_triggered_is_read_as_older_versions_kept_it_and_they_read_it_too() -> None:
    kept = {"trigger": {"armed": False, "rung_us": 7}}
    watched = unpack_watched(msgspec.msgpack.encode(kept))
    assert (watched.trigger.armed, watched.trigger.triggered_us) == (False, 7)
    assert msgspec.msgpack.decode(pack(watched)) == kept
    limit = {"rung_us": [5, 7], "paused_until_us": 9}
    read = msgspec.msgpack.decode(msgspec.msgpack.encode(limit), type=Limit)
    assert (read.triggered_us, read.paused_until_us) == ([5, 7], 9)
    assert msgspec.msgpack.decode(pack(read)) == limit


def test_what_a_rule_knew_goes_with_the_rule(tmp_path: Path) -> None:
    store, state = Store(tmp_path / "alerts.sqlite"), State()
    engine(*BODIES, state=state).on_trades([trade(102, 0)])
    store.commit(moment_of(state, {}, {}, []), [], 5)
    assert len(store.state().watched) == 2
    engine(BODIES[0], state=state)
    store.commit(moment_of(state, {}, {}, []), [], 5)
    assert len(store.state().watched) == 1


def no_database(path: Path) -> None:
    path.write_bytes(b"something else" * 100)


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:9000])


def a_page_turned(path: Path) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[:8192] + bytes(255 - it for it in whole[8192:12288]) + whole[12288:])


def a_state_turned(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("update watched set state = x'c1c1'")
        database.commit()


def a_column_turned(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"queued_us", b"queued_uz", 1))


def a_column_s_letter_turned(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"told_us", b"told_u\xdd", 1))


def a_symbol_turned(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"IBM", b"I\xddM"))


def an_offset_turned(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("update positions set next = 'seven'")
        database.commit()


def an_index_turned(path: Path) -> None:
    whole = bytearray(path.read_bytes())
    leaves = (at for at in range(0, len(whole), 4096) if whole[at] == 0x0A)
    [place] = [
        at + found.start()
        for at in leaves
        if (found := re.search(rb"[0-9a-f]{32}", whole[at : at + 4096]))
    ]
    whole[place : place + 32] = b"0" * 32
    path.write_bytes(whole)


@pytest.mark.parametrize(
    "damage",
    [
        no_database, cut_off, a_page_turned, a_state_turned, a_column_turned,
        a_column_s_letter_turned, a_symbol_turned, an_offset_turned, an_index_turned,
    ],
)  # fmt: skip
def test_a_file_that_is_damaged_is_set_aside(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    path = tmp_path / "alerts.sqlite"
    store, state = Store(path), State()
    alerts = engine(*BODIES, state=state).on_trades([trade(102, 0)])
    store.commit(moment_of(state, reached(7), {}, map(NewAlert, alerts)), [], 5)
    store.close()
    damage(path)
    damaged = path.read_bytes()
    path.with_name("alerts.sqlite-journal").write_bytes(b"of the damaged one")
    anew, kept = open_store(path, datetime(2026, 1, 2, 15, 4, 5, 6, UTC))
    assert (kept.state.watched, kept.positions, kept.losses, kept.alerts) == ({}, {}, {}, [])
    anew.commit(moment_of(State(), reached(8), {}, []), [], 5)
    anew.close()
    assert (tmp_path / "alerts.set-aside-20260102T150405.000006Z").read_bytes() == damaged
    assert open_store(path, datetime.now(UTC))[1].positions == reached(8)


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"alerts\.sqlite cannot be used: unable to open"):
        open_store(tmp_path / "none" / "alerts.sqlite", datetime.now(UTC))
