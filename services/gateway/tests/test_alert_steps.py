"""What is looked for among all symbols is looked for some at a time, and all else goes on."""

import asyncio
from itertools import count
from pathlib import Path

import pytest
from alert_making import engine, rule, trade
from make import BEGIN, micros
from test_alerting import Run, until

from contracts.clock import Clock
from gateway.alerts.evaluation import trigger
from gateway.alerts.evaluation.state import FORGOTTEN_AFTER_US, State
from gateway.alerts.evaluation.statuses import Statuses
from gateway.following.listener import ReadTo

NOW_US = micros(BEGIN)
SILENT = rule(name="silent", kind="no_quotes", after="1 minute")
OVER = rule(name="over", kind="price", over=100)
SYMBOLS = [f"S{number}" for number in range(60)]


@pytest.fixture(autouse=True)
def _few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("silence", "state"):
        monkeypatch.setattr(f"gateway.alerts.evaluation.{module}.MOST_AT_ONCE", 20)


async def test_symbols_are_looked_at_some_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at = [0]

    def counted(*args: trigger.Trigger, **others: int) -> bool:
        looked_at[-1] += 1
        return trigger.step(*args, **others)  # type: ignore[arg-type]

    async def go_on() -> None:
        while True:
            looked_at.append(0)
            await asyncio.sleep(0)

    monkeypatch.setattr("gateway.alerts.evaluation.silence.step", counted)
    (tmp_path / "rules.toml").write_text("[[rule]]\n" + SILENT)
    async with Run(tmp_path, clock=Clock(sleep=lambda _: asyncio.sleep(0.01))) as run:
        beside = asyncio.create_task(go_on())
        run.alerting.on_start("trades", "t", {0: 0})
        run.alerting.on_trades([trade(99, 0, symbol=it) for it in SYMBOLS], {0: ReadTo(1)})
        await until(lambda: len(run.sent) == len(SYMBOLS))
        beside.cancel()
    assert max(looked_at) == 20


def test_a_symbol_that_is_forgotten_between_two_steps_is_not_silent() -> None:
    state = State()
    one = engine(SILENT, state=state)
    one.on_trades(trade(99, 0, symbol=it) for it in SYMBOLS)
    steps = one.tick(NOW_US + 120_000_000, Statuses({}, None), all_read=True, waiting=None)
    found = [next(steps), next(steps)]
    for key in [it for it in state.watched if it.name == SYMBOLS[-1]]:
        del state.watched[key]
    found += steps
    assert [it.symbol for alerts in found for it in alerts] == SYMBOLS[:-1]


def test_symbols_are_forgotten_some_at_a_time_but_those_that_come_meanwhile() -> None:
    state = State()
    engine(OVER, state=state).on_trades(trade(99, 0, symbol=it) for it in SYMBOLS)
    for _ in state.forget_silent(NOW_US):
        pass
    left: list[int] = []
    later = engine(OVER, state=state)
    for step, _ in zip(count(), state.forget_silent(NOW_US + FORGOTTEN_AFTER_US + 1), strict=False):
        left.append(len(state.watched))
        if step == 0:
            later.on_trades([trade(99, 0, symbol=SYMBOLS[-1])])
    assert left == [40, 20, 1]
    for _ in state.forget_silent(NOW_US + 2 * FORGOTTEN_AFTER_US + 2):
        pass
    assert [it.name for it in state.watched] == SYMBOLS[-1:]
