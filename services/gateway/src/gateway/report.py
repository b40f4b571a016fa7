"""Reports how it goes: the status file, the metrics, a line a minute in the log."""

from pathlib import Path

import structlog

from contracts.clock import Clock
from contracts.metrics import Seen
from contracts.status import GATEWAY, FollowedTopic, GatewayDetails, GatewayState, StatusWriter
from gateway.alerts.alerting import Alerting
from gateway.following.follower import Follower
from gateway.following.lag import Waiting
from gateway.live.hub import Hub
from gateway.live.market import Market

_BEHIND_S = 2.0
_ILL_AFTER_S = 30.0
_PAUSED_S = 10.0
"""After so long without an update it was this process that did not run, and not the broker."""
_LOG_EVERY_S = 60.0

_log = structlog.get_logger()


class Report:
    """Looks at the followers, the market and the hub; `update` is to be called once a second."""

    def __init__(
        self,
        followers: dict[str, Follower],
        market: Market,
        hub: Hub,
        alerting: Alerting,
        *,
        status_folder: Path,
        clock: Clock,
    ) -> None:
        self._followers = followers
        self._market = market
        self._hub = hub
        self._alerting = alerting
        self._clock = clock
        self._writer: StatusWriter[GatewayDetails] = StatusWriter(status_folder, GATEWAY, clock.now)
        self._state: GatewayState | None = None
        self._answered_s = self._updated_s = self._logged_s = clock.monotonic()

    @property
    def is_well(self) -> bool:
        """Whether the broker has answered lately, and the topics are followed."""
        return self._state not in {None, "connecting"} and (
            self._clock.monotonic() - self._answered_s < _ILL_AFTER_S
        )

    @property
    def waiting(self) -> Waiting | None:
        """What the topics wait for, and for how long at the last update; None while all are there.

        Without the words of an error.
        """
        waits_for = self._waits_for()
        if waits_for is None:
            return None
        return Waiting(waits_for.partition(":")[0], self._updated_s - self._answered_s)

    def snapshot(self) -> Seen[GatewayDetails]:
        """Give what the status file is to say at this moment."""
        return Seen(self._current(), self._details())

    def update(self, state: GatewayState | None = None) -> None:
        """Bring status file and log up to date; `state` overrides what is found."""
        current = state or self._current()
        before_s, self._updated_s = self._updated_s, self._clock.monotonic()
        if self._waits_for() is None or self._updated_s - before_s > _PAUSED_S:
            self._answered_s = self._updated_s
        if current != self._state:
            self._state = current
            _log.info("state", state=current, why=self._error())
        self._writer.keep(current, self._details(), self._error())
        self._log_progress()

    def _current(self) -> GatewayState:
        lags = [it.lag for it in self._followers.values()]
        if any(not lag.positions for lag in lags):
            return "connecting"
        if any(not lag.answers for lag in lags):
            return "waiting"
        return "catching_up" if any(lag.seconds > _BEHIND_S for lag in lags) else "following"

    def _waits_for(self) -> str | None:
        """Give the first that is waited for."""
        return next(filter(None, (it.lag.waits_for for it in self._followers.values())), None)

    def _error(self) -> str | None:
        if waits_for := self._waits_for():
            return f"waiting for {waits_for}"
        unkept = self._alerting.disk_error
        return f"alerts cannot be stored, and wait: {unkept}" if unkept else None

    def _details(self) -> GatewayDetails:
        waiting = self.waiting
        return GatewayDetails(
            topics={name: _topic(it) for name, it in self._followers.items()},
            symbols=self._market.symbol_count,
            readers=len(self._hub.readers),
            messages=self._hub.sent,
            rounds_skipped=self._hub.skipped,
            windows_missed=self._hub.missed,
            rules=len(self._alerting.rules),
            rules_error=self._alerting.book.error,
            alerts_error=self._alerting.disk_error,
            waiting_s=round(waiting.seconds, 3) if waiting else 0.0,
            alerts_waiting={it.address.label: len(it) for it in self._alerting.queues},
        )

    def _log_progress(self) -> None:
        now_s = self._clock.monotonic()
        if now_s - self._logged_s < _LOG_EVERY_S:
            return
        self._logged_s = now_s
        details = self._details()
        _log.info(
            "served",
            read={name: topic.read for name, topic in details.topics.items()},
            lag_s={name: topic.lag_s for name, topic in details.topics.items()},
            symbols=details.symbols,
            readers=details.readers,
            messages=details.messages,
            rounds_skipped=details.rounds_skipped,
            state=self._state,
        )


def _topic(follower: Follower) -> FollowedTopic:
    lag = follower.lag
    return FollowedTopic(
        read=lag.read_count,
        refused=follower.refused,
        skipped=lag.skipped,
        lag=lag.records,
        lag_s=round(lag.seconds, 3),
        rules_lag=follower.catching_up,
    )
