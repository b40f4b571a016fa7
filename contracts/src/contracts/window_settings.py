"""The settings of whoever makes windows: final ones, or those that are still open."""

from datetime import timedelta
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from contracts.check import DEFAULT_MAX_FUTURE_SKEW
from contracts.settings import DURATION, Duration, Settings, format_duration

DELAY = f"{DURATION}; 0 or more, whole milliseconds, at most 366 days"
SPAN = f"{DURATION}; over 0, whole milliseconds, at most 366 days"
_LONGEST = timedelta(days=366)
_MOST_WINDOWS = 1000


def _delay(value: timedelta) -> timedelta:
    if value % timedelta(milliseconds=1) or value > _LONGEST:
        raise ValueError("takes whole milliseconds, at most 366 days")
    return value


def _span(value: timedelta) -> timedelta:
    if not value:
        raise ValueError("takes more than 0")
    return _delay(value)


type Delay = Annotated[Duration, AfterValidator(_delay)]
type Span = Annotated[Duration, AfterValidator(_span)]


class WindowSettings(Settings):
    """How long windows are, how far one begins after the other, and which events are in them."""

    window_length: Span = Field(timedelta(minutes=1), description=SPAN)
    window_slide: Span = Field(timedelta(seconds=5), description=SPAN)
    max_future_skew: Delay = Field(DEFAULT_MAX_FUTURE_SKEW, description=DELAY)

    @model_validator(mode="after")
    def _windows_fit(self) -> Self:
        length, slide = format_duration(self.window_length), format_duration(self.window_slide)
        if self.window_length % self.window_slide:
            raise ValueError(
                f"WINDOW_SLIDE: got {slide}, takes a duration of which WINDOW_LENGTH ({length}) is"
                " a multiple"
            )
        if self.window_length // self.window_slide > _MOST_WINDOWS:
            raise ValueError(
                f"WINDOW_SLIDE: got {slide}, takes at least a {_MOST_WINDOWS}th of WINDOW_LENGTH"
                f" ({length})"
            )
        return self
