"""The numbers of the status file for Prometheus: every metric, with its unit and its meaning."""

from collections.abc import Callable
from typing import get_args

from contracts.metrics import Definition, Samples, Seen, in_state, one
from contracts.status import FollowedTopic, GatewayDetails, GatewayState


def _by_topic(
    read: Callable[[FollowedTopic], float],
) -> Callable[[Seen[GatewayDetails]], Samples]:
    return lambda seen: [((name,), read(it)) for name, it in seen.details.topics.items()]


# fmt: off
DEFINITIONS: tuple[Definition[GatewayDetails], ...] = (
    in_state("gateway_state", get_args(GatewayState.__value__)),
    Definition("gateway_records_total", "counter", "records", "read from a topic", ("topic",),
        _by_topic(lambda topic: topic.read)),
    Definition("gateway_refused_total", "counter", "records", "that violate the contract",
        ("topic",), _by_topic(lambda topic: topic.refused)),
    Definition("gateway_skipped_total", "counter", "records",
        "skipped to catch up, or damaged on the broker's disk", ("topic",),
        _by_topic(lambda topic: topic.skipped)),
    Definition("gateway_waiting_seconds", "gauge", "seconds",
        "since the broker last answered, 0 while it does", (),
        one(lambda details: details.waiting_s)),
    Definition("gateway_lag_records", "gauge", "records", "not read yet", ("topic",),
        _by_topic(lambda topic: topic.lag)),
    Definition("gateway_lag_seconds", "gauge", "seconds", "how old the last record read is, 0 if"
        " none is unread", ("topic",), _by_topic(lambda topic: topic.lag_s)),
    Definition("gateway_rules_lag_records", "gauge", "records",
        "read, and not evaluated by the rules yet: they catch up in parallel to live prices",
        ("topic",),
        _by_topic(lambda topic: topic.rules_lag)),
    Definition("gateway_symbols", "gauge", "symbols", "with a last trade", (),
        one(lambda details: details.symbols)),
    Definition("gateway_readers", "gauge", "readers", "of the stream, now", (),
        one(lambda details: details.readers)),
    Definition("gateway_messages_total", "counter", "messages", "sent to readers", (),
        one(lambda details: details.messages)),
    Definition("gateway_rounds_skipped_total", "counter", "rounds",
        "of live prices that slow readers did not get: the newest follow", (),
        one(lambda details: details.rounds_skipped)),
    Definition("gateway_windows_missed_total", "counter", "messages",
        "final windows and alerts that were no longer kept when a reader was ready for them", (),
        one(lambda details: details.windows_missed)),
    Definition("gateway_rules", "gauge", "rules", "alert rules in force", (),
        one(lambda details: details.rules)),
    Definition("gateway_rules_file_valid", "gauge", "1",
        "1 while the file of rules is in force; 0 while it cannot be used and earlier rules stay",
        (), one(lambda details: details.rules_error is None)),
    Definition("gateway_alerts_stored", "gauge", "1",
        "1 while the disk takes alerts; 0 while it does not, and none is sent", (),
        one(lambda details: details.alerts_error is None)),
    Definition("gateway_alerts_waiting", "gauge", "alerts", "not delivered yet", ("address",),
        lambda seen: [((name,), it) for name, it in seen.details.alerts_waiting.items()]),
)
# fmt: on
