"""What the environment says."""

from datetime import timedelta
from pathlib import PurePosixPath
from posixpath import normpath
from typing import Annotated, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from contracts import location, volume
from contracts.kafka import TopicSettings
from contracts.logs import LEVELS, Level
from contracts.settings import SERVERS
from contracts.window_settings import DELAY, SPAN, Delay, Span, WindowSettings
from spark_job.processors import processors

_MOST_STATE_PARTITIONS = 4  # each is a task in every batch, however little there is to do
_LEAST_HEAP_MIB = 512  # what Spark itself wants is 450
_TAKEN = (volume.CHECKPOINTS, volume.STATUS, volume.STATE, volume.ALERTS, volume.SCRATCH)


def _heap(value: str) -> str:
    if heap_mib(value) < _LEAST_HEAP_MIB:
        raise ValueError("takes more")
    return value


def _state_partitions(master: str) -> int:
    """Give the number of processors; on a cluster, whose workers come and go, a fixed number."""
    return min(processors(), _MOST_STATE_PARTITIONS) if is_local(master) else _MOST_STATE_PARTITIONS


type Heap = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]*[mg]$"), AfterValidator(_heap)]


class JobSettings(TopicSettings, location.LocationSettings, WindowSettings):
    """The settings of the streaming job."""

    watermark_delay: Delay = Field(timedelta(0), description=DELAY)
    trigger_interval: Span = Field(timedelta(seconds=2), description=SPAN)
    spark_master: str = Field(
        "local[*]",
        pattern=rf"^(local(\[([1-9][0-9]*|\*)\])?|spark://{SERVERS}|yarn|k8s://.+)$",
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
    def _windows_have_a_place_of_their_own(self) -> Self:
        uri = self.aggregates_uri
        path = PurePosixPath(normpath(uri))  # of a bucket it is a relative one
        if volume.DATA.is_relative_to(path) or any(path.is_relative_to(it) for it in _TAKEN):
            raise ValueError(
                f"AGGREGATES_URI: got {uri!r}, takes a place of its own, such as"
                f" {volume.AGGREGATES} or s3a://bucket/prefix"
            )
        return self


def is_local(master: str) -> bool:
    """Tell whether the job's own JVM does all of the work."""
    return master.startswith("local")


def heap_mib(memory: str) -> int:
    """Read the size of a heap, such as ``1g`` or ``800m``, in MiB."""
    return int(memory[:-1]) * (1024 if memory.endswith("g") else 1)


def most_state_bytes(settings: JobSettings) -> int:
    """Tell how large the state may become, so that a batch still fits beside it in the heap."""
    local = is_local(settings.spark_master)
    heap = settings.spark_driver_memory if local else settings.spark_executor_memory
    return heap_mib(heap) * 3 // 8 << 20
