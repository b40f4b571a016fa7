"""What the environment says."""

import re

from pydantic import Field, SecretStr

from contracts import location
from contracts.kafka import TopicSettings
from contracts.logs import LEVELS, Level
from contracts.settings import SECRET, Secret
from contracts.window_settings import WindowSettings


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
            *re.split(r"[,\s]+", self.alert_addresses),
        ]

    @property
    def alert_addresses(self) -> str:
        """Where alerts go, as a person wrote it."""
        return self.alert_urls.get_secret_value() if self.alert_urls else ""
