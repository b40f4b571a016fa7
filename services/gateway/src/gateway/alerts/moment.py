"""What one commit of the alerts' store holds: all of it is kept, or nothing."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from contracts.alerts import Alert
from gateway.alerts.evaluation.state import Key, State, pack


class Reached(NamedTuple):
    """Up to where a topic is looked at: its id, and the next offset of each partition.

    The id is None where it was kept without one.
    """

    topic_id: str | None
    offsets: dict[int, int]


type Positions = dict[str, Reached]
"""By topic."""


class Queued(NamedTuple):
    """An alert that waits: its number, which orders all, and since when.

    `not_for` is the id of the address that it is about, if any: it does not wait for that one.
    """

    number: int
    queued_us: int
    alert: Alert
    not_for: str | None = None


class Loss(NamedTuple):
    """How many alerts were given up for an address since that was told last (microseconds).

    Either the address did not take them in time, or too many waited.
    """

    expired: int = 0
    too_many: int = 0
    told_us: int = 0


class NewAlert(NamedTuple):
    """An alert, and the address that it is not for: the one that it is about, if any."""

    alert: Alert
    not_for: str | None = None


class Moment(NamedTuple):
    """What is new since the last commit, encoded: None for what is forgotten."""

    watched: Mapping[Key, bytes | None]
    limits: Mapping[str, bytes | None]
    times: Mapping[str, int]
    positions: Positions
    losses: Mapping[str, Loss]
    alerts: tuple[NewAlert, ...]


def moment_of(
    state: State, positions: Positions, losses: Mapping[str, Loss], alerts: Iterable[NewAlert]
) -> Moment:
    """Take down what has changed, which from then on counts as kept.

    What is watched is whole once the state has no more of it to encode.
    """
    limits = state.limits
    moment = Moment(
        state.freeze(),
        {it: pack(limits[it]) if it in limits else None for it in state.changed_limits},
        {it: state.times[it] for it in state.changed_times},
        {topic: Reached(at.topic_id, dict(at.offsets)) for topic, at in positions.items()},
        losses,
        tuple(alerts),
    )
    state.changed_limits.clear()
    state.changed_times.clear()
    return moment
