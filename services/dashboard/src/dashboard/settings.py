"""What the environment says."""

from pydantic import Field

from contracts.logs import LEVELS, Level
from contracts.settings import Settings


class DashboardSettings(Settings):
    """The settings of the page."""

    spike_threshold_pct: float = Field(
        0.5,
        gt=0,
        le=1000,
        allow_inf_nan=False,
        description="a number of per cent over 0, at most 1000, such as 0.5",
    )
    log_level: Level = Field("info", description=LEVELS)
