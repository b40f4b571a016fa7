"""The Alpha Vantage feed: asks for each symbol in turn, and keeps within the budget."""

import asyncio
import random
from collections import deque
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import structlog

from contracts.sources import Source
from contracts.status import Budget, ProducerState
from contracts.times import format_time
from producer.clock import Clock
from producer.errors import FeedError
from producer.feeds.alpha_vantage.answers import Answer, Outcome
from producer.feeds.alpha_vantage.client import Client, open_session
from producer.feeds.alpha_vantage.last_prices import LastPrices
from producer.feeds.alpha_vantage.ledger import DAY, Grant, Ledger
from producer.feeds.backoff import growing_waits
from producer.feeds.base import Feed, FeedStatus
from producer.feeds.walk import Walk
from producer.quote import FeedQuote

_FIRST_WAIT_S, _LEAST_LONGEST_WAIT_S = 5.0, 60.0
_FIRST_NOT_UNDERSTOOD_S, _TIMES_LONGER = 300.0, 6.0
_LONGEST_NAP_S = 60.0

_log = structlog.get_logger()


class AlphaVantageFeed(Feed):
    """Real quotes, and between them, where `fallback` asks for it, a walk on from the last ones.

    The first round comes at once, the rest of the day's calls evenly over the day.
    """

    source: Source = "alpha-vantage"

    def __init__(
        self,
        symbols: tuple[str, ...],
        *,
        base_url: str,
        key: str,
        ledger: Ledger,
        last_prices: LastPrices,
        daily_calls: int,
        walk: Walk | None,
        walk_rate: float,
        rng: random.Random,
        clock: Clock,
    ) -> None:
        self.symbols = symbols
        self.status = FeedStatus()
        self._base_url = base_url
        self._key = key
        self._ledger = ledger
        self._last_prices = last_prices
        self._daily_calls = daily_calls
        self._walk = walk
        self._walk_rate = walk_rate
        self._rng = rng
        self._clock = clock
        self._turn = deque(symbols)
        self._anchored: set[str] = set()
        self._first_round = len(symbols)
        self._answered: Outcome | None = None
        self._waits = _waits(daily_calls)
        self._long_waits = _long_waits()
        self._received: asyncio.Queue[tuple[str, Answer]] = asyncio.Queue()

    async def quotes(self) -> AsyncIterator[FeedQuote]:
        """Give quotes for ever; raises `FeedError` where the key or all symbols are refused."""
        for symbol, price in self._last_prices.read().items():
            if self._walk and symbol in self.symbols:
                self._walk.anchor(symbol, price)
        async with open_session() as session:
            asking = asyncio.create_task(
                self._ask_for_ever(Client(session, self._base_url, self._key, self._clock.now))
            )
            try:
                async for quote in self._merged(asking):
                    yield quote
            finally:
                asking.cancel()
                await asyncio.gather(asking, return_exceptions=True)

    async def _merged(self, asking: asyncio.Task[None]) -> AsyncIterator[FeedQuote]:
        pause_s = 1 / self._walk_rate if self._walk else _LONGEST_NAP_S
        while True:
            getting = asyncio.ensure_future(self._received.get())
            await asyncio.wait({getting, asking}, timeout=pause_s, return_when="FIRST_COMPLETED")
            if getting.done():
                yield self._real(*getting.result())
                continue
            getting.cancel()
            if asking.done():
                asking.result()
            if quote := self._walked():
                yield quote

    def _real(self, symbol: str, answer: Answer) -> FeedQuote:
        # Its time is taken here, where it takes its place among the prices that walk on.
        now = self._clock.now()
        self._anchored.add(symbol)
        self._last_prices.keep(symbol, answer.price)
        if self._walk:
            self._walk.anchor(symbol, answer.price)
        return FeedQuote(
            symbol=symbol,
            price=answer.price,
            volume=answer.volume,
            event_time=now,
            ingest_time=now,
            source="alpha-vantage",
            as_of=answer.as_of,
        )

    def _walked(self) -> FeedQuote | None:
        # A price made up would be taken back by the first real one: before that, none is shown
        # unless no real one is to be had.
        waiting = self.status.state == "falling_back"
        known = [s for s in self._turn if waiting or s in self._anchored]
        if self._walk is None or not known:
            return None
        symbol, now = self._rng.choice(known), self._clock.now()
        return FeedQuote(
            symbol=symbol,
            price=self._walk.step(symbol),
            volume=None,
            event_time=now,
            ingest_time=now,
            source="synthetic",
        )

    async def _ask_for_ever(self, client: Client) -> None:
        while self._turn:
            grant = self._grant()
            if not grant.granted:
                await self._pause((grant.next_at - self._clock.now()).total_seconds())
                continue
            answer = await client.ask(self._turn[0])
            self._answered = answer.outcome
            self.status.count(answer.outcome)
            wait_s = max(self._take(self._turn[0], answer), answer.retry_after_s)
            if wait_s:
                due = self._clock.now() + timedelta(seconds=wait_s)
                self._show(Grant(granted=False, used=grant.used, next_at=max(due, grant.next_at)))
            await self._pause(wait_s)
        raise FeedError("the provider knows none of the symbols: " + ", ".join(self.symbols))

    def _grant(self) -> Grant:
        now = self._clock.now()
        try:
            grant = self._ledger.ask(now)
        except OSError as error:
            self._cannot(f"the ledger of calls cannot be written: {error}")
            return Grant(granted=False, used=0, next_at=now + timedelta(seconds=_LONGEST_NAP_S))
        self._show(grant)
        if not grant.granted and grant.used >= self._daily_calls:
            self._used_up()
        return grant

    def _take(self, symbol: str, answer: Answer) -> float:
        """Act on an answer; gives how many seconds to wait before the next call."""
        match answer.outcome:
            case Outcome.QUOTE:
                return self._quote(symbol, answer)
            case Outcome.UNKNOWN_SYMBOL:
                self._turn.popleft()
                self.status.dropped[symbol] = answer.message
                _log.error("a symbol is not asked for any more", symbol=symbol, why=answer.message)
                return self._spacing_s()
            case Outcome.BURST_LIMIT:
                _log.warning("the provider asks for slower calls", message=answer.message)
                return next(self._waits)
            case Outcome.DAILY_LIMIT:
                return self._exhausted(answer)
            case Outcome.REJECTED:
                raise FeedError(f"the provider rejects the call: {answer.message}")
            case Outcome.NOT_UNDERSTOOD:
                # Each call counts, and it may be about all of them: hours, not seconds.
                self._turn.rotate(-1)
                self._cannot(f"an answer that is not understood: {answer.message}")
                return next(self._long_waits)
            case Outcome.UNAVAILABLE:
                self._turn.rotate(-1)  # one symbol's trouble is not to keep the others waiting
                self._cannot(answer.message)
                return next(self._waits)

    def _exhausted(self, answer: Answer) -> float:
        self._without_budget(answer.message)
        now = self._clock.now()
        try:
            self._show(self._ledger.exhausted(now))
        except OSError:  # then the ledger grants nothing either
            return _LONGEST_NAP_S
        return 0

    def _quote(self, symbol: str, answer: Answer) -> float:
        self._turn.rotate(-1)
        self._waits, self._long_waits = _waits(self._daily_calls), _long_waits()
        self._received.put_nowait((symbol, answer))
        self.status.state, self.status.last_error = "live", None
        self.status.fallback = (
            "between calls prices walk on from the last real ones" if self._walk else None
        )
        return self._spacing_s()

    def _spacing_s(self) -> float:
        self._first_round -= 1
        if self._first_round > 0:
            return 0  # the ledger spaces them
        return DAY.total_seconds() / max(1, self._daily_calls - len(self.symbols))

    def _used_up(self) -> None:
        if self._answered is not Outcome.DAILY_LIMIT:  # else the provider's own words stand
            self._without_budget(f"{self._daily_calls} calls in 24 hours are used up")

    def _without_budget(self, why: str) -> None:
        self._fall_back("waiting_for_budget", why)

    def _cannot(self, why: str) -> None:
        self._fall_back("connecting", why)

    def _fall_back(self, otherwise: ProducerState, why: str) -> None:
        if why != self.status.last_error:
            _log.warning("no real quotes for now", why=why, budget=self.status.budget)
        self.status.last_error = why
        self.status.fallback = why if self._walk else None
        self.status.state = "falling_back" if self._walk else otherwise

    def _show(self, grant: Grant) -> None:
        self.status.budget = Budget(
            daily_calls=self._daily_calls,
            used=grant.used,
            remaining=max(0, self._daily_calls - grant.used),
            next_call_at=format_time(grant.next_at),
        )

    async def _pause(self, seconds: float) -> None:
        """Wait until either clock says that it is over.

        In naps: a machine that slept shows in the wall clock only, and one that was set back must
        not make it longer.
        """
        now, now_s = self._clock.now(), self._clock.monotonic()
        until, until_s = now + timedelta(seconds=seconds), now_s + seconds
        while now < until and now_s < until_s:
            left_s = min((until - now).total_seconds(), until_s - now_s)
            await self._clock.sleep(min(left_s, _LONGEST_NAP_S))
            now, now_s = self._clock.now(), self._clock.monotonic()


def _waits(daily_calls: int) -> Iterator[float]:
    """Give seconds to wait after each failure in a row.

    In the end as long as calls are apart that use up the day's, since each that fails is one.
    """
    longest_s = max(DAY.total_seconds() / daily_calls, _LEAST_LONGEST_WAIT_S)
    return growing_waits(_FIRST_WAIT_S, longest_s)


def _long_waits() -> Iterator[float]:
    """Give seconds to wait after answers that are not understood: five calls in the first day."""
    return growing_waits(_FIRST_NOT_UNDERSTOOD_S, DAY.total_seconds(), _TIMES_LONGER)
