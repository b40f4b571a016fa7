"""What the environment says."""

from datetime import timedelta
from typing import Annotated, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from contracts import location
from contracts.check import DEFAULT_MAX_FUTURE_SKEW
from contracts.kafka import KafkaSettings
from contracts.logs import LEVELS, Level
from contracts.settings import DURATION, Duration
from contracts.topics import RAW_EVENTS, RAW_EVENTS_PATTERN
from spark_job.processors import processors

MILLISECOND = timedelta(milliseconds=1)
_LONGEST = timedelta(days=366)
_SPAN = f"{DURATION}; over 0, whole milliseconds, at most 366 days"
_DELAY = f"{DURATION}; 0 or more, whole milliseconds, at most 366 days"
_MOST_WINDOWS = 1000
_MOST_STATE_PARTITIONS = 4  # by default: each is a task a batch, however little there is to do
_LEAST_HEAP_MIB = 512  # what Spark itself wants is 450


def _delay(value: timedelta) -> timedelta:
    if value % MILLISECOND or value > _LONGEST:
        raise ValueError("takes whole milliseconds, at most 366 days")
    return value


def _span(value: timedelta) -> timedelta:
    if not value:
        raise ValueError("takes more than 0")
    return _delay(value)


def _heap(value: str) -> str:
    if heap_mib(value) < _LEAST_HEAP_MIB:
        raise ValueError("takes more")
    return value


def _state_partitions(master: str) -> int:
    """Give as many as processors; of a cluster, whose workers come and go, a number that stays."""
    return min(processors(), _MOST_STATE_PARTITIONS) if is_local(master) else _MOST_STATE_PARTITIONS


type Span = Annotated[Duration, AfterValidator(_span)]
type Delay = Annotated[Duration, AfterValidator(_delay)]
type Heap = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]*[mg]$"), AfterValidator(_heap)]


class JobSettings(KafkaSettings, location.LocationSettings):
    """The settings of the streaming job."""

    kafka_topic: str = Field(
        RAW_EVENTS,
        pattern=RAW_EVENTS_PATTERN,
        description="a topic's name: letters, digits, dots, dashes and underscores, at most 245",
    )
    window_length: Span = Field(timedelta(minutes=1), description=_SPAN)
    window_slide: Span = Field(timedelta(seconds=5), description=_SPAN)
    watermark_delay: Delay = Field(timedelta(0), description=_DELAY)
    trigger_interval: Span = Field(timedelta(seconds=2), description=_SPAN)
    max_future_skew: Delay = Field(DEFAULT_MAX_FUTURE_SKEW, description=_DELAY)
    spark_master: str = Field(
        "local[*]",
        pattern=r"^(local(\[[0-9*]+\])?|spark://.+|yarn|k8s://.+)$",
        description="local[*], local[2], or the address of a Spark master, such as spark://host:7077",
    )
    state_partitions: int = Field(
        default_factory=lambda earlier: _state_partitions(earlier.get("spark_master", "local")),
        ge=1,
        le=1000,
        description="a whole number, 1 to 1000",
    )
    retention_days: int = Field(
        90, ge=1, le=36500, description="a whole number of days, 1 to 36500"
    )
    spark_driver_memory: Heap = Field(
        "1g", description=f"a whole number and m or g, such as 1g; at least {_LEAST_HEAP_MIB}m"
    )
    spark_executor_memory: Heap = Field(
        "1g", description=f"a whole number and m or g, such as 1g; at least {_LEAST_HEAP_MIB}m"
    )
    spark_ui_port: int = Field(4040, ge=1, le=65535, description="a port, 1 to 65535")
    metrics_port: int | None = Field(None, ge=1, le=65535, description="a port, 1 to 65535")
    log_level: Level = Field("info", description=LEVELS)

    @model_validator(mode="after")
    def _windows_fit(self) -> Self:
        length, slide = self.window_length, self.window_slide
        if length % slide:
            raise ValueError(
                f"WINDOW_SLIDE: got {text(slide)}, takes a duration of which WINDOW_LENGTH"
                f" ({text(length)}) is a multiple"
            )
        if length // slide > _MOST_WINDOWS:
            raise ValueError(
                f"WINDOW_SLIDE: got {text(slide)}, takes at least a {_MOST_WINDOWS}th of"
                f" WINDOW_LENGTH ({text(length)})"
            )
        return self


_UNITS = {
    "day": timedelta(days=1),
    "hour": timedelta(hours=1),
    "minute": timedelta(minutes=1),
    "second": timedelta(seconds=1),
    "millisecond": MILLISECOND,
}


def text(duration: timedelta) -> str:
    """Write a duration as Spark and a person read it: ``1 minute``, ``2500 milliseconds``."""
    for unit, size in _UNITS.items():
        if duration >= size and not duration % size:
            count = duration // size
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return "0 seconds"


def is_local(master: str) -> bool:
    """Tell whether the job's own JVM does all of the work."""
    return master.startswith("local")


def heap_mib(memory: str) -> int:
    """Read the size of a heap, such as ``1g`` or ``800m``, in MiB."""
    return int(memory[:-1]) * (1024 if memory.endswith("g") else 1)
