"""Reports how it goes: the status file, the liveness file, and a line a minute in the log."""

from collections import Counter
from contextlib import suppress
from heapq import nlargest
from pathlib import Path

import structlog

from contracts.clock import Clock
from contracts.metrics import Seen
from contracts.status import (
    MOST_SYMBOLS,
    ProducerDetails,
    ProducerState,
    StatusWriter,
    SymbolStatus,
)
from contracts.times import format_time, parse_time
from producer.feeds.base import Block, Feed
from producer.publisher import Publisher
from producer.quote import FeedQuote

_LOG_EVERY_S = 60.0
_SILENT_S = 5.0
_STUCK_S = 20.0
_AGES_LOGGED = 10

_log = structlog.get_logger()


class Report:
    """Follows a feed and a publisher; `update` is to be called about once a second.

    `liveness_file` is touched while records get through, or while there is none to send: a quiet
    feed is not ill, a broker that takes nothing for long is. A full disk is logged; publishing
    goes on.
    """

    def __init__(
        self,
        feed: Feed,
        publisher: Publisher,
        details: ProducerDetails,
        writer: StatusWriter[ProducerDetails],
        *,
        liveness_file: Path,
        clock: Clock,
    ) -> None:
        self._feed = feed
        self._publisher = publisher
        self._details = details
        self._writer = writer
        self._liveness_file = liveness_file
        self._clock = clock
        self._state: ProducerState | None = None
        self._logged_s = clock.monotonic()
        self._logged_quotes = 0
        self._newest: dict[str, FeedQuote] = {}
        self._has_more_symbols = False

    def quotes_acknowledged(self, quotes: Block) -> None:
        """More quotes are in the topic."""
        self._details.published += len(quotes)
        for symbol, count in Counter(quote.symbol for quote in quotes).items():
            if status := self._status_of(symbol):
                status.count += count
        self._newest |= {quote.symbol: quote for quote in quotes}

    def heartbeats_acknowledged(self, count: int) -> None:
        """More heartbeats are in the topic."""
        self._details.heartbeats += count

    def snapshot(self) -> Seen[ProducerDetails]:
        """Give what the status file is to say at this moment."""
        self._update_details()
        return Seen(self._current_state(), self._details)

    def update(self, state: ProducerState | None = None) -> None:
        """Bring status file, liveness file and log up to date; `state` overrides the feed's."""
        self._update_details()
        current = state or self._current_state()
        if current != self._state:
            self._state = current
            _log.info("state", state=current, why=self._error(), fallback=self._details.fallback)
        self._writer.keep(current, self._details, self._error())
        if self._publisher.connected and self._publisher.silent_s < _STUCK_S:
            with suppress(OSError):
                self._liveness_file.touch()
        self._log_progress()

    def _current_state(self) -> ProducerState:
        state = self._feed.status.state
        return state if state == "failed" or self._details.broker_connected else "connecting"

    def _update_details(self) -> None:
        details, status = self._details, self._feed.status
        details.pending = self._publisher.pending
        details.broker_connected = self._publisher.connected and not self._is_broker_silent()
        details.outcomes, details.budget = status.outcomes, status.budget
        details.fallback, details.reconnects = status.fallback, status.reconnects
        details.key_rejected, details.off_hours = status.key_rejected, status.off_hours
        details.gaps, details.dropped_quotes = status.gaps, status.dropped_quotes
        due = status.next_quote_at
        details.next_quote_at = format_time(due) if due else None
        for quote in self._newest.values():
            if status_of_symbol := details.symbols.get(quote.symbol):
                _show(quote, status_of_symbol)
        self._newest.clear()
        now = self._clock.now()
        for name, symbol in details.symbols.items():
            if symbol.event_time:
                symbol.age_s = (now - parse_time(symbol.event_time)).total_seconds()
            symbol.silent = name in status.silent
        for name, why in status.dropped.items():
            if status_of_symbol := self._status_of(name):
                status_of_symbol.dropped = why

    def _status_of(self, symbol: str) -> SymbolStatus | None:
        """Give what is told of a symbol; None where it is one more than are told of."""
        symbols = self._details.symbols
        if symbol not in symbols and len(symbols) < MOST_SYMBOLS:
            symbols[symbol] = SymbolStatus()
        elif symbol not in symbols and not self._has_more_symbols:
            self._has_more_symbols = True
            why = f"it has the first {MOST_SYMBOLS}; quotes of others are published all the same"
            _log.warning("more symbols than the status file tells of", why=why)
        return symbols.get(symbol)

    def _error(self) -> str | None:
        broker = self._publisher.last_error
        if broker is None and self._is_broker_silent():
            broker = "it acknowledges nothing"
        return f"broker: {broker}" if broker else self._feed.status.last_error

    def _is_broker_silent(self) -> bool:
        return self._publisher.silent_s >= _SILENT_S

    def _log_progress(self) -> None:
        passed_s = self._clock.monotonic() - self._logged_s
        if passed_s < _LOG_EVERY_S:
            return
        details = self._details
        _log.info(
            "published",
            quotes=details.published,
            per_second=round((details.published - self._logged_quotes) / passed_s, 1),
            heartbeats=details.heartbeats,
            pending=details.pending,
            state=self._state,
            age_s=self._ages_s(),
            outcomes=details.outcomes,
            reconnects=details.reconnects,
            gaps=details.gaps,
            dropped=details.dropped_quotes,
            budget=details.budget,
        )
        self._logged_s, self._logged_quotes = self._clock.monotonic(), details.published

    def _ages_s(self) -> dict[str, float]:
        """Give how old the last quote of each symbol is: of the oldest, where there are many."""
        symbols = self._details.symbols.items()
        known = [(status.age_s, name) for name, status in symbols if status.age_s is not None]
        return {name: round(age_s, 1) for age_s, name in nlargest(_AGES_LOGGED, known)}


def _show(quote: FeedQuote, status: SymbolStatus) -> None:
    status.price = quote.price
    status.source = quote.source
    status.event_time = format_time(quote.event_time)
    status.ingest_time = format_time(quote.ingest_time)
    if quote.as_of:
        status.as_of = quote.as_of.isoformat()
