"""What the faults did to the events and the windows."""

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from events import Record, sequences
from spoilt import encode, heartbeat
from stack import Stack, settled_differences
from topic import Message
from windows import Calculation, Key, calculate, differences, key_of

from chaos.subject import LENGTH, SLIDE

_PATIENCE_S = 120
_RUN = "chaos"
"""Of the heartbeats that are sent at the end; no producer has such a run."""
_WORDS = {"lost": "missing", "wrong": "different", "of nothing": "unexpected"}


class Verdict(NamedTuple):
    """`lines`: how the dataset differs from the topic. `repeated`: the number of repeated rows.

    `doubled`: windows that the job wrote more than once. `gaps`: numbers of a producer's run that
    are not in the topic; `resent`: events that are there more than once.
    """

    calculation: Calculation
    lines: list[str]
    repeated: int
    doubled: set[Key]
    events: int
    gaps: int
    resent: int

    @property
    def fine(self) -> bool:
        """Whether every expected window is there, written once, and right."""
        doubtful = self.lines or self.doubled or self.calculation.doubtful
        return bool(self.calculation.rows) and not doubtful


def doubled(rows: Iterable[dict[str, Any]]) -> set[Key]:
    """Give the windows that are there more than once."""
    return {key for key, times in Counter(map(key_of, rows)).items() if times > 1}


def judge(stack: Stack, doubled_before: Collection[Key] = ()) -> Verdict:
    """Close the last windows, then compare all of them with the topic.

    A window that is there twice in files is there once as soon as its hour is merged: those that
    were seen meanwhile are `doubled_before`.
    """
    stack.compose("stop", "producer")
    stack.produce(closing(datetime.now(UTC), stack.partitions()))
    records = stack.records()
    calculation = calculate(records, LENGTH, SLIDE, partitions=stack.partitions())
    lines, repeated = settled(stack, calculation)
    twice = doubled(stack.rows(merged=False)).union(doubled_before)
    return Verdict(calculation, lines, repeated, twice, len(records), *gaps_and_resent(records))


def report(verdict: Verdict) -> None:
    """Print it."""
    print(
        f"{verdict.events} records; of the producer's sequence numbers {verdict.gaps} are missing"
        f" and {verdict.resent} repeated"
    )
    print(f"{len(verdict.calculation.rows)} windows checked; repeated rows: {verdict.repeated}")
    print(f"doubled: {len(verdict.doubled)}")
    for what, word in _WORDS.items():
        print(f"{what}: {sum(line.startswith(word) for line in verdict.lines)}")
    print(f"not checked, since quotes were late: {len(verdict.calculation.doubtful)}")
    print(*verdict.lines[:20], *sorted(verdict.doubled)[:20], sep="\n")


def settled(stack: Stack, calculation: Calculation) -> tuple[list[str], int]:
    """Compare until nothing is missing, or the time is over; gives what `compare` gives."""
    settled_differences(stack, calculation, _PATIENCE_S)
    return compare(calculation, stack.rows())


def compare(calculation: Calculation, rows: list[dict[str, Any]]) -> tuple[list[str], int]:
    """Compare as a reader that drops repeated rows by key; these must have the same figures."""
    first: dict[Any, dict[str, Any]] = {}
    repeated = [row for row in rows if first.setdefault(key_of(row), row) is not row]
    keys = {key_of(row) for row in repeated}
    again = Calculation(
        calculation.watermark_us,
        {key: events for key, events in calculation.rows.items() if key in keys},
        calculation.doubtful,
    )
    lines = differences(calculation, first.values())
    for row in repeated:
        lines += [it for it in differences(again, [row]) if not it.startswith("missing")]
    return lines, len(repeated)


def closing(newest: datetime, partitions: Iterable[int]) -> list[Message]:
    """Make the heartbeats that move each partition past the windows of the newest quote."""
    moment = newest + LENGTH + timedelta(seconds=1)
    value = encode(heartbeat(moment.timestamp()) | {"event_id": f"{_RUN}-0"})
    return [Message(value, key=b"", partition=it) for it in partitions]


def gaps_and_resent(records: Iterable[Record]) -> tuple[int, int]:
    """Count the sequence numbers that are missing, and those that are there again."""
    runs = [numbers for run, numbers in sequences(records).items() if run != _RUN]
    gaps = sum(max(numbers) + 1 - len(set(numbers)) for numbers in runs)
    return gaps, sum(len(numbers) - len(set(numbers)) for numbers in runs)
