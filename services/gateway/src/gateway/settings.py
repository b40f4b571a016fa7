"""What the environment says."""

import re
from datetime import timedelta
from typing import Annotated, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from contracts import location
from contracts.check import DEFAULT_MAX_FUTURE_SKEW
from contracts.kafka import KafkaSettings
from contracts.logs import LEVELS, Level
from contracts.settings import DURATION, SECRET, Duration, Secret
from contracts.topics import RAW_EVENTS, RAW_EVENTS_PATTERN

_LONGEST = timedelta(days=366)
_SPAN = f"{DURATION}; over 0, at most 366 days"


def _span(value: timedelta) -> timedelta:
    if not timedelta(0) < value <= _LONGEST:
        raise ValueError("takes " + _SPAN)
    return value


type Span = Annotated[Duration, AfterValidator(_span)]


class GatewaySettings(KafkaSettings, location.LocationSettings):
    """The settings of the gateway."""

    kafka_topic: str = Field(
        RAW_EVENTS, pattern=RAW_EVENTS_PATTERN, description="the name of a topic"
    )
    window_length: Span = Field(timedelta(minutes=1), description=_SPAN)
    window_slide: Span = Field(timedelta(seconds=5), description=_SPAN)
    max_future_skew: Duration = Field(DEFAULT_MAX_FUTURE_SKEW, description=DURATION)
    gateway_token: Secret = Field(None, description=SECRET)
    alert_urls: SecretStr | None = Field(
        None, description="addresses as Apprise writes them, with commas between"
    )
    log_level: Level = Field("info", description=LEVELS)

    @property
    def secrets(self) -> list[str]:
        """What must never be seen."""
        return [
            *self.store_secrets,
            *([self.gateway_token.get_secret_value()] if self.gateway_token else []),
            *re.split(r"[,\s]+", self.alert_addresses),
        ]

    @property
    def alert_addresses(self) -> str:
        """Where alerts go, as a person wrote it."""
        return self.alert_urls.get_secret_value() if self.alert_urls else ""

    @model_validator(mode="after")
    def _windows_fit(self) -> Self:
        if self.window_length % self.window_slide:
            raise ValueError(
                f"WINDOW_SLIDE: got {self.window_slide.total_seconds():g} seconds, takes a duration"
                f" of which WINDOW_LENGTH ({self.window_length.total_seconds():g} seconds) is a"
                " multiple"
            )
        return self
