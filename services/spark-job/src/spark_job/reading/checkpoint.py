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
from contracts.settings import parse_duration
from contracts.times import format_time, parse_time
from spark_job.errors import CheckpointError, DamagedError
from spark_job.reading import attempts, takeover
from spark_job.reading.broker import Topic
from spark_job.reading.losses import cut_off, expired
from spark_job.reading.note import BEGIN_ANEW, NAME, Note, read_note, write_note
from spark_job.reading.offset_log import Offsets, Reached, final_until, planned_at, query_id, read
from spark_job.reading.takeover import Find
from spark_job.writing.dataset import Dataset

_FOLDER = "aggregates"
_QUERY = re.compile(r"query(-[0-9]+)?")


class Start(NamedTuple):
    """Where the query keeps its checkpoint, its note, and notices for people."""

    query: Path
    note: Note
    notices: list[str]


class _Given(NamedTuple):
    """What `prepare` is given, for its steps."""

    folder: Path
    note: Note
    topic: Topic
    now: datetime
    dataset: Dataset
    find: Find


def prepare(
    root: Path, note: Note, topic: Topic, now: datetime, *, dataset: Dataset, find: Find
) -> Start:
    """Make the checkpoint ready for a start under `note`.

    If there is none, reading begins after what `dataset` has. If settings differ, a batch is too
    large, Kafka has lost records that were read, or it is an old copy, a new one takes over; files
    of unfinished batches of the old one are removed first. One of another broker, or of a topic
    that was deleted and created again, is set aside, and so is a damaged one. Raises
    `CheckpointError` for another topic, what `find` raises, and `OSError` if it cannot be written.
    """
    given = _Given(root / _FOLDER, note, topic, now, dataset, find)
    if not given.folder.exists():
        return _create(given.folder, *_from_dataset(given))
    try:
        return _go_on(given)
    except DamagedError as error:
        return _begin_anew(given, str(error))


def _go_on(given: _Given) -> Start:
    """Continue from the existing checkpoint; raises `DamagedError` too."""
    folder, note, topic = given.folder, given.note, given.topic
    old = read_note(folder / NAME)
    _sweep(folder, old)
    query = folder / old.query
    reached = read(query, old.topic)
    if reached is None and not old.has_taken_over:  # nothing was read yet, so any settings fit
        new, goes_on = _from_dataset(given)  # it may be a copy of before the first batch
        shutil.rmtree(query, ignore_errors=True)
        write_note(folder / NAME, new)
        return Start(folder / new.query, new, goes_on)
    reached = reached or Reached(None, 0, old.begins, [], {})
    written = given.dataset.final_until(old.origin), given.dataset.first_end_of_last(old.origin)
    done = takeover.updated_note(old, reached, *written)
    if old.cluster_id != note.cluster_id:
        why = f"this is another Kafka cluster ({note.cluster_id}, was {old.cluster_id})"
        return _begin_anew(given, why)
    if old.topic != note.topic:
        raise CheckpointError(
            f"the checkpoint in {folder} does not fit: KAFKA_TOPIC was {old.topic}, is"
            f" {note.topic}. Set it back, {BEGIN_ANEW}"
        )
    if _is_made_anew(given, query, done, reached):
        return _begin_anew(given, f"topic {note.topic} was deleted and created again")
    grown = _grown(reached.next_offsets, topic)
    changes, done = _changes(given, query, done, reached)
    is_copy = _is_an_old_copy(query, old, done, reached)
    if is_copy:
        changes.append("the dataset has later windows than the checkpoint, which is an old copy")
    if changes:
        new, incomplete = takeover.take_over(done, note, topic, given.find)
        _move(folder, old, new, reached, given.dataset)
        # What an old copy has not read may have been read since.
        gone = [] if is_copy else expired(done.counted_until, topic.earliest)
        return Start(folder / new.query, new, [_moved(changes, new), *gone, *grown, *incomplete])
    if (kept := note.keeping(old)) != old:
        write_note(folder / NAME, kept)
    return Start(query, kept, expired(reached.next_offsets, topic.earliest) + grown)


def _changes(given: _Given, query: Path, done: Note, reached: Reached) -> tuple[list[str], Note]:
    """Say why a new checkpoint has to take over; gives the note that it takes over from, too."""
    changes, latest = given.note.changes(done), given.topic.latest
    read_until = reached.next_offsets | done.counted_until
    # A batch that was begun would wait for records that are lost.
    if cut := cut_off(read_until, latest) or cut_off(reached.planned, latest):
        changes += cut
        done = takeover.forget_lost(done, given.topic)
    begun = attempts.unfinished(done, reached)
    if begun and (large := attempts.too_large(begun, query, done)):
        changes.append(
            f"batch {begun.batch} ({large.records} records) was begun {begun.times} times and"
            " never finished, so smaller ones follow"
        )
        done = msgspec.structs.replace(done, small_until=large.offsets)
    return changes, done


def _is_an_old_copy(query: Path, old: Note, done: Note, reached: Reached) -> bool:
    """Tell whether the dataset has later windows than the checkpoint's last batch brings.

    From there on, numbers of batches that are written would come again for other windows. A batch
    is in the dataset before Spark finishes it, so one that has begun counts.
    """
    last = reached.unfinished[-1] if reached.unfinished else reached.batch
    begun = "" if last is None else format_time(final_until(query, last))
    return (done.final_until or "") > max(old.final_until or "", begun)


def _begin_anew(given: _Given, why: str) -> Start:
    """Set the existing checkpoint aside, and begin without one."""
    new, goes_on = _from_dataset(given)
    aside = set_aside_name(given.folder, given.now)
    given.folder.rename(aside)
    sync_folder(given.folder.parent)
    begins = "" if goes_on else "; reading begins at the start"
    notice = f"{why}: the old checkpoint is set aside as {aside}{begins}"
    return _create(given.folder, new, [notice, *goes_on])


def _from_dataset(given: _Given) -> tuple[Note, list[str]]:
    """Complete a note for a query without a checkpoint, and say with which windows it continues.

    It continues if the dataset has windows of the same topic, whose checkpoint is lost.
    """
    note, dataset = given.note, given.dataset
    dataset.remove_unrecorded(note.origin)
    until = dataset.final_until(note.origin)
    if until is None:
        return note, []
    first_end = dataset.first_end_of_last(note.origin)
    new, incomplete = takeover.begin_after(until, first_end, note, given.topic, given.find)
    after = takeover.second(until)
    notice = f"there is no checkpoint, and the dataset has the windows that end by {after}"
    return new, [f"{notice}: reading goes on with those after them", *incomplete]


def _move(folder: Path, old: Note, new: Note, reached: Reached, dataset: Dataset) -> None:
    """Let a new checkpoint take over: until its note is written, the old one is valid."""
    if reached.unfinished:
        last = -1 if reached.batch is None else reached.batch
        dataset.remove_unfinished(query_id(folder / old.query), last)
    dataset.remove_unrecorded(old.origin)  # of an old copy, which does not know of later batches
    write_note(folder / NAME, new)
    _sweep(folder, new)


def _is_made_anew(given: _Given, query: Path, done: Note, reached: Reached) -> bool:
    """Tell whether the topic was deleted and created again; raises what `Find` raises."""
    if done.topic_id and given.note.topic_id:
        return done.topic_id != given.note.topic_id
    read_until, latest = reached.next_offsets | done.counted_until, given.topic.latest
    has_fewer = bool(read_until.keys() - latest.keys())  # no partition is ever removed
    return has_fewer or bool(cut_off(read_until, latest)) or _is_younger(given, query, reached)


def _is_younger(given: _Given, query: Path, reached: Reached) -> bool:
    """Tell whether records at offsets that were read were received after the last batch.

    The broker's clock may be ahead of the job's by as much as an event may be ahead of the broker.
    """
    planned = None if reached.batch is None else planned_at(query, reached.batch)
    if planned is None:
        return False
    found = given.find(given.topic, planned + parse_duration(given.note.max_future_skew))
    return any(found[it].offset < offset for it, offset in reached.next_offsets.items())


def _grown(next_offsets: Offsets, topic: Topic) -> list[str]:
    if not next_offsets or not topic.latest.keys() - next_offsets.keys():
        return []
    counts = f"has {len(topic.latest)} partitions, and had {len(next_offsets)}"
    return [f"the topic {counts}: the new ones are read from their start"]


def _moved(changes: list[str], new: Note) -> str:
    rest = "begins at the start"
    if new.final_until:
        until = takeover.second(parse_time(new.final_until))
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


def _sweep(folder: Path, note: Note) -> None:
    """Remove what is left of checkpoints that were replaced."""
    for entry in folder.iterdir():
        if _QUERY.fullmatch(entry.name) and entry.name != note.query:
            shutil.rmtree(entry, ignore_errors=True)
