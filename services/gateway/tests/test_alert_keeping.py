"""What the rules know is kept some at a time, and as it was at one moment."""

import asyncio
from pathlib import Path

import pytest
from alert_making import engine, rule, ticked, trade, window
from make import BEGIN, micros
from test_alerting import Run, until

from gateway.alerts.evaluation import state as states
from gateway.alerts.evaluation.state import State, pack
from gateway.alerts.evaluation.statuses import Statuses
from gateway.alerts.moment import moment_of
from gateway.following.listener import ReadTo

SYMBOLS = [f"S{number}" for number in range(600)]
BODIES = (
    rule(name="change", kind="change", pct=50, within="1 minute"),
    rule(name="over", kind="price", over=100, on="windows"),
    rule(name="volume", kind="volume", factor=2, past="1 hour"),
    rule(name="silent", kind="no_quotes", after="1 minute"),
)


def rang_in(state: State, second: int, price: float) -> None:
    """Take in a trade and a window of each symbol, and look for those that are silent."""
    one = engine(*BODIES, state=state)
    one.on_trades(trade(price, second, second, symbol=it) for it in SYMBOLS)
    one.on_windows(window(second, symbol=it, avg_price=price) for it in SYMBOLS)
    now_us = micros(BEGIN) + (second + 300) * 1_000_000
    ticked(one, now_us, Statuses({}, None), all_read=True)


def test_what_changes_while_a_moment_is_encoded_is_of_the_next() -> None:
    state = State()
    rang_in(state, 0, price=99.0)
    expected = {key: pack(watched) for key, watched in state.watched.items()}
    moment = moment_of(state, {}, {}, [])
    assert len(moment.watched) < len(expected)
    rang_in(state, 60, price=101.0)
    engine(*BODIES[1:], state=state)  # with which the first rule's are forgotten
    while state.encode_some():
        pass
    assert moment.watched == expected
    later = moment_of(state, {}, {}, [])
    while state.encode_some():
        pass
    now = {key: pack(watched) for key, watched in state.watched.items()}
    gone = dict.fromkeys(expected.keys() - now.keys())
    assert len(gone) == len(SYMBOLS)
    assert later.watched == now | gone
    assert all(now[key] != expected[key] for key in now)


async def test_between_some_and_some_more_all_else_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded = [0]

    def counted(known: states.Watched) -> bytes:
        encoded[-1] += 1
        return pack(known)

    async def go_on() -> None:
        while True:
            encoded.append(0)
            await asyncio.sleep(0)

    monkeypatch.setattr("gateway.alerts.evaluation.state.pack", counted)
    monkeypatch.setattr("gateway.alerts.evaluation.state.MOST_AT_ONCE", 20)
    (tmp_path / "rules.toml").write_text("[[rule]]\n" + BODIES[0] + "\n[[rule]]\n" + BODIES[3])
    async with Run(tmp_path) as run:
        beside = asyncio.create_task(go_on())
        run.alerting.on_start("trades", "t", {0: 0})
        run.alerting.on_trades([trade(99, 0, symbol=it) for it in SYMBOLS], {0: ReadTo(1)})
        await until(lambda: sum(encoded) == 2 * len(SYMBOLS))
        beside.cancel()
    assert max(encoded) == 20


async def test_what_is_half_encoded_at_the_end_is_kept_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.alerts.evaluation.state.MOST_AT_ONCE", 20)
    (tmp_path / "rules.toml").write_text("[[rule]]\n" + BODIES[0])
    some = SYMBOLS[:60]
    async with Run(tmp_path) as run:
        run.alerting.on_start("trades", "t", {0: 0})
        run.alerting.on_trades([trade(99, 0, symbol=it) for it in some], {0: ReadTo(7)})
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        run.alerting.on_trades([trade(98, 0, 7, symbol=it) for it in some], {0: ReadTo(8)})
    async with Run(tmp_path) as run:
        assert run.alerting.start("trades", "t").offsets == {0: 8}
        run.alerting.on_start("trades", "t", {0: 8})
        # From 98 it is more than half, from 99 it is not.
        run.alerting.on_trades([trade(148, 1, 8, symbol=it) for it in some], {0: ReadTo(9)})
        await until(lambda: len(run.sent) == len(some))
