"""The rules on random walks, against a plain calculation that is written differently."""

import pytest
from alert_making import MINUTE_US, engine, reread, rule, trade
from hypothesis import given
from hypothesis import strategies as st

from contracts.alerts import Alert
from contracts.times import epoch_us
from gateway.alerts.evaluation.extremes import Extremes
from gateway.alerts.evaluation.past import Past
from gateway.alerts.evaluation.state import State, Watched, pack, unpack_watched
from gateway.following.listener import Trade

steps = st.lists(st.tuples(st.integers(-3, 3), st.integers(0, 40)), min_size=1, max_size=80)


def walk(moves: list[tuple[int, int]]) -> list[Trade]:
    """Make trades of two symbols whose prices go by whole steps, so many seconds apart."""
    found, price, at_s = [], 100.0, 0
    for offset, (move, wait_s) in enumerate(moves):
        price, at_s = max(1.0, price + move), at_s + wait_s
        found.append(trade(price, at_s, offset, symbol="IBM" if offset % 3 else "AAPL"))
    return found


@given(steps, st.integers(95, 105), st.sampled_from([0, 1, 5]), st.sampled_from([1, 60, 300]))
def test_a_price_triggers_as_its_history_says(moves, over, hysteresis, cooldown_s) -> None:
    trades = walk(moves)
    one = engine(
        rule(kind="price", over=over, hysteresis_pct=hysteresis, cooldown=f"{cooldown_s} seconds")
    )
    found = one.on_trades(trades)
    expected = [
        at
        for symbol in ("IBM", "AAPL")
        for at in crossed(
            [it for it in trades if it.symbol == symbol], over, hysteresis, cooldown_s
        )
    ]
    assert sorted(places(found, trades)) == sorted(expected)


def crossed(trades: list[Trade], over: float, hysteresis: float, cooldown_s: int) -> list[int]:
    """Say of one symbol by its whole history which trades trigger."""
    found: list[Trade] = []
    for at, it in enumerate(trades):
        since = [other for other in trades[:at] if found and other.offset > found[-1].offset]
        was_back = any(other.price <= over - over * hysteresis / 100 for other in since)
        if it.price <= over or (found and not was_back):
            continue
        if not found or it.event_us - found[-1].event_us >= cooldown_s * 1_000_000:
            found.append(it)
    return [it.offset for it in found]


def places(alerts: list[Alert], trades: list[Trade]) -> list[int]:
    """Tell which trades triggered, by symbol, time and price."""
    left = list(trades)
    found = []
    for alert in alerts:
        which = next(
            it
            for it in left
            if (it.symbol, it.event_time, it.price) == (alert.symbol, alert.at, alert.value)
        )
        left.remove(which)
        found.append(which.offset)
    return found


moves_of_prices = st.lists(
    st.tuples(st.floats(1, 1000), st.integers(-30, 60), st.booleans()), min_size=1, max_size=60
)


@given(moves_of_prices)
def test_a_change_is_the_largest_against_any_price_within_the_time(moves) -> None:
    within_us = 100 * 1_000_000
    extremes, seen, at_s, newest = Extremes(), [], 1000, 0
    for price, wait_s, is_restart in moves:
        at_s = max(0, at_s + wait_s)
        if is_restart:
            kept = Watched(extremes=extremes)
            extremes = unpack_watched(pack(kept)).extremes or Extremes()
        newest = max(newest, at_s)
        found = extremes.change_pct(price, at_s * 1_000_000, within_us, newest * 1_000_000)
        if at_s <= newest - 100:
            assert found is None
            continue
        seen.append((price, at_s))
        others = [other for other, when in seen if newest - 100 < when <= newest]
        changes = [100 * (price - other) / other for other in others]
        rise, fall = max(changes), min(changes)
        assert found == pytest.approx(rise if rise >= -fall else fall)
        assert len(extremes.to_kept().parts) <= 100


@given(st.lists(st.tuples(st.floats(0.1, 1000), st.integers(1, 12)), min_size=1, max_size=150))
def test_a_figure_is_compared_with_windows_that_ended_before_it_began(moves) -> None:
    past, end_s, seen = Past(), 0, []
    for figure, slides in moves:
        end_s += 5 * slides
        start_s = end_s - 60
        found = past.ratio(figure, start_s * 10**6, end_s * 10**6, 1200 * 10**6)
        before = [value for value, end in seen if start_s - 1200 < end <= start_s]
        if len(before) < 5:
            assert found is None
        else:
            assert found == pytest.approx(figure * len(before) / sum(before))
        if not seen or start_s >= seen[-1][1]:
            seen.append((figure, end_s))
        assert len(past.to_kept().points) <= 122


@given(steps, st.data())
def test_a_restart_at_any_place_changes_nothing(moves, data) -> None:
    trades = walk(moves)
    bodies = [
        rule(name="a", kind="price", over=101, max_per_hour=3),
        rule(name="b", kind="change", pct=3, within="2 minutes"),
    ]
    whole = engine(*bodies).on_trades(trades)
    cut = data.draw(st.integers(0, len(trades)))
    state = State()
    first = engine(*bodies, state=state).on_trades(trades[:cut])
    assert first + engine(*bodies, state=reread(state)).on_trades(trades[cut:]) == whole


@given(steps)
def test_no_rule_gives_more_than_its_limit_within_an_hour(moves) -> None:
    trades = walk(moves)
    found = engine(rule(kind="price", over=100, hysteresis_pct=0, max_per_hour=3)).on_trades(trades)
    times = [epoch_us(it.at) for it in found if it.kind == "price"]
    assert all(sum(at - 60 * MINUTE_US < other <= at for other in times) <= 3 for at in times)
