"""Wires feed, publisher, heartbeats and report, and ends them in order."""

import asyncio
import shutil
import signal
from contextlib import aclosing
from functools import partial
from pathlib import Path
from typing import NamedTuple

import structlog

from contracts.clock import Clock
from contracts.metrics import registry
from contracts.status import ProducerDetails, StatusWriter, SymbolStatus
from producer import kafka
from producer.errors import FeedError, KeyRejectedError
from producer.events import Numbering
from producer.feeds import FEEDS, Context, Places
from producer.hand_over import HandOver
from producer.heartbeat import EventTime
from producer.metrics import DEFINITIONS
from producer.metrics_page import serving
from producer.publisher import Publisher
from producer.report import Report
from producer.settings import ProducerSettings

_FLUSH_S = 10.0
_SETTLE_S = 5.0
_REPORT_EVERY_S = 1.0
_HEARTBEATS_EVERY_S = 0.1

_log = structlog.get_logger()


class Outputs(NamedTuple):
    """Where the producer writes besides Kafka."""

    places: Places
    liveness_file: Path


class App:
    """One run of the producer."""

    def __init__(self, settings: ProducerSettings, outputs: Outputs, clock: Clock) -> None:
        """Build all parts; raises `SettingError` for what the feed cannot use."""
        self._clock = clock
        self._in_hand = 0
        connect = partial(kafka.connect, settings.kafka, settings.kafka_topic)
        self._publisher = Publisher(connect, clock)
        # What a replay that was killed left there, whichever feed it is now.
        shutil.rmtree(outputs.places.scratch / settings.producer_name, ignore_errors=True)
        context = Context(settings, outputs.places, clock, self._publisher.destination)
        self._feed = FEEDS[settings.feed_name](context)
        numbering = Numbering()
        self._event_time = EventTime(settings.lag, settings.max_future_skew, clock)
        details = ProducerDetails(
            feed=settings.feed_name,
            run_id=numbering.run_id,
            topic=settings.kafka_topic,
            symbols={symbol: SymbolStatus() for symbol in self._feed.symbols},
        )
        self._report = Report(
            self._feed,
            self._publisher,
            details,
            StatusWriter(outputs.places.status, settings.producer_name, clock.now),
            liveness_file=outputs.liveness_file,
            clock=clock,
        )
        self._hand_over = HandOver(
            self._feed,
            self._publisher,
            self._report,
            numbering=numbering,
            event_time=self._event_time,
            clock=clock,
        )
        self._metrics = serving(registry(DEFINITIONS, self._report.snapshot), settings.metrics_port)
        _log.info(
            "producer starts",
            feed=settings.feed_name,
            symbols=self._feed.symbols or "all in the file",
            topic=settings.kafka_topic,
            run_id=numbering.run_id,
        )

    async def run(self) -> None:
        """Run until SIGTERM or SIGINT; then what is pending has ten seconds to get through.

        Raises `SettingError` where the port for the metrics is taken.
        """
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        async with self._metrics, asyncio.TaskGroup() as tasks:
            delivering = tasks.create_task(self._publisher.run())
            reporting = tasks.create_task(self._report_regularly())
            feeding = [
                tasks.create_task(self._feed_quotes()),
                tasks.create_task(self._send_heartbeats()),
            ]
            await stop.wait()
            for task in feeding:
                task.cancel()
            await asyncio.wait(feeding)
            left = await self._publisher.flush(_FLUSH_S if self._publisher.connected else 0)
            delivering.cancel()
            await asyncio.wait([delivering], timeout=_SETTLE_S)
            delivering.cancel()  # a request may be under way for longer than there is time
            reporting.cancel()
        self._feed.keep()
        self._report.update("stopped")
        dropped = self._feed.status.dropped_quotes
        _log.info("producer stopped", not_delivered=left + self._in_hand, dropped=dropped)

    async def _feed_quotes(self) -> None:
        try:
            async with aclosing(self._feed.blocks()) as blocks:
                async for quotes in blocks:
                    self._in_hand = len(quotes)
                    await self._hand_over.quotes(quotes)
                    self._in_hand = 0
        except FeedError as error:
            self._feed.status.state, self._feed.status.last_error = "failed", str(error)
            self._feed.status.key_rejected = isinstance(error, KeyRejectedError)
            _log.error("the feed has failed", why=str(error))
        else:
            self._feed.status.state = "finished"
            _log.info("the feed is finished", outcomes=self._feed.status.outcomes)
        if self._feed.newest:
            self._event_time.handed_over([self._feed.newest])

    async def _send_heartbeats(self) -> None:
        while True:
            await self._clock.sleep(_HEARTBEATS_EVERY_S)
            self._hand_over.heartbeats()

    async def _report_regularly(self) -> None:
        while True:
            self._report.update()
            self._feed.keep()
            await self._clock.sleep(_REPORT_EVERY_S)
