"""What has been seen so far."""

from collections import Counter
from enum import IntEnum

from contracts.event import Event, Quote
from contracts.refusals import RefusedRecord
from debug_consumer.judge import Judged
from debug_consumer.sequences import Sequences

MAX_NAMES = 1000
OTHERS = "(others)"


class ExitCode(IntEnum):
    """What the command ends with."""

    ALL_VALID = 0
    SOMETHING_INVALID = 1
    WRONG_USE = 2
    NOTHING_ARRIVED = 3
    BROKER_NOT_REACHED = 4


class Tally:
    """Counts records by kind, symbol, source and reason, and follows the runs' sequences.

    `refused` counts the reasons that valid dead letters carry; `reasons` why records of the topic
    itself are invalid. `odd_keys` counts valid events whose key is not their symbol. `read_to` is
    the offset after the last record, by partition.
    """

    def __init__(self) -> None:
        self.records = 0
        self.valid = 0
        self.odd_keys = 0
        self.kinds: Counter[str] = Counter()
        self.symbols: Counter[str] = Counter()
        self.sources: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.sequences = Sequences()
        self.read_to: dict[int, int] = {}

    @property
    def invalid(self) -> int:
        """How many records are not what the contract asks for."""
        return self.records - self.valid

    def add(self, judged: Judged) -> None:
        """Count one record."""
        self.records += 1
        self.read_to[judged.record.partition] = judged.record.offset + 1
        if judged.reason is not None:
            self.reasons[judged.reason] += 1
            return
        self.valid += 1
        self.kinds[judged.kind or ""] += 1
        if isinstance(judged.event, RefusedRecord):
            self.refused[judged.event.reason] += 1
        elif judged.event is not None:
            self._add_event(judged.event, judged)

    def _add_event(self, event: Event, judged: Judged) -> None:
        self.sources[event.source] += 1
        self.sequences.add(event.event_id, judged.record.partition)
        key = None
        if isinstance(event, Quote):
            key = event.symbol.encode()
            known = event.symbol in self.symbols or len(self.symbols) < MAX_NAMES
            self.symbols[event.symbol if known else OTHERS] += 1
        self.odd_keys += judged.record.key != key

    def exit_code(self, *, broker_answers: bool) -> ExitCode:
        """Decide the exit code of a run that came to its end."""
        if self.invalid:
            return ExitCode.SOMETHING_INVALID
        if self.records:
            return ExitCode.ALL_VALID
        return ExitCode.NOTHING_ARRIVED if broker_answers else ExitCode.BROKER_NOT_REACHED
