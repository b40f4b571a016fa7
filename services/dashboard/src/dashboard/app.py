"""The server: Streamlit with the page, and Plotly for the page's chart."""

import asyncio
import signal
from asyncio import TaskGroup
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.routing import Route
from streamlit.starlette import App

from contracts.open_files import allow_many
from dashboard.live.alert_stream import follow_alerts
from dashboard.live.hub import hub
from dashboard.live.route import ROUTE
from dashboard.live.upstream import Gateway, follow_candles, follow_prices
from dashboard.live_chart import PLOTLY
from dashboard.page_data import follower
from dashboard.routes import ROUTES
from dashboard.settings import settings

PORT = 8501
_FOLLOW = (follow_prices, follow_candles, follow_alerts)
_FOR_A_YEAR = {"Cache-Control": "public, max-age=31536000, immutable"}


async def _plotly(request: Request) -> FileResponse:
    file = PLOTLY[request.url.path]
    return FileResponse(file, media_type="text/javascript", headers=_FOR_A_YEAR)


@asynccontextmanager
async def _live(_: App) -> AsyncIterator[None]:
    """Follow the gateway while the server runs, and tell the pages what the follower finds."""
    following, loop = follower(settings().location), asyncio.get_running_loop()
    hub().window_came = following.look
    following.changed = lambda version: loop.call_soon_threadsafe(hub().has_data, version)
    gateway = Gateway(settings().gateway_url, settings().token)
    async with TaskGroup() as both:
        tasks = [both.create_task(follow(gateway, hub())) for follow in _FOLLOW]
        yield
        following.changed = None  # the thread goes on for longer than the loop
        for task in tasks:
            task.cancel()


def run(port: int = PORT, routes: Sequence[Route] = ()) -> None:
    """Serve until a signal asks to stop; `routes` are served besides the page."""
    # The server ends well on SIGTERM and then raises it once more: that one is to end nothing.
    signal.signal(signal.SIGTERM, lambda *_: None)
    allow_many()
    follower(settings().location).start()
    plotly = [Route(path, _plotly) for path in PLOTLY]
    app = App(
        Path(__file__).parent / "script.py",
        routes=[*plotly, *ROUTES, ROUTE, *routes],
        lifespan=_live,
    )
    app.run(config={"server.port": port})
