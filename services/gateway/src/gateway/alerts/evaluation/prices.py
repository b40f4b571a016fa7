"""Rules about prices: on trades, at once, or on final windows."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from contracts.alerts import Alert, AlertKind
from contracts.sources import facts
from contracts.times import from_ms
from contracts.window import window_us
from gateway.alerts import wording
from gateway.alerts.evaluation.figures import excess, of_price, of_window, threshold_of
from gateway.alerts.evaluation.past import has_room
from gateway.alerts.evaluation.quiet import NEVER, quiet_of
from gateway.alerts.evaluation.state import Key, State, Watched
from gateway.alerts.evaluation.throttle import throttled
from gateway.alerts.evaluation.trigger import step
from gateway.alerts.making import OWN_RULE, make, notice
from gateway.alerts.rules.kinds import (
    ChangeRule,
    NoQuotesRule,
    PipelineRule,
    PriceRule,
    Rule,
    SpikeRule,
    VolatilityRule,
    VolumeRule,
    WindowRule,
)
from gateway.alerts.rules.selection import Selection
from gateway.following.listener import FinalWindow, Trade

LATE_AFTER_US = 600_000_000
"""A window that ended so long before the record that brings it is no news: it triggers nothing."""

_LATE_WINDOW = "late window"
"""Names the time when the last window came that was late."""

_KINDS: dict[type[WindowRule], AlertKind] = {
    PriceRule: "price",
    ChangeRule: "change",
    SpikeRule: "spike",
    VolatilityRule: "volatility",
    VolumeRule: "volume",
}


class _Watch[R: WindowRule](NamedTuple):
    """A rule and what it knows of one symbol and source."""

    key: Key
    rule: R
    watched: Watched


class _OnTrades:
    """What watches trades, and which of them change nothing."""

    __slots__ = ("quiet", "watch")

    def __init__(self, watch: _Watch[PriceRule | ChangeRule]) -> None:
        self.watch = watch
        self.quiet = NEVER


class _Found(NamedTuple):
    """A rule's figure, when it was so, the time that cooldown goes by, and where it is from.

    One that is late triggers nothing, and still counts as back from the threshold.
    """

    figure: float
    at: str
    now_us: int
    origin: str
    is_late: bool = False


class Prices:
    """The rules that look at the figures of trades and windows."""

    def __init__(self, rules: Iterable[tuple[str, Rule]], state: State) -> None:
        self._state = state
        by_trade: list[tuple[str, PriceRule | ChangeRule]] = []
        by_window: list[tuple[str, WindowRule]] = []
        for mark, rule in rules:
            if isinstance(rule, PriceRule | ChangeRule) and rule.on == "trades":
                by_trade.append((mark, rule))
            elif not isinstance(rule, NoQuotesRule | PipelineRule):
                by_window.append((mark, rule))
        self._by_trade = Selection(by_trade, self._watch_trades)
        self._by_window = Selection(by_window, self._watch)

    def on_trade(self, trade: Trade) -> list[Alert]:
        """Take in a trade."""
        alerts: list[Alert] = []
        for watched in self._by_trade.of(trade.symbol, trade.source):
            if not watched.quiet.holds(trade.price, trade.event_us):
                alerts += self._on_trade(watched, trade)
        return alerts

    def _on_trade(self, it: _OnTrades, trade: Trade) -> list[Alert]:
        key, rule, watched = it.watch
        if isinstance(rule, ChangeRule):
            self._state.change(key)
        figure = of_price(rule, watched, trade.price, trade.event_us, trade.broker_ms * 1000)
        if figure is None:
            return []
        if not _matters(rule, watched, figure):
            it.quiet = quiet_of(rule, watched)
            return []
        it.quiet = NEVER
        # With its time: a topic that is deleted and created again has the same offsets.
        origin = f"record {trade.partition} {trade.offset} {trade.event_time}"
        return self._judge(it.watch, _Found(figure, trade.event_time, trade.came_us, origin))

    def on_window(self, final: FinalWindow) -> list[Alert]:
        """Take in a final window; one that ends no later than the last of its key is a repeat."""
        window, now_us = final.window, final.broker_ms * 1000
        watches = self._by_window.of(window.symbol, window.source)
        if not watches:
            return []
        start_us, end_us = window_us(window)
        new = [it for it in watches if end_us > it.watched.last_us]
        # What is played again may have the times that it was recorded with.
        is_of_now = facts(window.source).kind != "recorded"
        is_late = is_of_now and now_us - end_us > LATE_AFTER_US
        alerts = self._tell_late(final, now_us) if new and is_late else []
        origin = f"window {window.window_start} {window.window_end}"
        for watch in new:
            key, rule, watched = watch
            self._state.change(key)
            watched.last_us = end_us
            if isinstance(rule, VolatilityRule | VolumeRule):
                length_us = end_us - start_us
                if not has_room(rule.past.us, length_us):
                    self._state.too_short_for[key.mark] = length_us
            figure = of_window(rule, watched, window, now_us)
            if figure is not None:
                found = _Found(figure, window.window_end, now_us, origin, is_late)
                alerts += self._judge(watch, found)
        return alerts

    def _tell_late(self, final: FinalWindow, now_us: int) -> list[Alert]:
        """Tell of late windows, once while they come at most so far apart."""
        before_us = self._state.times.get(_LATE_WINDOW, 0)
        self._state.note(_LATE_WINDOW, now_us)
        if abs(now_us - before_us) <= LATE_AFTER_US:
            return []
        end = final.window.window_end
        text = wording.sentence(
            OWN_RULE,
            f"final windows came more than ten minutes after their end, first one of {end}:"
            " they trigger no alerts",
        )
        origin = f"late {final.partition} {final.offset} {final.broker_ms}"
        return [notice(text, from_ms(final.broker_ms), origin)]

    def _watch[R: WindowRule](
        self, mark: str, rule: R, symbol: str, source: str
    ) -> _Watch[R] | None:
        key = Key(mark, symbol, source)
        watched = self._state.watch(key)
        return None if watched is None else _Watch(key, rule, watched)

    def _watch_trades(
        self, mark: str, rule: PriceRule | ChangeRule, symbol: str, source: str
    ) -> _OnTrades | None:
        watch = self._watch(mark, rule, symbol, source)
        return None if watch is None else _OnTrades(watch)

    def _judge(self, watch: _Watch[Any], found: _Found) -> list[Alert]:
        key, rule, watched = watch
        past = excess(rule, found.figure)
        self._state.change(key)
        triggers = step(
            watched.trigger,
            beyond=past > 0 and not found.is_late,
            back=past <= -_way_back(rule),
            now_us=found.now_us,
            cooldown_us=rule.cooldown.us,
        )
        if not triggers:
            return []
        alert = make(
            rule.name,
            _KINDS[type(rule)],
            wording.of_figure(rule, key.name, key.source, found.figure),
            at=found.at,
            origin=found.origin,
            symbol=key.name,
            source=key.source,
            value=found.figure,
            threshold=threshold_of(rule),
        )
        return throttled(self._state, key.mark, rule, alert, found.now_us)


def _matters(rule: WindowRule, watched: Watched, figure: float) -> bool:
    """Tell whether a figure can change anything: most do not, and there are many."""
    past = excess(rule, figure)
    return past > 0 if watched.trigger.armed else past <= -_way_back(rule)


def _way_back(rule: WindowRule) -> float:
    return threshold_of(rule) * rule.hysteresis_pct / 100
