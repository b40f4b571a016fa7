"""What has been seen so far."""

from collections import Counter
from enum import IntEnum

from contracts.alerts import Alert
from contracts.event import Heartbeat, Quote
from contracts.kafka_damage import Damaged
from contracts.refusals import RefusedRecord
from contracts.window import Window
from debug_consumer.judge import Judged
from debug_consumer.safe import safe
from debug_consumer.sequences import Sequences

MAX_NAMES = 1000
NAME_WIDTH = 60
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
    itself are invalid. `odd_keys` counts valid records whose key is not their symbol. `read_to` is
    the offset after the last record, by partition. `damaged` are records that cannot be read.
    """

    def __init__(self) -> None:
        self.records = 0
        self.valid = 0
        self.odd_keys = 0
        self.damaged = 0
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
        match judged.message:
            case None:
                return
            case RefusedRecord() as letter:
                self.refused[letter.reason] += 1
            case Quote() | Heartbeat() as event:
                self.sequences.add(event.event_id, judged.record.partition)
                symbol = event.symbol if isinstance(event, Quote) else None
                self._add_names(symbol, event.source, judged.record.key)
            case Window() | Alert() as message:
                self._add_names(message.symbol, message.source, judged.record.key)

    def leave_out(self, damaged: Damaged) -> None:
        """Count what cannot be read."""
        self.damaged += damaged.records
        self.read_to[damaged.partition] = damaged.last + 1

    def _add_names(self, symbol: str | None, source: str | None, key: bytes | None) -> None:
        self.odd_keys += key != (None if symbol is None else symbol.encode())
        for name, counts in ((symbol, self.symbols), (source, self.sources)):
            if name is not None:
                shown = safe(name, NAME_WIDTH)
                counts[shown if shown in counts or len(counts) < MAX_NAMES else OTHERS] += 1

    def exit_code(self, *, broker_answers: bool) -> ExitCode:
        """Decide the exit code of a run that came to its end."""
        if self.invalid or self.damaged:
            return ExitCode.SOMETHING_INVALID
        if self.records:
            return ExitCode.ALL_VALID
        return ExitCode.NOTHING_ARRIVED if broker_answers else ExitCode.BROKER_NOT_REACHED
