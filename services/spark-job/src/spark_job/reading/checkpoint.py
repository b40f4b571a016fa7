"""Decides how to start: from the checkpoint, the note of what it depends on, and the broker.

``<root>/aggregates/`` holds both, ``note.json`` and Spark's own folder ``query``, so that one
rename makes them appear, or sets them aside, together. A folder therefore always has a note.
"""

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from contracts.files import sync_folder, write_whole
from spark_job.errors import CheckpointError
from spark_job.reading.broker import Topic
from spark_job.reading.offset_log import Offsets, next_offsets

_FOLDER = "aggregates"
_NOTE = "note.json"
_BEGIN_ANEW = "or begin anew: `make reset`, which wipes events and windows too"


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """What a checkpoint depends on; another watermark delay or trigger it takes as they come."""

    state_layout: int
    window_length: str
    window_slide: str
    shuffle_partitions: int
    topic: str
    cluster_id: str
    topic_id: str | None = None  # older versions did not write it down


_SETTINGS = {
    "window_length": "WINDOW_LENGTH",
    "window_slide": "WINDOW_SLIDE",
    "topic": "KAFKA_TOPIC",
    "state_layout": "the layout of the state (this is another version of the job)",
    "shuffle_partitions": "the number of state partitions (this is another version of the job)",
}


class Start(NamedTuple):
    """Where the query keeps its checkpoint, and what a person should know of this start.

    `data_lost` says that offsets are gone which the query would read next: it has to be allowed to
    go on without them.
    """

    query: Path
    data_lost: bool
    notices: list[str]


def prepare(root: Path, note: Note, topic: Topic, now: datetime) -> Start:
    """Make the checkpoint ready for a start under `note`.

    One of another broker, or of a topic that was made anew, is set aside. Raises `CheckpointError`
    where settings differ or the checkpoint cannot be read, `OSError` where it cannot be written.
    """
    folder = root / _FOLDER
    if not folder.exists():
        return _create(folder, note, [])
    old = _read_note(folder)
    reached = next_offsets(folder / "query", old.topic)
    if reached is None:  # nothing has been read, so nothing depends on anything
        shutil.rmtree(folder)
        return _create(folder, note, [])
    if why := _outlived(old, note, reached, topic):
        aside = _set_aside(folder, now)
        notice = f"{why}: the old checkpoint is set aside as {aside}; reading begins at the start"
        return _create(folder, note, [notice])
    _require_same(folder, old, note)
    if note != old:
        write_whole(folder / _NOTE, msgspec.json.encode(note), synced=True)
    lost = _lost(reached, topic)
    notices = lost + _grown(reached, topic)
    return Start(query=folder / "query", data_lost=bool(lost), notices=notices)


def _outlived(old: Note, note: Note, reached: Offsets, topic: Topic) -> str | None:
    if old.cluster_id != note.cluster_id:
        return f"this is another Kafka cluster ({note.cluster_id}, was {old.cluster_id})"
    if old.topic != note.topic:
        return None
    if old.topic_id not in (None, note.topic_id):
        return f"topic {note.topic} was made anew"
    for partition, offset in reached.items():
        if offset > topic.latest.get(partition, 0):
            return f"topic {note.topic} was made anew (partition {partition} held {offset} records)"
    return None


def _require_same(folder: Path, old: Note, note: Note) -> None:
    changed = [
        f"{title} was {getattr(old, name)}, is {getattr(note, name)}"
        for name, title in _SETTINGS.items()
        if getattr(old, name) != getattr(note, name)
    ]
    if changed:
        raise CheckpointError(
            f"the checkpoint in {folder} does not fit: {'; '.join(changed)}."
            f" Set it back, {_BEGIN_ANEW}"
        )


def _lost(reached: Offsets, topic: Topic) -> list[str]:
    return [
        f"partition {partition}: offsets {offset} to {topic.earliest[partition] - 1}"
        f" ({topic.earliest[partition] - offset} records) expired before they were read"
        for partition, offset in reached.items()
        if offset < topic.earliest[partition]
    ]


def _grown(reached: Offsets, topic: Topic) -> list[str]:
    new = sorted(topic.latest.keys() - reached.keys())
    if not new:
        return []
    counts = f"has {len(topic.latest)} partitions, and had {len(reached)}"
    meaning = "the new ones are read from their start; events come in no common order now"
    return [f"the topic {counts}: {meaning}: see WATERMARK_DELAY"]


def _create(folder: Path, note: Note, notices: list[str]) -> Start:
    new = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    write_whole(new / _NOTE, msgspec.json.encode(note), synced=True)
    new.rename(folder)
    sync_folder(folder.parent)
    return Start(query=folder / "query", data_lost=False, notices=notices)


def _set_aside(folder: Path, now: datetime) -> Path:
    stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    aside = folder.with_name(f"{folder.name}.set-aside-{stamp}")
    folder.rename(aside)
    sync_folder(folder.parent)
    return aside


def _read_note(folder: Path) -> Note:
    path = folder / _NOTE
    try:
        return msgspec.json.decode(path.read_bytes(), type=Note)
    except (OSError, msgspec.DecodeError) as error:
        raise CheckpointError(
            f"the note {path} of what the checkpoint depends on cannot be read ({error}):"
            f" restore it, {_BEGIN_ANEW}"
        ) from None
