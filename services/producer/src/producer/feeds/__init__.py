"""The feeds: a new one is one module and one line in `FEEDS`."""

import random
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from pydantic import SecretStr

from contracts.clock import Clock
from producer.feeds.alpha_vantage.feed import AlphaVantageFeed
from producer.feeds.alpha_vantage.last_prices import LastPrices
from producer.feeds.alpha_vantage.ledger import Ledger
from producer.feeds.base import Feed
from producer.feeds.replay.feed import ReplayFeed
from producer.feeds.replay.pace import Pace
from producer.feeds.replay.progress import ReplayNote
from producer.feeds.replay.recording import Recording
from producer.feeds.replay.sorter import Sorter
from producer.feeds.sockets import binance
from producer.feeds.sockets.binance import Binance
from producer.feeds.sockets.feed import SocketFeed
from producer.feeds.sockets.finnhub import Finnhub
from producer.feeds.synthetic import DEFAULT_SYMBOLS, SyntheticFeed
from producer.feeds.walk import Walk
from producer.market import Exchange
from producer.settings import ProducerSettings

_CLOCKS_DIFFER = timedelta(days=1)
"""How far ahead of the clock a recorded time may be: zones and clocks that are set wrong."""


class Places(NamedTuple):
    """Where a feed may read and keep things."""

    state: Path
    status: Path
    scratch: Path
    replay: Path


class Context(NamedTuple):
    """What a feed is made from; `destination` names what its quotes go to, once that is known."""

    settings: ProducerSettings
    places: Places
    clock: Clock
    destination: Callable[[], Awaitable[str]]


def _synthetic(context: Context) -> Feed:
    settings = context.settings
    return SyntheticFeed(
        settings.symbols or DEFAULT_SYMBOLS,
        settings.synthetic_events_per_second,
        settings.synthetic_seed,
        context.clock,
    )


def _alpha_vantage(context: Context) -> Feed:
    settings = context.settings
    symbols = settings.symbols or DEFAULT_SYMBOLS
    key = _plain(settings.alpha_vantage_api_key)
    rng = random.Random(settings.synthetic_seed)  # noqa: S311 - prices, not secrets
    walk_rate = settings.synthetic_events_per_second or 10
    return AlphaVantageFeed(
        symbols,
        base_url=settings.alpha_vantage_base_url,
        key=key,
        ledger=Ledger(
            context.places.state,
            key,
            settings.alpha_vantage_daily_calls,
            timedelta(seconds=1 / settings.alpha_vantage_calls_per_second),
        ),
        last_prices=LastPrices(context.places.state),
        daily_calls=settings.alpha_vantage_daily_calls,
        walk=Walk(symbols, rng, walk_rate) if settings.fallback == "synthetic" else None,
        walk_rate=walk_rate,
        rng=rng,
        clock=context.clock,
    )


def _plain(key: SecretStr | None) -> str:
    return key.get_secret_value() if key else ""


def _replay(context: Context) -> Feed:
    settings, places = context.settings, context.places
    recording = Recording(
        places.replay / (settings.replay_file or ""),
        settings.symbols or (),
        wanted=settings.replay_columns,
        latest=context.clock.now() + _CLOCKS_DIFFER,
    )
    pace = Pace(settings.replay_speed, settings.replay_times == "original", settings.replay_repeat)
    note = ReplayNote(places.status / f"{settings.producer_name}.replayed")
    return ReplayFeed(
        recording,
        pace,
        context.clock,
        destination=context.destination,
        note=note,
        sorter=Sorter(places.scratch / settings.producer_name),
        max_future_skew=settings.max_future_skew,
        strict=settings.replay_bad_rows == "fail",
    )


def _finnhub(context: Context) -> Feed:
    settings = context.settings
    provider = Finnhub(settings.finnhub_url, _plain(settings.finnhub_api_key))
    symbols = settings.symbols or DEFAULT_SYMBOLS
    market = Exchange(settings.finnhub_exchange)
    return SocketFeed(provider, symbols, context.clock, market=market)


def _binance(context: Context) -> Feed:
    settings = context.settings
    symbols = settings.symbols or binance.DEFAULT_SYMBOLS
    return SocketFeed(Binance(settings.binance_url), symbols, context.clock)


FEEDS: dict[str, Callable[[Context], Feed]] = {
    "synthetic": _synthetic,
    "alpha-vantage": _alpha_vantage,
    "replay": _replay,
    "finnhub": _finnhub,
    "binance": _binance,
}
