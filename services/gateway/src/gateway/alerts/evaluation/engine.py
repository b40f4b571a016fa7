"""The rules at work: from trades, windows and the state to alerts, without clock and disk."""

from collections.abc import Iterable, Iterator

from contracts.alerts import Alert
from contracts.times import format_time, from_ms
from gateway.alerts import wording
from gateway.alerts.evaluation.pipeline import Pipeline
from gateway.alerts.evaluation.prices import Prices
from gateway.alerts.evaluation.silence import Silences
from gateway.alerts.evaluation.state import MOST_WATCHED, State, mark_of
from gateway.alerts.evaluation.statuses import Statuses
from gateway.alerts.making import make
from gateway.alerts.rules.kinds import Rule
from gateway.following.lag import Waiting
from gateway.following.listener import FinalWindow, Trade

_FULL = f"not all of its symbols are watched: all rules together watch at most {MOST_WATCHED:,}"


class Engine:
    """Rules and their state; the same input in the same order gives the same alerts.

    Cooldown and limit go by the input's own times: when a trade came in, when the broker
    received a window.
    """

    def __init__(self, rules: Iterable[Rule], state: State) -> None:
        self.rules = tuple(rules)
        marked = [(mark_of(rule), rule) for rule in self.rules]
        state.keep_only({mark for mark, _ in marked})
        self._names = {mark: rule.name for mark, rule in marked}
        self._state = state
        self._told: set[str] = set()
        self._prices = Prices(marked, state)
        self._silences = Silences(marked, state)
        self._pipeline = Pipeline(marked, state)

    def on_trades(self, trades: Iterable[Trade]) -> list[Alert]:
        """Take in trades, in the order of each partition; gives the alerts in their order."""
        alerts: list[Alert] = []
        if not self.rules:
            return alerts
        for trade in trades:
            self._silences.on_trade(trade)
            alerts += self._prices.on_trade(trade)
        return alerts

    def settle(self) -> None:
        """Bring all that was taken in into the state, before that is kept."""
        self._silences.settle()

    def on_windows(self, windows: Iterable[FinalWindow]) -> list[Alert]:
        """Take in final windows, those of a symbol in their order."""
        return [alert for window in windows for alert in self._prices.on_window(window)]

    def tick(
        self, now_us: int, statuses: Statuses, *, all_read: bool, waiting: Waiting | None
    ) -> Iterator[list[Alert]]:
        """Look at the pipeline and, once `all_read` of the topic, for symbols without quotes.

        `waiting` is for what the gateway itself waits, if it does.
        In steps, each with its alerts; between two of them other input may be taken in.
        """
        yield self._pipeline.tick(now_us, statuses, waiting)
        if all_read:
            yield from self._silences.tick(now_us, statuses.feeding(now_us))
        yield list(self._tell_of_rules(now_us))

    def _tell_of_rules(self, now_us: int) -> Iterator[Alert]:
        """Tell of rules that cannot do what they are for: once, by the alert's id."""
        told = {f"full {mark}": _FULL for mark in self._state.full_for}
        for mark, length_us in self._state.too_short_for.items():
            length = wording.length(length_us / 1_000_000)
            never = f"it never triggers: its past has no room for five windows of {length}"
            told[f"short {mark}"] = never
        for origin in told.keys() - self._told:
            self._told.add(origin)
            name = self._names[origin.partition(" ")[2]]
            text = wording.sentence(name, told[origin])
            at = format_time(from_ms(now_us // 1000))
            yield make(name, "notice", text, at=at, origin=origin)
