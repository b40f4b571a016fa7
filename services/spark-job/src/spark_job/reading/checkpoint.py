"""Decides how to start: from the checkpoint, the note of what it depends on, and the broker.

``<root>/aggregates/`` holds both, ``note.json`` and Spark's own folder, so that one rename makes
them appear, or sets them aside, together. A folder therefore always has a note. It names Spark's
folder: writing it lets a new checkpoint take over from an old one, whole, in one step.
"""

import re
import shutil
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from contracts.files import make_folder, set_aside_name, sync_folder
from contracts.times import parse_time
from spark_job.errors import CheckpointError, DamagedError
from spark_job.reading import attempts, moving
from spark_job.reading.broker import Topic
from spark_job.reading.losses import cut_off, expired
from spark_job.reading.moving import Find
from spark_job.reading.note import BEGIN_ANEW, NAME, Begun, Note, read_note, write_note
from spark_job.reading.offset_log import Offsets, Reached, query_id, read
from spark_job.reading.plan import Plan
from spark_job.writing.dataset import Dataset

_FOLDER = "aggregates"
_QUERY = re.compile(r"query(-[0-9]+)?")


class Start(NamedTuple):
    """Where the query keeps its checkpoint, its note, and what a person should know of it."""

    query: Path
    note: Note
    notices: list[str]


def prepare(
    root: Path, note: Note, topic: Topic, now: datetime, *, dataset: Dataset, find: Find
) -> Start:
    """Make the checkpoint ready for a start under `note`.

    Where there is none, reading begins after what `dataset` has. Where settings differ, a batch is
    too much, or Kafka has lost what was read, a new one takes over; what the old one has written
    and not finished goes first. One of another broker, or of a topic that was made anew, is set
    aside, and so is one that is damaged. Raises `CheckpointError` where the topic is another one,
    what `find` raises, and `OSError` where it cannot be written.
    """
    folder = root / _FOLDER
    if not folder.exists():
        return _create(folder, *_begun_by_others(note, topic, dataset, find))
    try:
        return _go_on(folder, note, topic, now, dataset=dataset, find=find)
    except DamagedError as error:
        return _begin_anew(folder, str(error), note, topic, now, dataset=dataset, find=find)


def _go_on(
    folder: Path, note: Note, topic: Topic, now: datetime, *, dataset: Dataset, find: Find
) -> Start:
    """Go on from the checkpoint that there is; raises `DamagedError` too."""
    old = read_note(folder / NAME)
    _sweep(folder, old)
    reached = read(folder / old.query, old.topic)
    if reached is None and not old.has_taken_over:  # nothing is read: nothing depends on anything
        shutil.rmtree(folder / old.query, ignore_errors=True)
        write_note(folder / NAME, note)
        return Start(folder / note.query, note, [])
    reached = reached or Reached(None, 0, old.begins, [], {})
    written, last_begins = dataset.final_until(old.origin), dataset.last_begins(old.origin)
    done = moving.reckon(old, reached, written, last_begins)
    if why := _outlived(done, reached.next_offsets, note, topic):
        return _begin_anew(folder, why, note, topic, now, dataset=dataset, find=find)
    if old.topic != note.topic:
        raise CheckpointError(
            f"the checkpoint in {folder} does not fit: KAFKA_TOPIC was {old.topic}, is"
            f" {note.topic}. Set it back, {BEGIN_ANEW}"
        )
    tell = _grown(reached.next_offsets, topic)
    begun = attempts.unfinished(old, reached)
    changes = note.changes(old)
    read_until = reached.next_offsets | done.counted_until
    # A batch that was begun would wait for those of its records that are gone.
    if cut := cut_off(read_until, topic.latest) or cut_off(reached.planned, topic.latest):
        changes += cut
        done = moving.forget_lost(done, topic)
    if begun and (large := attempts.too_large(begun, folder / old.query, old)):
        changes.append(_too_large(begun, large))
        done = msgspec.structs.replace(done, small_until=large.offsets)
    if changes:
        new, incomplete = moving.take_over(done, note, topic, find)
        _move(folder, old, new, reached, dataset)
        tell = [
            _moved(changes, new),
            *expired(done.counted_until, topic.earliest),
            *tell,
            *incomplete,
        ]
        return Start(folder / new.query, new, tell)
    if (kept := note.keeping(old)) != old:
        write_note(folder / NAME, kept)
    return Start(folder / old.query, kept, expired(reached.next_offsets, topic.earliest) + tell)


def _begin_anew(
    folder: Path, why: str, note: Note, topic: Topic, now: datetime, *, dataset: Dataset, find: Find
) -> Start:
    """Set aside the checkpoint that there is, and begin without one."""
    new, goes_on = _begun_by_others(note, topic, dataset, find)
    aside = _set_aside(folder, now)
    begins = "" if goes_on else "; reading begins at the start"
    notice = f"{why}: the old checkpoint is set aside as {aside}{begins}"
    return _create(folder, new, [notice, *goes_on])


def _begun_by_others(
    note: Note, topic: Topic, dataset: Dataset, find: Find
) -> tuple[Note, list[str]]:
    """Complete a note for a query without a checkpoint, and say with which windows it goes on.

    It does where the dataset has windows of the same topic: from a checkpoint that is gone.
    """
    dataset.remove_unrecorded(note.origin)
    until = dataset.final_until(note.origin)
    if until is None:
        return note, []
    last_begins = dataset.last_begins(note.origin)
    new, incomplete = moving.begin_after(until, last_begins, note, topic, find)
    after = moving.second(until)
    notice = f"there is no checkpoint, and the dataset has the windows that end by {after}"
    return new, [f"{notice}: reading goes on with those after them", *incomplete]


def _move(folder: Path, old: Note, new: Note, reached: Reached, dataset: Dataset) -> None:
    """Let a new checkpoint take over: before its note is there the old one holds, then the new."""
    if reached.unfinished:
        last = -1 if reached.batch is None else reached.batch
        dataset.remove_unfinished(query_id(folder / old.query), last)
    write_note(folder / NAME, new)
    _sweep(folder, new)


def _outlived(old: Note, next_offsets: Offsets, note: Note, topic: Topic) -> str | None:
    if old.cluster_id != note.cluster_id:
        return f"this is another Kafka cluster ({note.cluster_id}, was {old.cluster_id})"
    if old.topic != note.topic:
        return None
    if old.topic_id == note.topic_id:
        return None
    if old.topic_id or cut_off(next_offsets | old.counted_until, topic.latest):
        return f"topic {note.topic} was made anew"
    return None


def _grown(next_offsets: Offsets, topic: Topic) -> list[str]:
    if not next_offsets or not topic.latest.keys() - next_offsets.keys():
        return []
    counts = f"has {len(topic.latest)} partitions, and had {len(next_offsets)}"
    return [f"the topic {counts}: the new ones are read from their start"]


def _too_large(begun: Begun, large: Plan) -> str:
    batch = f"batch {begun.batch} ({large.records} records)"
    return f"{batch} was begun {begun.times} times and never finished, so smaller ones follow"


def _moved(changes: list[str], new: Note) -> str:
    rest = "begins at the start"
    if new.final_until:
        until = moving.second(parse_time(new.final_until))
        rest = f"goes on with the windows that end after {until}"
    return f"{'; '.join(changes)}: a new checkpoint takes over, and {rest}"


def _create(folder: Path, note: Note, notices: list[str]) -> Start:
    new = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    make_folder(new)
    write_note(new / NAME, note)
    new.rename(folder)
    sync_folder(folder.parent)
    return Start(folder / note.query, note, notices)


def _set_aside(folder: Path, now: datetime) -> Path:
    aside = set_aside_name(folder, now)
    folder.rename(aside)
    sync_folder(folder.parent)
    return aside


def _sweep(folder: Path, note: Note) -> None:
    """Remove what is left of checkpoints that another has taken over from."""
    for entry in folder.iterdir():
        if _QUERY.fullmatch(entry.name) and entry.name != note.query:
            shutil.rmtree(entry, ignore_errors=True)
