"""Reads JSON whose columns are arrays: candles of Finnhub, charts of Yahoo, frames of pandas."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from contracts.settings import SettingError
from producer.feeds.replay.columns.block import Block
from producer.feeds.replay.columns.choosing import with_symbol
from producer.feeds.replay.columns.names import NoColumnsError
from producer.feeds.replay.columns.tickers import block_of, described
from producer.feeds.replay.files.file import File, must_be_readable
from producer.feeds.replay.files.json.column_arrays import Found, Search, found_in
from producer.feeds.replay.values import zones
from producer.settings import Role

MOST = 8 * 1024 * 1024
"""Characters of a file that are decoded at once, which takes some ten times as many bytes."""
_ROWS = 4096
_BLANK = re.compile(r"\s*")


class Columnar:
    """JSON documents whose columns are arrays of as many values each.

    Raises `NoColumnsError` where there are none, else `SettingError`. Rows have the symbol of a
    column of theirs, or that which stands around it. Only where no row of the file has either is
    it the only one of `symbols`.
    """

    commas = False

    def __init__(self, file: File, wanted: Mapping[Role, str], symbols: Sequence[str]) -> None:
        with must_be_readable(file.path):
            text = _text(file)
        search = Search(wanted, symbols, [])
        try:
            documents = [found_in(it, search, it) for it in _documents(text)]
        except RecursionError:
            documents = []
        found = [it for some in documents for it in some]
        if not found and search.missing:
            raise search.missing[0]
        if not found:
            raise NoColumnsError(
                "has no column for time and price: no objects have them, nor arrays in up"
                f" to {MOST} characters",
                any_names=False,
            )
        symbol = symbols[0] if len(symbols) == 1 else None
        if any(it.symbol or it.choice.symbol is not None for it in found):
            symbol = ""
        elif any(len(some) > 1 for some in documents):
            raise SettingError(
                "REPLAY_FILE: a document has columns for time and price more than once, and no"
                " symbols; takes those of one symbol"
            )
        self._tables = [
            it
            if it.tickers
            else it._replace(choice=with_symbol(it.choice, it.names, it.symbol or symbol))
            for it in found
        ]
        first = self._tables[0]
        self.columns = described(first.tickers or (first.choice,), first.names)

    def blocks(self) -> Iterator[Block]:
        """Give the rows, numbered from 1."""
        row = 1
        for table in self._tables:
            count = len(table.columns[table.choice.time])
            for start in range(0, count, _ROWS):
                some = slice(start, min(start + _ROWS, count))
                yield _block(table, row + start, some)
            row += count


def _block(table: Found, first: int, some: slice) -> Block:
    def column(place: int) -> Sequence[Any]:
        return table.columns[place][some]

    count = some.stop - some.start
    if table.tickers:
        tickers = table.tickers
        if table.zone is not None:
            tickers = tuple(it._replace(zone=table.zone) for it in tickers)
        return block_of(count, range(first, first + count), tickers, column)
    rows = table.choice.values(column, count)
    if table.zone is not None:
        rows = rows._replace(times=[zones.in_zone(it, table.zone) for it in rows.times])
    if table.interval:
        rows = rows._replace(series=[table.interval] * count)
    return Block(count, range(first, first + count), rows)


def _text(file: File) -> str:
    """Give a file's text; nothing where that is too much."""
    pieces: list[str] = []
    length = 0
    for piece in file.texts():
        pieces.append(piece)
        length += len(piece)
        if length > MOST:
            return ""
    return "".join(pieces)


def _documents(text: str) -> Iterator[Any]:
    """Decode one document after another, up to what is no JSON."""
    decode, end = json.JSONDecoder().raw_decode, 0
    while (blank := _BLANK.match(text, end)) and blank.end() < len(text):
        try:
            document, end = decode(text, blank.end())
        except ValueError:
            return
        yield document
