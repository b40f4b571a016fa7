"""Asks for each symbol in turn, within the budget, and acts on what is answered."""

from collections import deque
from collections.abc import Callable
from datetime import timedelta

import structlog

from contracts.clock import Clock
from contracts.status import Budget, ProducerState
from contracts.times import format_time
from producer.errors import FeedError, KeyRejectedError
from producer.feeds.alpha_vantage.answers import Answer
from producer.feeds.alpha_vantage.client import Client
from producer.feeds.alpha_vantage.ledger import DAY, Grant, Ledger
from producer.feeds.alpha_vantage.waits import LONGEST_NAP_S, long_waits, pause, waits
from producer.feeds.alpha_vantage.wordings import Outcome
from producer.feeds.base import FeedStatus

_log = structlog.get_logger()


class Asking:
    """Keeps up `status`, and calls `received` with each symbol's quote.

    The first round comes at once, the rest of the first day's calls evenly over that day, and from
    then on all of a day's. `symbols` are those that are still asked for; `falls_back` tells whether
    prices walk on between calls.
    """

    def __init__(
        self,
        symbols: tuple[str, ...],
        *,
        ledger: Ledger,
        daily_calls: int,
        status: FeedStatus,
        falls_back: bool,
        received: Callable[[str, Answer], None],
        clock: Clock,
    ) -> None:
        self.symbols = deque(symbols)
        self._all = symbols
        self._ledger = ledger
        self._daily_calls = daily_calls
        self._status = status
        self._falls_back = falls_back
        self._received = received
        self._clock = clock
        self._calls_spaced = 0
        self._answered: Outcome | None = None
        self._waits = waits(daily_calls)
        self._long_waits = long_waits()

    async def run(self, client: Client) -> None:
        """Ask for ever; raises `FeedError` where the key or all symbols are refused."""
        words = ""
        while self.symbols:
            grant = self._grant()
            if not grant.granted:
                await pause(self._clock, (grant.next_at - self._clock.now()).total_seconds())
                continue
            answer = await client.ask(self.symbols[0])
            self._answered, words = answer.outcome, answer.message
            self._status.count(answer.outcome)
            # The ledger spaces calls by when they are granted, and the first one arrives only once
            # a connection is made: the next would be too close behind it.
            gap_s = self._ledger.gap.total_seconds()
            wait_s = max(self._take(self.symbols[0], answer), answer.retry_after_s, gap_s)
            if wait_s:
                due = self._clock.now() + timedelta(seconds=wait_s)
                self._show(Grant(granted=False, used=grant.used, next_at=max(due, grant.next_at)))
            await pause(self._clock, wait_s)
        none = f"the provider knows none of the symbols: {', '.join(self._all)}"
        raise FeedError(f"{none}: {words}")

    def _grant(self) -> Grant:
        now = self._clock.now()
        try:
            grant = self._ledger.ask(now)
        except OSError as error:
            self._fall_back(f"the ledger of calls cannot be written: {error}")
            return Grant(granted=False, used=0, next_at=now + timedelta(seconds=LONGEST_NAP_S))
        self._show(grant)
        if grant.why and self._answered is not Outcome.DAILY_LIMIT:  # else its own words stand
            self._fall_back(grant.why, otherwise="waiting_for_budget")
        return grant

    def _take(self, symbol: str, answer: Answer) -> float:
        """Act on an answer; gives how many seconds to wait before the next call."""
        match answer.outcome:
            case Outcome.QUOTE:
                return self._quote(symbol, answer)
            case Outcome.UNKNOWN_SYMBOL:
                self.symbols.popleft()
                self._status.dropped[symbol] = answer.message
                _log.error("a symbol is not asked for any more", symbol=symbol, why=answer.message)
                return self._spacing_s() if self.symbols else 0
            case Outcome.BURST_LIMIT:
                self._slow_down(answer.message)
                return next(self._waits)
            case Outcome.DAILY_LIMIT:
                return self._exhausted(answer)
            case Outcome.REJECTED:
                raise KeyRejectedError(f"the provider rejects the call: {answer.message}")
            case Outcome.NOT_UNDERSTOOD:
                # Each call counts, and it may be about all of them: hours, not seconds.
                self.symbols.rotate(-1)
                self._fall_back(f"an answer that is not understood: {answer.message}")
                return next(self._long_waits)
            case Outcome.OTHER_SYMBOL | Outcome.UNAVAILABLE as outcome:
                self.symbols.rotate(-1)  # one symbol's trouble is not to keep the others waiting
                self._fall_back(answer.message)
                return self._spacing_s() if outcome is Outcome.OTHER_SYMBOL else next(self._waits)

    def _slow_down(self, why: str) -> None:
        if self._status.state != "live":
            self._fall_back(why)
            return
        self._status.last_error = why  # prices walk on as between any two calls
        _log.warning("the provider asks for slower calls", message=why)

    def _exhausted(self, answer: Answer) -> float:
        self._fall_back(answer.message, otherwise="waiting_for_budget")
        now = self._clock.now()
        try:
            self._show(self._ledger.exhausted(now))
        except OSError:  # then the ledger grants nothing either
            return LONGEST_NAP_S
        return 0

    def _quote(self, symbol: str, answer: Answer) -> float:
        self.symbols.rotate(-1)
        self._waits, self._long_waits = waits(self._daily_calls), long_waits()
        self._received(symbol, answer)
        self._status.state, self._status.last_error = "live", None
        self._status.fallback = (
            "between calls prices walk on from the last real ones" if self._falls_back else None
        )
        return self._spacing_s()

    def _spacing_s(self) -> float:
        self._calls_spaced += 1
        if self._calls_spaced < len(self._all):
            return 0  # but for the gap
        if self._calls_spaced < self._daily_calls:
            return DAY.total_seconds() / (self._daily_calls - len(self._all))
        return DAY.total_seconds() / self._daily_calls

    def _fall_back(self, why: str, *, otherwise: ProducerState = "connecting") -> None:
        """Tell why there are no real quotes; `otherwise` is the state where no prices walk on."""
        if why != self._status.last_error:
            _log.warning("no real quotes for now", why=why, budget=self._status.budget)
        self._status.last_error = why
        self._status.fallback = why if self._falls_back else None
        self._status.state = "falling_back" if self._falls_back else otherwise

    def _show(self, grant: Grant) -> None:
        self._status.budget = Budget(
            daily_calls=self._daily_calls,
            used=grant.used,
            remaining=max(0, self._daily_calls - grant.used),
            next_call_at=format_time(grant.next_at),
        )
