"""The rest of REST: symbols, alerts, and how the services are."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from itertools import batched
from pathlib import Path
from typing import Annotated, Any

import msgspec
from litestar import MediaType, get
from litestar.params import FromQuery, QueryParameter
from litestar.response import Stream

from contracts.clock import Clock
from contracts.sources import is_made_up
from contracts.status import Status, status_files
from contracts.times import parse_time, to_us
from gateway.alerts.recent import RecentAlerts
from gateway.following.listener import Trade
from gateway.live.market import Market
from gateway.serving.answers import Alerts, Pipeline, ServiceNow, SymbolNow, Symbols
from gateway.serving.documented import WRONGLY_ASKED, answer_of, errors
from gateway.serving.moments import aware

_MOST_ALERTS = 1000
_ALERTS_AT_ONCE = 50


def rest_handlers(
    market: Market, recent_alerts: RecentAlerts, status_folder: Path, clock: Clock
) -> list[Any]:
    """Make the handlers of ``/v1/symbols``, ``/v1/alerts`` and ``/v1/pipeline``."""

    @get(
        "/v1/symbols",
        sync_to_thread=False,
        media_type=MediaType.JSON,
        summary="Each symbol's last trade by source",
        responses={200: answer_of(Symbols, "the last trades"), **errors()},
    )
    def symbols() -> Stream:
        parts = filter(None, market.last_trades())
        return Stream(_written("symbols", (_symbols(it, clock.now()) for it in parts)))

    @get(
        "/v1/alerts",
        sync_to_thread=False,
        media_type=MediaType.JSON,
        summary="Alerts, newest first",
        responses={200: answer_of(Alerts, "the alerts"), **errors(WRONGLY_ASKED)},
    )
    def alerts(
        symbol: FromQuery[str | None] = None,
        rule: FromQuery[str | None] = None,
        since: Annotated[
            datetime | None, QueryParameter(name="from", description="the earliest `at`")
        ] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=_MOST_ALERTS)] = 100,
    ) -> Stream:
        since = aware("from", since)
        found = recent_alerts.find(rule=rule, symbol=symbol, since=since, limit=limit)
        return Stream(_written("alerts", batched(found, _ALERTS_AT_ONCE)))

    @get(
        "/v1/pipeline",
        sync_to_thread=True,
        summary="The states of the pipeline's services",
        responses={200: answer_of(Pipeline, "the states"), **errors()},
    )
    def pipeline() -> Pipeline:
        now = clock.now()
        found = (_service(path, now) for path in status_files(status_folder))
        return Pipeline(services=[it for it in found if it is not None])

    return [symbols, alerts, pipeline]


async def _written(name: str, parts: Iterable[Iterable[msgspec.Struct]]) -> AsyncIterator[bytes]:
    """Write a list some at a time: all else goes on in between, and a slow reader holds few."""
    yield f'{{"{name}":['.encode()
    comma = b""
    for part in parts:
        yield comma + b",".join(map(msgspec.json.encode, part))
        comma = b","
        await asyncio.sleep(0)
    yield b"]}"


def _symbols(trades: Iterable[Trade], now: datetime) -> Iterable[SymbolNow]:
    now_us = to_us(now)
    return (
        SymbolNow(
            symbol=it.symbol,
            source=it.source,
            price=it.price,
            volume=it.volume,
            event_time=it.event_time,
            age_s=round((now_us - it.event_us) / 1_000_000, 3),
            made_up=is_made_up(it.source),
        )
        for it in trades
    )


def _service(path: Path, now: datetime) -> ServiceNow | None:
    try:
        status = msgspec.json.decode(path.read_bytes(), type=Status[dict[str, Any]])
    except (OSError, ValueError):
        return None
    return ServiceNow(
        service=status.service,
        state=status.state,
        since=status.since,
        updated_at=status.updated_at,
        age_s=round((now - parse_time(status.updated_at)).total_seconds(), 3),
        last_error=status.last_error,
        details=status.details,
    )
