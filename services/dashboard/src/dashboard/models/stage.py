"""One stage of the pipeline, as the page shows it."""

from dataclasses import dataclass
from enum import StrEnum


class Light(StrEnum):
    """How a stage is; the value is the word beside the light."""

    OK = "Well"
    IDLE = "Idle"
    WARN = "Take note"
    BAD = "Down"
    UNKNOWN = "Unknown"


@dataclass(frozen=True)
class Stage:
    """A stage, its light, why, and its figures as label and value."""

    name: str
    light: Light
    why: str
    figures: tuple[tuple[str, str], ...] = ()
