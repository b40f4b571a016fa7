"""What a service tells Prometheus: a list of metrics, read from its status at each scrape.

Needs ``prometheus-client``, which a service that serves metrics depends on.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

type Samples = Iterable[tuple[tuple[str, ...], float]]
"""The values of the labels, and the value."""


class Seen[D](NamedTuple):
    """What the status file says at a moment."""

    state: str
    details: D


class Definition[D](NamedTuple):
    """One metric: a counter counts from the start of the service, a gauge is as of now."""

    name: str
    kind: Literal["counter", "gauge"]
    unit: str
    meaning: str
    labels: tuple[str, ...]
    read: Callable[[Seen[D]], Samples]


def one[D](read: Callable[[D], float | None]) -> Callable[[Seen[D]], Samples]:
    """Read a single value without labels; None gives no sample."""

    def samples(seen: Seen[D]) -> Samples:
        value = read(seen.details)
        return [] if value is None else [((), value)]

    return samples


def in_state[D](name: str, states: Sequence[str]) -> Definition[D]:
    """Make the metric that tells which of its states a service is in."""
    return Definition(
        name, "gauge", "1", "1 for the state it is in, 0 for the others", ("state",),
        lambda seen: [((it,), float(it == seen.state)) for it in states],
    )  # fmt: skip


def registry[D](
    definitions: Sequence[Definition[D]], look: Callable[[], Seen[D]]
) -> CollectorRegistry:
    """Make a registry that reads what `look` gives at each scrape."""
    metrics = CollectorRegistry()
    metrics.register(_FromStatus(definitions, look))
    return metrics


class _FromStatus[D](Collector):
    def __init__(self, definitions: Sequence[Definition[D]], look: Callable[[], Seen[D]]) -> None:
        self._definitions = definitions
        self._look = look

    def collect(self) -> Iterator[Metric]:
        seen = self._look()
        for one in self._definitions:
            kind = CounterMetricFamily if one.kind == "counter" else GaugeMetricFamily
            family = kind(one.name, f"{one.meaning} ({one.unit})", labels=one.labels)
            for labels, value in one.read(seen):
                family.add_metric(labels, value)
            yield family
