"""A file of recorded prices: what it is, how it is laid out, and its rows."""

import hashlib
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from contracts.settings import SettingError
from contracts.times import EPOCH
from producer.feeds.replay.checks.unusable import check_name
from producer.feeds.replay.columns.block import Table
from producer.feeds.replay.columns.names import NoColumnsError, shown
from producer.feeds.replay.files.csv.delimited import Delimited
from producer.feeds.replay.files.file import File, files_of, inspect, must_be_readable
from producer.feeds.replay.files.json.columnar import Columnar
from producer.feeds.replay.files.json.documents import Document, is_document
from producer.feeds.replay.files.json.events import begins_with_a_row
from producer.feeds.replay.files.json.json_lines import JsonLines
from producer.feeds.replay.rows import Doubts, RowBatch, RowReader
from producer.feeds.replay.survey import Facts, Readers, Style, Survey
from producer.feeds.replay.values.amounts import AmountReader
from producer.feeds.replay.values.symbols import SymbolReader
from producer.feeds.replay.values.times import TimeReader
from producer.settings import Role

type _Reader = Callable[[File, Mapping[Role, str], Sequence[str]], Table]

_TIMES_OF_DAY_UNTIL = EPOCH + timedelta(seconds=24_00_00_000)
"""153000123 is a time of day to the millisecond: no number of that form counts seconds beyond."""
_OTHERS_SHOWN = 20
_PIECE = 1024 * 1024
_STEPS_AT_ONCE = 64
"""So much of the survey is done at once: the whole of a file of about 4 MB."""


class Recording:
    """A file or folder of recorded prices; raises `SettingError` at once where it is of no use.

    With `symbols`, their rows only; times up to `latest` are taken, and columns as `wanted`. Once
    `survey` is over, `batches` gives the rows. `may_be_cut_off` tells that the last line has no
    end, so that its last value may be short of some digits.
    """

    def __init__(
        self,
        path: Path,
        symbols: tuple[str, ...],
        *,
        wanted: Mapping[Role, str],
        latest: datetime,
    ) -> None:
        self.path = path
        self.symbols = symbols
        self._latest = latest
        check_name(path.name)
        file = inspect(path)
        with must_be_readable(path):
            self._stamps = _stamps(path)
            self.may_be_cut_off = file.form == "CSV" and not file.ends_with_a_line()
        try:
            self._table = _table(file, wanted, symbols)
        except NoColumnsError as error:
            raise SettingError(f"REPLAY_FILE: {path} {error}") from None
        style = Style(mark=None if self._table.commas else ".")
        self.survey = Survey(style, self._readers, self._read)
        for _ in range(_STEPS_AT_ONCE):
            if not self.survey.step():
                break
        if self.survey.facts and (why := self.why_unusable(self.survey.facts)):
            raise SettingError(why)

    @property
    def columns(self) -> dict[str, str]:
        """The columns that were taken; JSON may show one in its later rows only."""
        return self._table.columns

    def batches(self) -> Iterator[RowBatch]:
        """Read from the start; raises `OSError` where the file cannot be read."""
        return self._read(self._readers(self.survey.style))

    def has_changed(self) -> bool:
        """Tell whether the file or folder was written since it was opened; raises `OSError`."""
        return _stamps(self.path) != self._stamps

    def digest(self) -> Generator[None, None, str]:
        """Hash what the files hold that are played, piece by piece; raises `OSError`."""
        if not self.path.is_dir():
            return (yield from _digest(self.path))
        parts = []
        for it in files_of(self.path):
            digest = yield from _digest(it)
            parts.append(f"{it.relative_to(self.path)} {digest}")
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def why_unusable(self, facts: Facts) -> str | None:
        """Say why a file has nothing to play, if it has nothing or nobody can tell of what."""
        if why := _why_doubtful(facts.doubts) or _why_no_times(facts):
            return f"REPLAY_FILE: {self.path} has {why}"
        if facts.counts.rows and not facts.in_doubt:
            return None
        if facts.counts.other_symbol and not facts.in_doubt:
            more = " and others" if len(facts.others) > _OTHERS_SHOWN else ""
            return (
                f"REPLAY_FILE: {self.path} has no row of SYMBOLS={','.join(self.symbols)}:"
                f" it has {', '.join(facts.others[:_OTHERS_SHOWN])}{more}"
            )
        if facts.error:
            return f"REPLAY_FILE: {self.path} cannot be read: {facts.error}"
        if facts.counts.off_market and not facts.first_bad:
            return (
                f"REPLAY_FILE: {self.path} has no row that can be used: by their conditions none of"
                f" its {facts.counts.off_market} trades was made at the market's price"
            )
        bad = facts.first_bad
        what = f"; line {bad.line}: {bad.why}" if bad else ": there is none"
        return f"REPLAY_FILE: {self.path} has no row that can be used{what}"

    def _readers(self, style: Style) -> Readers:
        times = TimeReader(self._latest, order=style.order, clock=style.clock)
        amounts = AmountReader(style.mark, no_volumes=style.so_far)
        symbols = SymbolReader(capitals=style.capitals)
        rows = RowReader(times, amounts, symbols, self.symbols, by_ticks=style.by_ticks)
        return Readers(times, amounts, symbols, rows)

    def _read(self, readers: Readers) -> Iterator[RowBatch]:
        return map(readers.rows.read, self._table.blocks())


def _why_doubtful(doubts: Doubts) -> str | None:
    """Say what a file has that cannot be told to be of one symbol."""
    if len(doubts.names) > 1:
        return (
            f"rows of {shown(doubts.names)}, and no symbols: takes a file of one symbol, or the"
            " column that names them by REPLAY_COLUMNS=symbol=NAME"
        )
    if doubts.mixed:
        symbol, *series = doubts.mixed
        return (
            f"rows of {symbol} at the same times that are of {shown(series)}; takes those of one,"
            " or the column that names each by REPLAY_COLUMNS=symbol=NAME"
        )
    if doubts.going_on:
        return (
            f"bars of {doubts.going_on} that have the time of the one before, and more volume:"
            " takes one of each time, not a stream of candles, which has each many times before it"
            " is over, and of several series one"
        )
    if doubts.twofold:
        return (
            f"times of {doubts.twofold} twice, with other prices: takes rows of one series, or the"
            " column that names them by REPLAY_COLUMNS=symbol=NAME"
        )
    return None


def _why_no_times(facts: Facts) -> str | None:
    """Say what looks like times of day in place of times."""
    if facts.units and facts.newest and facts.newest < _TIMES_OF_DAY_UNTIL:
        return (
            "numbers for times that would be of 1970 to 1977, and look like times of day, such as"
            " 153000123: takes 2024-01-31T15:30:00.123"
        )
    return None


def _table(file: File, wanted: Mapping[Role, str], symbols: tuple[str, ...]) -> Table:
    """Make what reads a file of this form; raises `SettingError`."""
    if file.form == "Parquet":
        # 60 MB of memory that no other feed and no other format needs.
        from producer.feeds.replay.files.parquet.parquet_files import ParquetFiles  # noqa: PLC0415

        return ParquetFiles(file.path, wanted, symbols)
    if file.form == "CSV":
        return Delimited(file, wanted, symbols)
    return _json(file, wanted, symbols)


def _json(file: File, wanted: Mapping[Role, str], symbols: Sequence[str]) -> Table:
    """Make what reads JSON: its lines, objects in arrays or side by side, or arrays as columns."""
    readers: list[_Reader] = [Document, partial(Document, form="within"), Columnar]
    if not is_document(file):
        readers.insert(0, JsonLines)
    errors = []
    for reader in readers:
        try:
            return reader(file, wanted, symbols)
        except NoColumnsError as error:
            errors.append(error.with_traceback(None))  # which holds what was read
    with suppress(NoColumnsError), must_be_readable(file.path):
        if begins_with_a_row(file):  # what it lacks is told by the others
            return Document(file, wanted, symbols, form="side by side")
    raise next((it for it in reversed(errors) if it.any_names), errors[-1])


def _stamps(path: Path) -> list[tuple[Path, int, int]]:
    """Give what tells of the files that are played that they were written: sizes and times."""
    return [(it, (stat := it.stat()).st_size, stat.st_mtime_ns) for it in files_of(path)]


def _digest(path: Path) -> Generator[None, None, str]:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
            yield
    return digest.hexdigest()
