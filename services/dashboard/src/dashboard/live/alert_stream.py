"""The connection to the gateway's stream of alerts: of all symbols, whatever pages show."""

import asyncio
import time
import urllib.request
from collections.abc import Sequence
from http.client import HTTPException

import msgspec
import structlog

from contracts.alerts import Alert
from dashboard.live.alerts import MOST
from dashboard.live.hub import Hub
from dashboard.live.upstream import Gateway, pause, read, read_while

_PATIENCE_S = 2.0
_MOST_BYTES = 4 * 1024 * 1024
_GIVEN_AGAIN_S = 3000.0
"""The stream gives again what came within the last hour: after longer all is asked for anew."""

_log = structlog.get_logger()


class _Recent(msgspec.Struct):
    """What `/v1/alerts` answers."""

    alerts: list[Alert]


async def follow_alerts(gateway: Gateway, hub: Hub) -> None:
    """Give the hub the alerts, while any page is open: those of before, and as they come."""
    last_id: str | None = None
    was_open, read_until_s = False, 0.0

    def came(text: str) -> None:
        nonlocal last_id
        head = hub.came(text)
        last_id = (head and head.id) or last_id

    def here() -> None:
        nonlocal was_open
        was_open = True

    while True:
        await hub.until(lambda: hub.pages > 0)
        if last_id is None or time.monotonic() - read_until_s > _GIVEN_AGAIN_S:
            last_id = await _begin(gateway, hub)
            read_until_s = time.monotonic()
        reading = read(gateway.stream("alert", (), last_id), gateway, came, here)
        ended = await read_while(lambda: hub.pages > 0, hub, reading)
        if was_open:
            was_open, read_until_s = False, time.monotonic()
        if ended:
            await pause()


async def _begin(gateway: Gateway, hub: Hub) -> str:
    """Take in the alerts of before; give an id after which the stream goes on.

    It gives again those that pages may lack, which were open before this server was started again;
    what is known comes once.
    """
    told = None
    while True:
        since_ms = int((time.time() - _GIVEN_AGAIN_S) * 1000)
        try:
            hub.alerts.know(await asyncio.to_thread(_recent, gateway))
        except (OSError, HTTPException, ValueError) as error:
            if told != (told := type(error).__name__):
                _log.info("earlier alerts cannot be read: trying again", why=told)
            await pause()
        else:
            return f"{since_ms}-a-0"


def _recent(gateway: Gateway) -> Sequence[Alert]:
    """Ask for the alerts of before; raises what a connection raises, `ValueError` for no answer."""
    address = f"{gateway.url.rstrip('/')}/v1/alerts?limit={MOST}"
    request = urllib.request.Request(address, headers=gateway.headers)  # noqa: S310 - the setting's
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(request, timeout=_PATIENCE_S) as answer:
        return msgspec.json.decode(answer.read(_MOST_BYTES), type=_Recent).alerts
