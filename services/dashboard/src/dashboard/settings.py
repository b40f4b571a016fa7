"""What the environment says."""

from functools import cache

from pydantic import Field

from contracts import location
from contracts.logs import LEVELS, Level
from contracts.settings import HTTP_SERVER, SECRET, Secret, load


class DashboardSettings(location.LocationSettings):
    """The settings of the page."""

    spike_threshold_pct: float = Field(
        0.5,
        gt=0,
        le=1000,
        allow_inf_nan=False,
        description="a number of per cent over 0, at most 1000, such as 0.5",
    )
    gateway_url: str = Field(
        "http://gateway:8502", pattern=rf"^{HTTP_SERVER}/?$", description="an http(s) address"
    )
    gateway_token: Secret = Field(
        None, description=f"the token that the gateway asks for: {SECRET}"
    )
    log_level: Level = Field("info", description=LEVELS)

    @property
    def secrets(self) -> list[str]:
        """What must never be seen."""
        return [*self.store_secrets, *([self.token] if self.token else [])]

    @property
    def token(self) -> str | None:
        """The token in plain; None: the gateway asks for none."""
        return self.gateway_token.get_secret_value() if self.gateway_token else None


@cache
def settings() -> DashboardSettings:
    """Read the settings once; raises `SettingError` for the first that cannot be right."""
    return load(DashboardSettings)
