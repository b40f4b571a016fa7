"""The note beside the job's checkpoint, and which windows must exist after several of them."""

import json
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from events import EPOCH, US
from stack import Stack
from windows import Calculation, Key, calculate


class Note(NamedTuple):
    """What the note says: the windows' length, and after which end they are still to be written."""

    length: timedelta
    after_us: int


def note_file(stack: Stack) -> Path:
    return stack.data / "checkpoints/aggregates/note.json"


def read_note(stack: Stack) -> Note:
    content = json.loads(note_file(stack).read_bytes())
    after = content.get("final_until")
    return Note(
        timedelta(seconds=int(content["window_length"].split()[0])),
        (datetime.fromisoformat(after) - EPOCH) // US if after else 0,
    )


def in_force(notes: list[Note], key: Key) -> bool:
    """Tell whether a window was to be written while its length was that of the settings."""
    return any(
        (key.end_us - key.start_us) * US == it.length and it.after_us < key.end_us <= then.after_us
        for it, then in pairwise([*notes, Note(timedelta(0), 2**63)])
    )


def expected(stack: Stack, notes: list[Note]) -> Calculation:
    """Calculate what must be in the dataset where these notes were in force in turn."""
    records, slide = stack.records(), stack.duration("WINDOW_SLIDE")
    whole = Calculation()
    for length in {it.length for it in notes}:
        found = calculate(records, length, slide, partitions=stack.partitions())
        whole.rows |= {key: it for key, it in found.rows.items() if in_force(notes, key)}
        whole.doubtful |= found.doubtful
        whole.watermark_us = found.watermark_us
    return whole
