"""The note beside a checkpoint: what it depends on, and what it has taken over from others."""

from pathlib import Path
from typing import Self

import msgspec

from contracts.files import write_whole
from contracts.settings import parse_duration
from contracts.times import epoch_us
from spark_job.errors import DamagedError
from spark_job.reading.offset_log import Offsets

NAME = "note.json"
BEGIN_ANEW = "or begin anew: `make reset`, which wipes events and windows too"

_SETTINGS = {
    "window_length": "WINDOW_LENGTH",
    "window_slide": "WINDOW_SLIDE",
    "shuffle_partitions": "STATE_PARTITIONS",
    "state_layout": "the layout of the state (this is another version of the job)",
}


class Begun(msgspec.Struct, frozen=True):
    """How often in a row a batch was begun, without an end and without a reported error."""

    batch: int
    times: int


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """What a checkpoint depends on, where it is, and what it has taken over from others.

    `query` is Spark's own folder. `begins` are the offsets at which the query's first batch begins;
    a partition that is not in it begins at its earliest. Windows that end at or before
    `final_until` are written already, and refused records before the offsets `counted_until` are
    counted and sent. `max_future_skew` is the largest that the query has read under. `begun` is a
    batch that was found unfinished. Up to the offsets `small_until` batches are small, since a
    larger one was too large. Windows that end after `unsent_after` and until `final_until`, no
    longer than `unsent_length`, are in the dataset, and perhaps not in their topic. `damage` is why
    the state cannot be read. Older versions did not write down what has a default.
    """

    state_layout: int
    window_length: str
    window_slide: str
    shuffle_partitions: int
    topic: str
    cluster_id: str
    topic_id: str | None = None
    max_future_skew: str = "1 minute"
    query: str = "query"
    begins: Offsets = {}
    final_until: str | None = None
    counted_until: Offsets = {}
    begun: Begun | None = None
    small_until: Offsets = {}
    unsent_after: str | None = None
    unsent_length: str | None = None
    damage: str | None = None

    def __post_init__(self) -> None:
        """Raise `ValueError` for an invalid time or duration."""
        for duration in (self.window_length, self.max_future_skew, self.unsent_length):
            if duration is not None:
                parse_duration(duration)
        for time in filter(None, (self.final_until, self.unsent_after)):
            epoch_us(time)

    @property
    def has_taken_over(self) -> bool:
        """Tell whether other queries have written windows that this one leaves out."""
        return bool(self.final_until or self.counted_until)

    @property
    def origin(self) -> str:
        """The identity of the topic that windows are calculated from, as a dataset records it."""
        return f"{self.topic} {self.topic_id or self.cluster_id}"

    def keeping(self, old: Self) -> Self:
        """Give these settings with the folder and the history of an `old` note."""
        return msgspec.structs.replace(
            self,
            max_future_skew=max(self.max_future_skew, old.max_future_skew, key=parse_duration),
            query=old.query,
            begins=old.begins,
            final_until=old.final_until,
            counted_until=old.counted_until,
            begun=old.begun,
            small_until=old.small_until,
            unsent_after=old.unsent_after,
            unsent_length=old.unsent_length,
        )

    def changes(self, old: Self) -> list[str]:
        """Say why a checkpoint with an `old` note cannot be used: other settings, or damage."""
        differ = [
            f"{title} was {getattr(old, name)}, is {getattr(self, name)}"
            for name, title in _SETTINGS.items()
            if getattr(old, name) != getattr(self, name)
        ]
        return differ + ([f"the state is damaged ({old.damage})"] if old.damage else [])


def read_note(path: Path) -> Note:
    """Read a note; raises `DamagedError`."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Note)
    except (OSError, ValueError) as error:
        raise DamagedError(f"{path} cannot be read ({error})") from None


def write_note(path: Path, note: Note) -> None:
    """Write a note atomically, synced to the disk; raises `OSError`."""
    write_whole(path, msgspec.json.encode(note), synced=True)
