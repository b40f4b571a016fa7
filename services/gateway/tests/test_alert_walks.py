"""All kinds of rules on random walks, against a judge that knows the whole history of each symbol.

The judge works with fractions, and no threshold is one that a figure can be equal to, but for
prices, which are whole.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from alert_making import engine, reread, rule, rules, ticked, trade, window
from hypothesis import given
from hypothesis import strategies as st
from make import BEGIN, micros, text

from contracts.alerts import Alert
from contracts.status import ProducerSummary, Status
from gateway.alerts.evaluation.engine import Engine
from gateway.alerts.evaluation.state import State
from gateway.alerts.evaluation.statuses import Statuses
from gateway.following.listener import FinalWindow, Trade

SECOND_US = 1_000_000
HOUR_US = 3600 * SECOND_US
SYMBOLS = ("IBM", "AAPL")

hysteresis = st.sampled_from([0, 5])
cooldowns_s = st.sampled_from([1, 120, 300])
limits = st.sampled_from([1, 2, 1000])


class Seen(NamedTuple):
    """What is so of a symbol at a place of the walk; what is late triggers nothing.

    `heard_us` is when its last quote came, where that ends what triggered before.
    """

    place: int
    now_us: int
    is_past: bool
    is_back: bool
    is_late: bool = False
    heard_us: int = 0


type Triggered = list[tuple[int, bool]]
"""Where a rule triggered, and whether that was the notice of its pause."""


def expected(of_symbols: Iterable[list[Seen]], cooldown_s: int, most: int) -> Triggered:
    """Say where a rule triggers, by the whole history of each symbol."""
    found = [it for seen in of_symbols for it in crossings(seen, cooldown_s)]
    told: Triggered = []
    given_us: list[int] = []
    paused_us: list[int] = []
    for it in sorted(found):
        if any(it.now_us < begin + HOUR_US for begin in paused_us):
            continue
        is_too_many = sum(it.now_us - at < HOUR_US for at in given_us) >= most
        (paused_us if is_too_many else given_us).append(it.now_us)
        told.append((it.place, is_too_many))
    return told


def crossings(seen: list[Seen], cooldown_s: int) -> list[Seen]:
    """Say which of a symbol's places would trigger if there were no limit."""
    found: list[Seen] = []
    for it in seen:
        if not it.is_past or it.is_late:
            continue
        if found:
            since = [other for other in seen if found[-1].place < other.place < it.place]
            was_back = any(other.is_back for other in since) or it.heard_us > found[-1].now_us
            if not was_back or it.now_us - found[-1].now_us < cooldown_s * SECOND_US:
                continue
        found.append(it)
    return found


def change(prices: list[tuple[int, int]], within_us: int) -> Fraction:
    """Give the largest change, in per cent, of the last price against those within the time."""
    at_us, price = prices[-1]
    others = [other for when, other in prices if at_us - within_us < when]
    return max(abs(Fraction(100 * (price - other), other)) for other in others)


# --- on trades ------------------------------------------------------------------------------------


class Tick(NamedTuple):
    """A look at what is silent, and whether the market is closed then."""

    now_us: int
    is_closed: bool


trade_moves = st.lists(
    st.tuples(
        st.integers(-3, 3),
        st.integers(0, 40) | st.sampled_from([0.25, 700]),
        st.integers(0, 20),
        st.integers(0, 3),
    ),
    min_size=1,
    max_size=60,
)


def walk_of_trades(moves: list[tuple[int, float, int, int]]) -> list[Trade | Tick]:
    """Make trades of two symbols, some of them taken in late, and after some a look."""
    found: list[Trade | Tick] = []
    price, at_s = 100, 0.0
    for number, (move, wait_s, lag_s, look) in enumerate(moves):
        price, at_s = max(50, price + move), at_s + wait_s
        taken_in = BEGIN + timedelta(seconds=at_s + lag_s)
        times = {"ingest_time": text(taken_in), "broker_ms": micros(taken_in) // 1000}
        symbol = SYMBOLS[number % 3 % 2]
        found.append(trade(price, at_s, number, symbol=symbol, **times))
        if look:
            now = BEGIN + timedelta(seconds=at_s + 40 * (look - 1))
            found.append(Tick(micros(now), is_closed=look == 3))
    return found


def statuses(tick: Tick) -> Statuses:
    at = text(BEGIN + timedelta(microseconds=tick.now_us - micros(BEGIN)))
    status = Status(
        schema_version=1, service="producer", since=at, updated_at=at, last_error=None,
        state="market_closed" if tick.is_closed else "streaming",
        details=ProducerSummary(feed="finnhub"),
    )  # fmt: skip
    return Statuses({"producer": status}, None)


def taken(one: Engine, walk: Iterable[Trade | Tick | FinalWindow]) -> dict[str, Triggered]:
    """Give where each rule triggered."""
    found: dict[str, Triggered] = defaultdict(list)
    for place, it in enumerate(walk):
        alerts: list[Alert]
        match it:
            case Trade():
                alerts = one.on_trades([it])
            case FinalWindow():
                alerts = one.on_windows([it])
            case Tick():
                alerts = ticked(one, it.now_us, statuses(it), all_read=True)
        for alert in alerts:
            found[alert.rule].append((place, alert.kind == "notice"))
    return found


@given(trade_moves, hysteresis, cooldowns_s, limits)
def test_rules_on_trades_trigger_where_the_history_says(moves, back_pct, cooldown_s, most) -> None:
    walk = walk_of_trades(moves)
    common = {"cooldown": f"{cooldown_s} seconds", "max_per_hour": most}
    priced = common | {"hysteresis_pct": back_pct}
    one = engine(
        rule(name="over", kind="price", over=100, **priced),
        rule(name="under", kind="price", under=98, **priced),
        rule(name="change", kind="change", pct=2.005, within="100 seconds", **priced),
        rule(name="no_quotes", kind="no_quotes", after="30 seconds", **common),
    )
    found = taken(one, walk)
    for name, judge in (("over", over), ("under", under), ("change", change_of_trades)):
        seen = [judge(walk, symbol, Fraction(back_pct, 100)) for symbol in SYMBOLS]
        assert found[name] == expected(seen, cooldown_s, most), name
    silent = [silences(walk, symbol, 30 * SECOND_US) for symbol in SYMBOLS]
    assert found["no_quotes"] == expected(silent, cooldown_s, most)


def of_symbol(walk: list[Trade | Tick], symbol: str) -> list[tuple[int, int, Trade]]:
    """Give a symbol's trades, each with its place and when it was taken in."""
    return [
        (place, it.broker_ms * 1000, it)
        for place, it in enumerate(walk)
        if isinstance(it, Trade) and it.symbol == symbol
    ]


def over(walk: list[Trade | Tick], symbol: str, back: Fraction) -> list[Seen]:
    return [
        Seen(place, now_us, it.price > 100, it.price <= 100 * (1 - back))
        for place, now_us, it in of_symbol(walk, symbol)
    ]


def under(walk: list[Trade | Tick], symbol: str, back: Fraction) -> list[Seen]:
    return [
        Seen(place, now_us, it.price < 98, it.price >= 98 * (1 + back))
        for place, now_us, it in of_symbol(walk, symbol)
    ]


def change_of_trades(walk: list[Trade | Tick], symbol: str, back: Fraction) -> list[Seen]:
    threshold, prices, found = Fraction("2.005"), [], []
    for place, now_us, it in of_symbol(walk, symbol):
        prices.append((it.event_us, int(it.price)))
        figure = change(prices, 100 * SECOND_US)
        found.append(Seen(place, now_us, figure > threshold, figure <= threshold * (1 - back)))
    return found


def silences(walk: list[Trade | Tick], symbol: str, after_us: int) -> list[Seen]:
    """Say at each look at an open market whether a symbol is silent for longer than the time."""
    heard = of_symbol(walk, symbol)
    looks = [(place, it) for place, it in enumerate(walk) if isinstance(it, Tick)]
    found = []
    for place, tick in looks:
        before = [now_us for at, now_us, _ in heard if at < place]
        if not before or tick.is_closed:
            continue
        unseen = ends_of_unseen([it for at, it in looks if at <= place])
        is_silent = tick.now_us - max(before + unseen) > after_us
        # Only a quote ends a silence: after these the time counts anew, but nothing is heard.
        is_heard = tick.now_us - max(before) <= after_us
        heard_us = max(before)
        found.append(Seen(place, tick.now_us, is_silent, is_heard, heard_us=heard_us))
    return found


def ends_of_unseen(looks: list[Tick]) -> list[int]:
    """Say when the market was last closed, and when the last minute without a look ended."""
    closed = [it.now_us for it in looks if it.is_closed]
    back = [
        it.now_us for before, it in pairwise(looks) if it.now_us - before.now_us > 60 * SECOND_US
    ]
    return closed[-1:] + back[-1:]


# --- on windows -----------------------------------------------------------------------------------


window_moves = st.lists(
    st.tuples(
        st.integers(-3, 3),
        st.integers(1, 3),
        st.sampled_from([0, 0, 0, 5, 700]),
        st.integers(0, 9),
        st.none() | st.integers(0, 20),
        st.sampled_from([0, 0, 0, 1, 3]),
    ),
    min_size=1,
    max_size=60,
)


def walk_of_windows(moves: list[tuple[int, int, int, int, int | None, int]]) -> list[FinalWindow]:
    """Make windows of a minute of two symbols, some of them written late, and some again."""
    found: list[FinalWindow] = []
    price, end_s, taken_in_s = 100, 0, 0
    for number, (move, minutes, delay_s, figure, volume, again) in enumerate(moves):
        price, end_s = max(50, price + move), end_s + 60 * minutes
        taken_in_s = max(taken_in_s, end_s + delay_s)
        made = window(
            end_s, taken_in_s=taken_in_s, symbol=SYMBOLS[number % 3 % 2], avg_price=float(price),
            max_deviation_pct=figure / 10, stddev_price=float(figure), volume=volume,
        )  # fmt: skip
        found.append(made)
        later_ms = made.broker_ms + 2000
        found += [it._replace(broker_ms=later_ms) for it in found[len(found) - again :]]
    return found


@given(window_moves, hysteresis, cooldowns_s, limits)
def test_rules_on_windows_trigger_where_the_history_says(moves, back_pct, cooldown_s, most) -> None:
    walk = walk_of_windows(moves)
    common = {"cooldown": f"{cooldown_s} seconds", "max_per_hour": most, "hysteresis_pct": back_pct}
    past = {"factor": 1.2137, "past": "20 minutes"}
    one = engine(
        rule(name="price", kind="price", over=100, on="windows", **common),
        rule(name="change", kind="change", pct=2.005, within="5 minutes", on="windows", **common),
        rule(name="spike", kind="spike", max_deviation_pct=0.5137, **common),
        rule(name="volatility", kind="volatility", **past, **common),
        rule(name="volume", kind="volume", **past, **common),
    )
    found = taken(one, walk)
    thresholds = {
        "price": 100, "change": "2.005", "spike": "0.5137", "volatility": "1.2137",
        "volume": "1.2137",
    }  # fmt: skip
    for name, threshold in thresholds.items():
        seen = [
            of_windows(walk, symbol, name, Fraction(threshold), Fraction(back_pct, 100))
            for symbol in SYMBOLS
        ]
        assert found[name] == expected(seen, cooldown_s, most), name


@given(window_moves, st.data())
def test_restarts_at_any_places_change_nothing_for_rules_on_windows(moves, data) -> None:
    walk = walk_of_windows(moves)
    past = {"factor": 1.2137, "past": "20 minutes"}
    asked = rules(
        rule(name="price", kind="price", over=100, on="windows", max_per_hour=1),
        rule(name="change", kind="change", pct=2.005, within="5 minutes", on="windows"),
        rule(name="spike", kind="spike", max_deviation_pct=0.5137, hysteresis_pct=0),
        rule(name="volatility", kind="volatility", **past),
        rule(name="volume", kind="volume", **past),
    )
    state = State()
    one, found = Engine(asked, state), list[Alert]()
    restarts = st.lists(st.booleans(), min_size=len(walk), max_size=len(walk))
    for it, is_restarted in zip(walk, data.draw(restarts), strict=True):
        if is_restarted:
            state = reread(state)
            one = Engine(asked, state)
        found += one.on_windows([it])
    assert found == Engine(asked, State()).on_windows(walk)


def of_windows(
    walk: list[FinalWindow], symbol: str, name: str, threshold: Fraction, back: Fraction
) -> list[Seen]:
    """Say of each of a symbol's windows whether a rule's figure is past its threshold."""
    found = []
    own = [(place, it) for place, it in enumerate(walk) if it.window.symbol == symbol]
    first_places = {id(it.window): place for place, it in reversed(own)}
    before: list[FinalWindow] = []
    for place, it in own:
        if first_places[id(it.window)] != place:
            continue
        before.append(it)
        figure = figure_of(name, before)
        if figure is not None:
            now_us = it.broker_ms * 1000
            is_late = now_us - end_us(it) > 600 * SECOND_US
            is_back = figure <= threshold * (1 - back)
            found.append(Seen(place, now_us, figure > threshold, is_back, is_late))
    return found


def figure_of(name: str, windows: list[FinalWindow]) -> Fraction | None:
    """Work out a rule's figure of the last of these windows."""
    last = windows[-1].window
    match name:
        case "price":
            return Fraction(last.avg_price)
        case "change":
            return change([(end_us(it), int(it.window.avg_price)) for it in windows], 300 * 10**6)
        case "spike":
            return Fraction(last.max_deviation_pct)
        case _:
            return times_the_past(name, windows)


def times_the_past(name: str, windows: list[FinalWindow]) -> Fraction | None:
    of_all = [(end_us(it), part(name, it)) for it in windows]
    end, figure = of_all.pop()
    begin = end - 60 * SECOND_US
    past = [
        value
        for at, value in of_all
        if begin - 1200 * SECOND_US < at <= begin and value is not None
    ]
    if figure is None or len(past) < 5 or not sum(past):
        return None
    return figure * len(past) / sum(past)


def part(name: str, it: FinalWindow) -> Fraction | None:
    if name == "volume":
        return None if it.window.volume is None else Fraction(it.window.volume)
    return Fraction(it.window.stddev_price) / Fraction(it.window.avg_price)


def end_us(it: FinalWindow) -> int:
    return micros(BEGIN) + it.offset * SECOND_US
