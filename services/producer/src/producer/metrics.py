"""The numbers of the status file for Prometheus: every metric, with its unit and its meaning."""

from collections.abc import Callable, Iterator
from typing import get_args

from contracts.metrics import Definition, Samples, Seen, in_state, one
from contracts.status import Budget, ProducerDetails, ProducerState, SymbolStatus
from contracts.times import parse_time


def _by_symbol(
    read: Callable[[SymbolStatus], float | None],
) -> Callable[[Seen[ProducerDetails]], Samples]:
    def samples(seen: Seen[ProducerDetails]) -> Iterator[tuple[tuple[str, ...], float]]:
        for symbol, status in seen.details.symbols.items():
            value = read(status)
            if value is not None:
                yield (symbol,), value

    return samples


def _budget(
    read: Callable[[Budget], float | None],
) -> Callable[[Seen[ProducerDetails]], Samples]:
    return one(lambda details: read(details.budget) if details.budget else None)


def _epoch_s(time: str | None) -> float | None:
    return parse_time(time).timestamp() if time else None


# fmt: off
DEFINITIONS: tuple[Definition[ProducerDetails], ...] = (
    Definition("producer_info", "gauge", "1", "always 1; what runs", ("feed", "topic", "run_id"),
        lambda seen: [((seen.details.feed, seen.details.topic, seen.details.run_id), 1)]),
    in_state("producer_state", get_args(ProducerState.__value__)),
    Definition("producer_quotes_total", "counter", "quotes", "acknowledged by the broker", (),
        one(lambda details: details.published)),
    Definition("producer_heartbeats_total", "counter", "heartbeats", "acknowledged by the broker",
        (), one(lambda details: details.heartbeats)),
    Definition("producer_pending_records", "gauge", "records", "not acknowledged yet", (),
        one(lambda details: details.pending)),
    Definition("producer_broker_connected", "gauge", "1", "1 while the broker takes records", (),
        one(lambda details: details.broker_connected)),
    Definition("producer_outcomes_total", "counter", "outcomes", "answers of the feed's provider",
        ("outcome",), lambda seen: [((name,), n) for name, n in seen.details.outcomes.items()]),
    Definition("producer_reconnects_total", "counter", "connections",
        "to the provider, made again", (), one(lambda details: details.reconnects)),
    Definition("producer_gaps_total", "counter", "quotes",
        "numbered by the provider, and never came", (), one(lambda details: details.gaps)),
    Definition("producer_dropped_quotes_total", "counter", "quotes",
        "had to make room while the broker was away", (),
        one(lambda details: details.dropped_quotes)),
    Definition("producer_symbol_quotes_total", "counter", "quotes", "acknowledged, of a symbol",
        ("symbol",), _by_symbol(lambda status: status.count)),
    Definition("producer_symbol_price", "gauge", "the symbol's currency", "its last price",
        ("symbol",), _by_symbol(lambda status: status.price)),
    Definition("producer_symbol_event_time_seconds", "gauge", "seconds since 1970",
        "event time of its last quote", ("symbol",),
        _by_symbol(lambda status: _epoch_s(status.event_time))),
    Definition("producer_symbol_age_seconds", "gauge", "seconds",
        "since the event time of its last quote", ("symbol",),
        _by_symbol(lambda status: status.age_s)),
    Definition("producer_budget_calls", "gauge", "calls", "what the plan has in 24 hours",
        (), _budget(lambda budget: budget.daily_calls)),
    Definition("producer_budget_remaining_calls", "gauge", "calls", "what is left of them", (),
        _budget(lambda budget: budget.remaining)),
    Definition("producer_budget_next_call_time_seconds", "gauge", "seconds since 1970",
        "when the next call is due", (), _budget(lambda budget: _epoch_s(budget.next_call_at))),
)
# fmt: on
