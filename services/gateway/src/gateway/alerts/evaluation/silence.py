"""Rules about symbols that have no quotes although their market is open."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from itertools import batched

from contracts.alerts import Alert
from contracts.sources import facts
from contracts.status import MOST_SYMBOLS
from contracts.times import format_time, from_ms
from gateway.alerts import wording
from gateway.alerts.evaluation.state import MOST_AT_ONCE, UNSEEN_US, Key, State
from gateway.alerts.evaluation.statuses import Feeding
from gateway.alerts.evaluation.throttle import throttled
from gateway.alerts.evaluation.trigger import step
from gateway.alerts.making import make
from gateway.alerts.rules.kinds import NoQuotesRule, Rule
from gateway.alerts.rules.selection import Selection
from gateway.clocks import is_far_ahead
from gateway.following.listener import Trade

_LOOKED, _BACK = "looked", "back"
"""What names the times when symbols were last looked at, and when so again after a break."""
_NOTED_EVERY_US = 10_000_000
"""When a symbol was last left out of the settings: what changes is written to the disk."""


class Silences:
    """The rules that look for what does not come."""

    def __init__(self, rules: Iterable[tuple[str, Rule]], state: State) -> None:
        self._state = state
        own = [(mark, rule) for mark, rule in rules if isinstance(rule, NoQuotesRule)]
        self._rules = dict(own)
        self._keys = Selection(own, self._watch)
        self._heard: dict[tuple[str, str], Trade] = {}

    def on_trade(self, trade: Trade) -> None:
        """Take in a trade: the symbol is heard of."""
        if self._rules:
            heard = self._heard.setdefault((trade.symbol, trade.source), trade)
            if trade.broker_ms > heard.broker_ms:  # partitions come in no common order
                self._heard[trade.symbol, trade.source] = trade
            if len(self._heard) >= MOST_AT_ONCE:
                self.settle()

    def settle(self) -> None:
        """Bring what was heard into the state: once for many trades."""
        for (symbol, source), trade in self._heard.items():
            for key in self._keys.of(symbol, source):
                watched = self._state.of(key)
                broker_us = trade.broker_ms * 1000
                if broker_us > watched.last_us:
                    watched.last_us = broker_us
                    watched.last_at = f"{trade.partition} {trade.offset} {trade.event_time}"
        self._heard.clear()

    def tick(self, now_us: int, feeding: Mapping[str, Sequence[Feeding]]) -> Iterator[list[Alert]]:
        """Look for symbols that are silent at a moment, at some of them in each step.

        `feeding` has the producers by source. To be called only while all that the broker has is
        read: what is not read is not silent.
        """
        self.settle()
        self._look(now_us)
        keys = [key for key in self._state.watched if key.mark in self._rules]
        for source in {key.source for key in keys}:
            for producer in feeding.get(source, ()):
                self._state.note(_fed(source), now_us)
                if producer.rests:
                    self._state.note(_closed(producer, source), now_us)
        running = [it for some in feeding.values() for it in some if not it.is_gone]
        all_named = bool(running) and all(it.symbols for it in running)
        for some in batched(keys, MOST_AT_ONCE):
            alerts: list[Alert] = []
            for key in some:
                known = feeding.get(key.source, ())
                if self._is_fine(key, now_us):
                    continue
                was_fed = _fed(key.source) in self._state.times
                has_other_feed = all_named and not known and was_fed
                is_made = facts(key.source).kind == "made"  # each may have it, as its fallback
                own = running if is_made and not known else known
                if has_other_feed or _is_left_out(key, own):
                    self._note_left_out(key, now_us)
                    continue
                producers = _of(key, known)
                if not producers or not all(it.rests for it in producers):
                    alerts += self._judge(key, producers, now_us)
            yield alerts

    def _look(self, now_us: int) -> None:
        """Take down a look, and whether it is the first one after a break.

        Gateway or machine were stopped, the broker was away, or there was much to read: whether
        there were quotes meanwhile, and whether a market was closed, nobody saw.
        """
        if not self._rules:
            return
        looked_us = self._state.times.get(_LOOKED, 0)
        if looked_us and now_us - looked_us > UNSEEN_US:
            self._state.note(_BACK, now_us)
        self._state.note(_LOOKED, now_us)

    def _is_fine(self, key: Key, now_us: int) -> bool:
        """Tell whether nothing changes: a symbol has quotes and did so before, as most have.

        So for one that was forgotten since the first step.
        """
        watched = self._state.watched.get(key)
        if watched is None:
            return True
        silent_us = now_us - watched.last_us
        return watched.trigger.armed and 0 <= silent_us <= self._rules[key.mark].after.us

    def _note_left_out(self, key: Key, now_us: int) -> None:
        watched = self._state.watched[key]
        if not 0 <= now_us - watched.left_out_us < _NOTED_EVERY_US:
            self._state.change(key)
            watched.left_out_us = now_us

    def _watch(self, mark: str, _rule: NoQuotesRule, symbol: str, source: str) -> Key | None:
        key = Key(mark, symbol, source)
        return None if self._state.watch(key) is None else key

    def _judge(self, key: Key, producers: Sequence[Feeding], now_us: int) -> list[Alert]:
        rule, watched = self._rules[key.mark], self._state.watched[key]
        if is_far_ahead(watched.last_us, now_us):
            self._state.change(key)
            watched.last_us = now_us
        closed = (self._when(_closed(it, key.source), now_us) for it in producers)
        heard_us = max(
            watched.last_us,
            min(closed, default=0),
            self._when(_BACK, now_us),
            min(watched.left_out_us, now_us),
        )
        trigger = copy(watched.trigger)
        triggered_us = trigger.triggered_us
        # A quote ends a silence, also where nobody looked before the next one had begun.
        heard_since = triggered_us is not None and watched.last_us > triggered_us
        triggers = step(
            trigger,
            beyond=now_us - heard_us > rule.after.us,
            back=heard_since or now_us - watched.last_us <= rule.after.us,
            now_us=now_us,
            cooldown_us=rule.cooldown.us,
        )
        if trigger != watched.trigger:
            self._state.change(key)
            watched.trigger = trigger
        if not triggers:
            return []
        silent_s = (now_us - watched.last_us) / 1_000_000
        alert = make(
            rule.name,
            "no_quotes",
            wording.of_silence(rule.name, key.name, key.source, silent_s),
            at=format_time(from_ms(now_us // 1000)),
            origin=f"after {watched.last_at}",
            symbol=key.name,
            source=key.source,
            value=silent_s,
            threshold=rule.after.total_seconds(),
        )
        return throttled(self._state, key.mark, rule, alert, now_us)

    def _when(self, what: str, now_us: int) -> int:
        """Give when something was so last, 0 if never."""
        at_us = self._state.times.get(what, 0)
        if is_far_ahead(at_us, now_us):
            at_us = now_us
            self._state.note(what, at_us)
        return at_us


def _is_left_out(key: Key, producers: Sequence[Feeding]) -> bool:
    """Tell whether a symbol was taken out of the settings: the producers that run name others.

    One that names none, as a replay of all that is in its file does at first, may have it, and so
    may one that names as many as it can.
    """
    running = [it for it in producers if not it.is_gone]
    is_named = any(key.name in it.symbols for it in producers)
    name_all = all(0 < len(it.symbols) < MOST_SYMBOLS for it in running)
    return bool(running) and name_all and not is_named


def _of(key: Key, producers: Sequence[Feeding]) -> Sequence[Feeding]:
    """Give the producers that know a symbol, of these the ones that are not gone.

    Where none knows it, it may be of each; where all are gone, it was of these.
    """
    own = [it for it in producers if key.name in it.symbols] or producers
    return [it for it in own if not it.is_gone] or own


def _closed(producer: Feeding, source: str) -> str:
    """Name the time when a producer's market was last seen closed."""
    return f"closed {source} {producer.service}"


def _fed(source: str) -> str:
    """Name the time when a producer here last had a source."""
    return f"fed {source}"
