"""What the environment says."""

import re

from pydantic import Field, SecretStr

from contracts import location
from contracts.kafka import TopicSettings
from contracts.logs import LEVELS, Level
from contracts.settings import SECRET, Secret
from contracts.window_settings import WindowSettings

_BETWEEN_ADDRESSES = re.compile(r"[,;\s]+(?=[a-z0-9]+://|$)", re.IGNORECASE)
"""Commas within an address part words, and a word that were masked would be so everywhere."""


class GatewaySettings(TopicSettings, location.LocationSettings, WindowSettings):
    """The settings of the gateway."""

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
            *filter(None, _BETWEEN_ADDRESSES.split(self.alert_addresses)),
        ]

    @property
    def alert_addresses(self) -> str:
        """Where alerts go, as a person wrote it."""
        return self.alert_urls.get_secret_value() if self.alert_urls else ""
