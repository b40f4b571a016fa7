"""What the environment says."""

import re
import unicodedata
from datetime import timedelta
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BeforeValidator, Field, SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode
from yarl import URL

from contracts.check import DEFAULT_MAX_FUTURE_SKEW
from contracts.kafka import TopicSettings
from contracts.logs import LEVELS, Level
from contracts.settings import SECRET, Secret
from contracts.sources import SOURCES, Source, facts
from contracts.status import GATEWAY, JOB
from contracts.symbols import SYMBOL_PATTERN, SYMBOL_RULE
from contracts.window_settings import DELAY, Delay
from producer.market import is_known

type Role = Literal["date", "time", "symbol", "price", "volume"]
ROLES: tuple[Role, ...] = get_args(Role.__value__)
"""What a column of a recording can be; `date` is the day of a time of day."""

OTHERS = frozenset({JOB, GATEWAY})
"""Whose names no producer may have: their status files would be one."""

type FeedName = Literal["auto"] | Source

_OUT_OF_ORDER_LAG = timedelta(seconds=5)
_KEY = f"a key of {SECRET}"
_SYMBOLS = f"symbols with commas between, such as IBM,AAPL; each of {SYMBOL_RULE}"

_SYMBOL = re.compile(SYMBOL_PATTERN)


def _symbols(value: Any) -> tuple[str, ...]:
    names = value.split(",") if isinstance(value, str) else value
    # What looks the same is the same: Unicode has several forms for some letters.
    return tuple(dict.fromkeys(unicodedata.normalize("NFC", name.strip()) for name in names))


def _columns(value: Any) -> dict[Role, str]:
    if not isinstance(value, str):
        return dict(value)
    wanted: dict[Role, str] = {}
    for pair in value.split(","):
        one, equals, other = (it.strip() for it in pair.partition("="))
        role, column = (other, one) if one.isdecimal() else (one, other)
        if not equals or role not in ROLES or role in wanted or not column:
            raise ValueError("takes pairs")
        wanted[role] = column
    if len({it.isdecimal() for it in wanted.values()}) > 1 or "0" in wanted.values():
        raise ValueError("takes names or places")
    return wanted


type Columns = Annotated[dict[Role, str], NoDecode, BeforeValidator(_columns)]


type Symbols = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_symbols)]


class ProducerSettings(TopicSettings):
    """The settings of the producer."""

    producer_name: str = Field(
        "producer",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$",
        description="letters, digits, dashes and underscores, at most 63; no other service's name",
    )
    feed: FeedName = Field("auto", description=f"auto, {', '.join(SOURCES)}")
    symbols: Symbols | None = Field(None, description=_SYMBOLS)
    fallback: Literal["synthetic", "none"] = Field("synthetic", description="synthetic or none")
    heartbeat_lag: Delay | None = Field(None, description=DELAY)
    max_future_skew: Delay = Field(DEFAULT_MAX_FUTURE_SKEW, description=DELAY)
    alpha_vantage_api_key: Secret = Field(None, description=_KEY)
    alpha_vantage_base_url: str = Field(
        "https://www.alphavantage.co", pattern=r"^https?://\S+$", description="an http(s) address"
    )
    alpha_vantage_daily_calls: int = Field(
        25, ge=1, le=100_000_000, description="a whole number from 1 to 100000000"
    )
    alpha_vantage_calls_per_second: float = Field(
        1, ge=0.00001, le=1000, description="a number from 0.00001 to 1000"
    )
    finnhub_api_key: Secret = Field(None, description=_KEY)
    finnhub_url: str = Field(
        "wss://ws.finnhub.io", pattern=r"^wss?://\S+$", description="a ws(s) address"
    )
    finnhub_exchange: str = Field(
        "XNYS",
        description="the ISO 10383 code of an exchange that exchange_calendars knows, such as XLON",
    )
    binance_url: str = Field(
        "wss://data-stream.binance.vision", pattern=r"^wss?://\S+$", description="a ws(s) address"
    )
    synthetic_events_per_second: float = Field(
        10, ge=0, le=1e6, description="a number, 0 (as fast as possible) or more"
    )
    synthetic_seed: int | None = Field(None, description="a whole number")
    replay_file: str | None = Field(None, description="the name of a file in the replay folder")
    replay_columns: Columns = Field(
        {},
        description="columns by name, such as time=t,price=close, or for a file without heading by"
        " place, such as 1=time,5=price (date, time, symbol, price, volume)",
    )
    replay_speed: float = Field(
        1, ge=0, allow_inf_nan=False, description="a number, 0 (as fast as possible) or more"
    )
    replay_times: Literal["now", "original"] = Field("now", description="now or original")
    replay_bad_rows: Literal["skip", "fail"] = Field("skip", description="skip or fail")
    replay_repeat: bool = Field(default=False, description="true or false")
    metrics_port: int | None = Field(None, ge=1, le=65_535, description="the number of a port")
    log_level: Level = Field("info", description=LEVELS)

    @property
    def feed_name(self) -> str:
        """The feed that runs, `auto` resolved."""
        if self.feed != "auto":
            return self.feed
        return "alpha-vantage" if self.alpha_vantage_api_key else "synthetic"

    @property
    def lag(self) -> timedelta:
        """How far the heartbeats stay behind: by default what the feed's quotes may be."""
        if self.heartbeat_lag is not None:
            return self.heartbeat_lag
        return timedelta(0) if facts(self.feed_name).in_order else _OUT_OF_ORDER_LAG

    @property
    def secrets(self) -> list[str]:
        """What must never be seen."""
        values = (getattr(self, name) for name in type(self).model_fields)
        return [it.get_secret_value() for it in values if isinstance(it, SecretStr) and it]

    @field_validator("producer_name")
    @classmethod
    def _own_name(cls, value: str) -> str:
        if value in OTHERS:
            raise ValueError("takes a name of its own")
        return value

    @field_validator("alpha_vantage_base_url", "finnhub_url", "binance_url")
    @classmethod
    def _address(cls, value: str) -> str:
        if not URL(value).host:  # also raises `ValueError`
            raise ValueError("takes an address")
        return value

    @model_validator(mode="after")
    def _complete(self) -> Self:
        for symbol in self.symbols or ():
            if not _SYMBOL.match(symbol):
                raise ValueError(f"SYMBOLS: got {symbol!r}, takes {_SYMBOLS}")
        if self.feed == "alpha-vantage" and not self.alpha_vantage_api_key:
            raise ValueError("ALPHA_VANTAGE_API_KEY: got nothing, FEED=alpha-vantage takes a key")
        if self.feed == "finnhub" and not self.finnhub_api_key:
            raise ValueError("FINNHUB_API_KEY: got nothing, FEED=finnhub takes a key")
        if self.feed == "finnhub" and not is_known(self.finnhub_exchange):
            raise ValueError(
                f"FINNHUB_EXCHANGE: got {self.finnhub_exchange!r}, takes an exchange's ISO 10383"
                " code that exchange_calendars knows, such as XNYS or XLON"
            )
        if self.replay_repeat and self.replay_times == "original":
            raise ValueError("REPLAY_TIMES: got 'original', REPLAY_REPEAT=true takes now")
        if self.feed == "replay" and not self.replay_file:
            raise ValueError("REPLAY_FILE: got nothing, FEED=replay takes the name of a file")
        return self
