"""The numbers of the status file for Prometheus: every metric, with its unit and its meaning."""

from collections.abc import Callable, Iterable, Iterator
from typing import Literal, NamedTuple, get_args

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from contracts.status import Budget, ProducerDetails, ProducerState, SymbolStatus
from contracts.times import parse_time

STATES: tuple[str, ...] = get_args(ProducerState.__value__)


class Seen(NamedTuple):
    """What the status file says at a moment."""

    state: str
    details: ProducerDetails


type Samples = Iterable[tuple[tuple[str, ...], float]]
"""The values of the labels, and the value."""


class Definition(NamedTuple):
    """One metric: a counter counts from the start of the producer, a gauge is as of now."""

    name: str
    kind: Literal["counter", "gauge"]
    unit: str
    meaning: str
    labels: tuple[str, ...]
    read: Callable[[Seen], Samples]


def _one(read: Callable[[ProducerDetails], float]) -> Callable[[Seen], Samples]:
    return lambda seen: [((), read(seen.details))]


def _by_symbol(read: Callable[[SymbolStatus], float | None]) -> Callable[[Seen], Samples]:
    def samples(seen: Seen) -> Iterator[tuple[tuple[str, ...], float]]:
        for symbol, status in seen.details.symbols.items():
            value = read(status)
            if value is not None:
                yield (symbol,), value

    return samples


def _budget(read: Callable[[Budget], float | None]) -> Callable[[Seen], Samples]:
    def samples(seen: Seen) -> Samples:
        value = read(seen.details.budget) if seen.details.budget else None
        return [] if value is None else [((), value)]

    return samples


def _event_s(status: SymbolStatus) -> float | None:
    return parse_time(status.event_time).timestamp() if status.event_time else None


def _next_call_s(budget: Budget) -> float | None:
    return parse_time(budget.next_call_at).timestamp() if budget.next_call_at else None


# fmt: off
DEFINITIONS = (
    Definition("producer_info", "gauge", "1", "always 1; what runs", ("feed", "topic", "run_id"),
        lambda seen: [((seen.details.feed, seen.details.topic, seen.details.run_id), 1)]),
    Definition("producer_state", "gauge", "1", "1 for the state it is in, 0 for the others",
        ("state",), lambda seen: [((name,), float(name == seen.state)) for name in STATES]),
    Definition("producer_quotes_total", "counter", "quotes", "acknowledged by the broker", (),
        _one(lambda details: details.published)),
    Definition("producer_heartbeats_total", "counter", "heartbeats", "acknowledged by the broker",
        (), _one(lambda details: details.heartbeats)),
    Definition("producer_pending_records", "gauge", "records", "not acknowledged yet", (),
        _one(lambda details: details.pending)),
    Definition("producer_broker_connected", "gauge", "1", "1 while the broker takes records", (),
        _one(lambda details: details.broker_connected)),
    Definition("producer_outcomes_total", "counter", "outcomes", "what came of the feed's asking",
        ("outcome",), lambda seen: [((name,), n) for name, n in seen.details.outcomes.items()]),
    Definition("producer_reconnects_total", "counter", "connections",
        "made anew to the provider", (), _one(lambda details: details.reconnects)),
    Definition("producer_gaps_total", "counter", "quotes",
        "numbered by the provider, and never came", (), _one(lambda details: details.gaps)),
    Definition("producer_dropped_quotes_total", "counter", "quotes",
        "had to make room while the broker was away", (),
        _one(lambda details: details.dropped_quotes)),
    Definition("producer_symbol_quotes_total", "counter", "quotes", "acknowledged, of a symbol",
        ("symbol",), _by_symbol(lambda status: status.count)),
    Definition("producer_symbol_price", "gauge", "the symbol's currency", "its last price",
        ("symbol",), _by_symbol(lambda status: status.price)),
    Definition("producer_symbol_event_time_seconds", "gauge", "seconds since 1970",
        "event time of its last quote", ("symbol",), _by_symbol(_event_s)),
    Definition("producer_symbol_age_seconds", "gauge", "seconds",
        "since the event time of its last quote", ("symbol",),
        _by_symbol(lambda status: status.age_s)),
    Definition("producer_budget_calls", "gauge", "calls", "what the plan has in 24 hours",
        (), _budget(lambda budget: budget.daily_calls)),
    Definition("producer_budget_remaining_calls", "gauge", "calls", "what is left of them", (),
        _budget(lambda budget: budget.remaining)),
    Definition("producer_budget_next_call_time_seconds", "gauge", "seconds since 1970",
        "when the next call is due", (), _budget(_next_call_s)),
)
# fmt: on


class _FromStatus(Collector):
    def __init__(self, look: Callable[[], Seen]) -> None:
        self._look = look

    def collect(self) -> Iterator[Metric]:
        seen = self._look()
        for one in DEFINITIONS:
            kind = CounterMetricFamily if one.kind == "counter" else GaugeMetricFamily
            family = kind(one.name, f"{one.meaning} ({one.unit})", labels=one.labels)
            for labels, value in one.read(seen):
                family.add_metric(labels, value)
            yield family


def registry(look: Callable[[], Seen]) -> CollectorRegistry:
    """Make a registry that reads what `look` gives at each scrape."""
    metrics = CollectorRegistry()
    metrics.register(_FromStatus(look))
    return metrics
