"""Wires followers, listeners and server, and ends them in order."""

import asyncio
import signal
from functools import partial
from pathlib import Path

import structlog
from litestar import Litestar

from contracts import volume
from contracts.clock import Clock
from contracts.metrics import registry
from contracts.reader import open_source
from contracts.topics import MARKET_WINDOWS
from gateway.alerts.alerting import Alerting, Places
from gateway.alerts.delivery.messenger import addresses
from gateway.alerts.delivery.topic import AlertTopic
from gateway.alerts.lost_windows import LostWindows
from gateway.following.follower import Follower
from gateway.following.listener import TradeListener, WindowListener
from gateway.following.sinks import TradeSink, WindowSink
from gateway.following.topic_reader import open_topic
from gateway.history.missed import Missed
from gateway.history.pages import History
from gateway.live.final import FinalWindows
from gateway.live.hub import Hub
from gateway.live.market import Market
from gateway.live.rounds import give_rounds
from gateway.metrics import DEFINITIONS
from gateway.report import Report
from gateway.serving.api import application
from gateway.serving.health import health_handlers
from gateway.serving.rest import rest_handlers
from gateway.serving.server import listen, serve
from gateway.serving.stream import stream_handlers
from gateway.serving.windows import windows_handler
from gateway.settings import GatewaySettings

_REPORT_EVERY_S = 1.0
_STATUS = volume.STATUS
_ALERT_PLACES = Places(Path("/alerts/rules.toml"), volume.ALERTS, _STATUS)

_log = structlog.get_logger()


class App:
    """One run of the gateway."""

    def __init__(self, settings: GatewaySettings, clock: Clock) -> None:
        """Build all parts; raises `contracts.settings.SettingError` for alerts that cannot be."""
        self._settings = settings
        self._clock = clock
        self._market = Market(
            settings.window_length,
            settings.window_slide,
            back=settings.window_length + settings.max_future_skew,
        )
        self._hub = Hub()
        self._history = History(open_source(settings.location))
        self._alert_topic = AlertTopic(settings.kafka)
        self._alerting = Alerting(
            _ALERT_PLACES,
            [self._alert_topic.address, *addresses(settings.alert_addresses)],
            clock,
            all_read=lambda: self._followers[settings.kafka_topic].all_is_read,
            waiting=lambda: self._report.waiting,
        )
        self._alerting.recent.subscribe(self._hub.on_alert)
        self._followers = self._new_followers()
        self._report = Report(
            self._followers,
            self._market,
            self._hub,
            self._alerting,
            status_folder=_STATUS,
            clock=clock,
        )

    async def run(self) -> None:
        """Run until SIGTERM or SIGINT; then what is being sent has a moment to get through.

        Raises `contracts.settings.SettingError` where the port is taken.
        """
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        listening = listen()
        _log.info("gateway starts", topic=self._settings.kafka_topic)
        async with asyncio.TaskGroup() as tasks:
            working = [
                *(tasks.create_task(it.run()) for it in self._followers.values()),
                tasks.create_task(self._alerting.run()),
                tasks.create_task(
                    give_rounds(
                        self._hub,
                        self._market,
                        last_hour_is_read=lambda: self._followers[MARKET_WINDOWS].lag.is_at_end,
                        clock=self._clock,
                    )
                ),
                tasks.create_task(self._report_regularly()),
                tasks.create_task(self._close_readers(stop)),
            ]
            await serve(self._application(), listening, stop)
            for task in working:
                task.cancel()
        await self._alert_topic.close()
        self._report.update("stopped")
        _log.info("gateway stopped")

    def _new_followers(self) -> dict[str, Follower]:
        settings, clock = self._settings, self._clock
        of_trades: list[TradeListener] = [self._market, self._alerting]
        of_windows: list[WindowListener] = [FinalWindows(self._hub), self._alerting]
        return {
            settings.kafka_topic: Follower(
                "trades",
                partial(open_topic, settings.kafka, settings.kafka_topic),
                of_trades,
                partial(TradeSink, max_future_skew=settings.max_future_skew),
                clock,
            ),
            MARKET_WINDOWS: Follower(
                "windows",
                partial(open_topic, settings.kafka, MARKET_WINDOWS),
                of_windows,
                WindowSink,
                clock,
                prepare=LostWindows(
                    self._history, self._alerting, settings.window_length, clock
                ).look,
            ),
        }

    def _application(self) -> Litestar:
        token = self._settings.gateway_token
        return application(
            [
                *rest_handlers(self._market, self._alerting.recent, _STATUS, self._clock),
                windows_handler(self._history),
                *stream_handlers(self._hub, Missed(self._history, self._settings.window_length)),
                *health_handlers(
                    lambda: self._report.is_well, registry(DEFINITIONS, self._report.snapshot)
                ),
            ],
            token.get_secret_value() if token else None,
        )

    async def _report_regularly(self) -> None:
        while True:
            self._report.update()
            await self._clock.sleep(_REPORT_EVERY_S)

    async def _close_readers(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._hub.close()
