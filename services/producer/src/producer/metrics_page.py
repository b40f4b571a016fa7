"""Serves the metrics over HTTP, for Prometheus to come by."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from contracts.settings import SettingError


@asynccontextmanager
async def serving(metrics: CollectorRegistry, port: int | None) -> AsyncIterator[None]:
    """Serve ``/metrics`` on all addresses of the container; on none without a port.

    Raises `SettingError` where the port is taken.
    """
    if port is None:
        yield
        return

    async def answer(_request: web.Request) -> web.Response:
        headers = {"Content-Type": CONTENT_TYPE_LATEST}
        return web.Response(body=generate_latest(metrics), headers=headers)

    application = web.Application()
    application.router.add_get("/metrics", answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, port=port).start()
        except OSError as error:
            what = f"METRICS_PORT: got {port}, takes a port that is free: {error}"
            raise SettingError(what) from None
        yield
    finally:
        await runner.cleanup()
