"""Wires followers, listeners and server, and ends them in order."""

import asyncio
import signal
from collections.abc import Sequence
from functools import partial

import structlog
from litestar import Litestar

from gateway.clock import Clock
from gateway.following.follower import Follower
from gateway.following.listener import Listener
from gateway.following.sinks import TradeSink
from gateway.following.topic_reader import open_topic
from gateway.serving.health import health_routes
from gateway.serving.server import listen, serve
from gateway.settings import GatewaySettings

_log = structlog.get_logger()


async def run(settings: GatewaySettings) -> None:
    """Run until SIGTERM or SIGINT; raises `gateway.errors.InputError` where the port is taken."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    listening = listen()
    clock = Clock()
    listeners: Sequence[Listener] = ()
    servers = settings.kafka_bootstrap_servers
    trades = Follower(
        "trades",
        partial(open_topic, servers, settings.kafka_topic),
        listeners,
        TradeSink(listeners, settings.max_future_skew),
        clock,
    )
    application = Litestar(
        [health_routes(lambda: trades.lag.answers)], logging_config=None, openapi_config=None
    )
    _log.info("gateway starts", topic=settings.kafka_topic)
    async with asyncio.TaskGroup() as tasks:
        following = tasks.create_task(trades.run())
        await serve(application, listening, stop)
        following.cancel()
    _log.info("gateway stopped")
