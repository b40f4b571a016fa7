"""What the readers of all kinds of files give: values by column, with the lines they stand in."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

import msgspec


class BadRow(msgspec.Struct, frozen=True, gc=False):
    """A row that cannot be used, and why; `line` is where it stands, counted from 1."""

    line: int
    why: str


class RowsInDoubtError(OSError):
    """What stands further on in a file puts the rows before it in doubt."""


class Values(NamedTuple):
    """What the columns of some rows hold.

    `doubt` is what columns, or what surrounds rows, say that may name symbols, where all rows are
    taken to be of one: each text with what says it.
    `strangers` says by place which rows are of another kind than those that are played; `trades`
    are the numbers of trades, if they have some; `bars` says that rows are bars, and `series`
    which of its symbol's each is of, where that is told. `off_market` are the places of trades that
    were not made at the market's price.
    """

    times: Sequence[Any] = ()
    symbols: Sequence[Any] = ()
    prices: Sequence[Any] = ()
    volumes: Sequence[Any] = ()
    doubt: AbstractSet[tuple[str, str]] = frozenset()
    strangers: Mapping[int, str] = MappingProxyType({})
    trades: Sequence[Any] = ()
    bars: bool = False
    series: Sequence[str] = ()
    off_market: AbstractSet[int] = frozenset()


class Block(NamedTuple):
    """A stretch of a file, as values by column.

    `lines` are those that the values stand in, `unreadable` those that give none; of a file that
    has no lines, its rows are numbered. `read` counts all lines as they were read, whatever became
    of them: it is what the other counts must come to. In a `wide` one a line may give several rows.
    `part` is that of the file that they stand in, where others may be of another symbol.
    """

    read: int
    lines: Sequence[int] = ()
    values: Values = Values()
    unreadable: Sequence[BadRow] = ()
    heading: int = 0
    blank: int = 0
    wide: bool = False
    part: str = ""


class Table(Protocol):
    """A file that is read as a table; each kind of file has a class of its own.

    `columns` are those that were taken, for the log, once it was read; `commas` tells that decimals
    may stand behind a comma.
    """

    columns: dict[str, str]
    commas: bool

    def blocks(self) -> Iterator[Block]:
        """Read from the start; raises `OSError`, the first time also `SettingError`."""
