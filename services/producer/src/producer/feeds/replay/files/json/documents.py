"""Reads JSON documents: arrays of objects or objects under their times, and what is around them."""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from contracts.settings import SettingError
from producer.feeds.replay.checks.unusable import CANDLES_THAT_GO_ON
from producer.feeds.replay.columns.block import BadRow, Block, RowsInDoubtError, Values
from producer.feeds.replay.columns.tickers import block_of
from producer.feeds.replay.files.file import File, must_be_readable
from producer.feeds.replay.files.json.channels import is_of_candles, is_of_orders, trades_of
from producer.feeds.replay.files.json.elements import Element, Form, elements
from producer.feeds.replay.files.json.events import MOST_IN_A_ROW
from producer.feeds.replay.files.json.objects import Members, first_of_each, kind
from producer.feeds.replay.files.lines import LONGEST, whole_lines
from producer.feeds.replay.values.zones import in_zone, is_bare
from producer.settings import Role

_AT_ONCE = 500
_IS_OVER = "9"
"""Where candles of OKX, which have no names, tell whether they are over."""


def is_document(file: File) -> bool:
    """Tell by its first line a document from JSON lines; raises `SettingError`."""
    with must_be_readable(file.path):
        text = next(filter(str.strip, whole_lines(file.texts())), "")
    first = text.strip().partition("\n")[0].strip()
    return len(first) > LONGEST or first.startswith("[") or first.endswith(("[", "{", ","))


class Document:
    """JSON documents that hold rows in arrays or under times; raises `SettingError` as `JsonLines`.

    A row is an object, or an array whose values are named by their places. One without a symbol has
    the innermost name around it that is a symbol (``{"bars": {"AAPL": [...]}}``), or else that of
    its document (``{"symbol": "AAPL", "bars": [...]}``). Only where no row of the file has either
    is it the only one of `symbols`: rows that stand in several places are then in doubt. Times are
    of the zone that their document names before them, if it does. Where a channel of trades is
    among those that messages came by, its trades are the rows: a ticker or a bar has them once
    more. The form `within` is for objects in arrays within arrays, `side by side` for rows that
    stand one behind the other in no array.
    """

    commas = False

    def __init__(
        self,
        file: File,
        wanted: Mapping[Role, str],
        symbols: Sequence[str],
        *,
        form: Form = "",
    ) -> None:
        self._elements = partial(elements, file, form=form)
        self._any_bare = False
        with must_be_readable(file.path):
            # What is longer, such as an answer with all of its rows, may be larger than memory.
            first = first_of_each(self._elements(most=MOST_IN_A_ROW), _kind)
            first = [it for it in first if it.array is None or not form]
            self._trades = next(filter(None, (trades_of(it.channel) for it in first)), None)
            if first and all(is_of_orders(it.channel) for it in first):
                raise SettingError(
                    f"REPLAY_FILE: {first[0].channel!r} is a channel of orders, whose prices are no"
                    " trades; takes one of trades"
                )
            first = [it for it in first if self._came_by(it)]
            if any(map(_is_candle_that_goes_on, first)):
                raise SettingError(CANDLES_THAT_GO_ON)
            objects = [it.value for it in first if isinstance(it.value, dict)]
            self._members = Members(objects, wanted, symbols)
            if any(is_of_candles(it.channel) for it in first):
                self._members.take_as_bars()
            self._array = next((it.array for it in first if it.array is not None), None)
            self._place = next((_place(it) for it in first if isinstance(it.value, dict)), "")
        self._symbol = symbols[0] if len(symbols) == 1 else None
        # None: all rows are of one symbol; empty: the name around each row is its symbol.
        self._document_symbols: list[str] | None = None
        self._must_look_around = False
        if self._members.choice.symbol is not None or self._members.tickers:
            self._take_symbols(None)
        elif objects and all(it.name for it in first):
            self._take_symbols([])
        else:  # found by the first reading: the file may be large
            self._must_look_around = True
        self.columns = self._members.described()

    def _take_symbols(self, symbols: list[str] | None) -> None:
        """Take each document's symbol; where there are None, all rows are of one symbol."""
        self._document_symbols = symbols
        self._members.take_symbol(self._symbol if symbols is None else "its array's or document's")

    def blocks(self) -> Iterator[Block]:
        """Read from the start; raises `OSError`, and where no row has a symbol `SettingError`."""
        if self._must_look_around:
            yield from self._look_around()
        some: list[Element] = []
        row = 1
        behind: list[str] = []
        try:
            for element in self._elements(lambda it: behind.extend(filter(None, [it.zone_behind]))):
                some.append(element)
                if len(some) == _AT_ONCE:
                    yield self._block(row, some)
                    row, some = row + len(some), []
        except OSError:
            yield self._block(row, some)
            raise
        yield self._block(row, some)
        if behind and self._any_bare:
            raise RowsInDoubtError(
                f"the zone of its times, {behind[0]!r}, stands behind its rows; takes it before"
                " them, or times that name their zone"
            )

    def _block(self, first: int, some: list[Element]) -> Block:
        wrong = [self._wrong(it) for it in some]
        good = [it for it, why in zip(some, wrong, strict=True) if not why]
        numbers = [n for n, why in enumerate(wrong, first) if not why]
        bad = [BadRow(n, why) for n, why in enumerate(wrong, first) if why]
        if self._members.tickers:
            return self._closes(len(some), numbers, good, bad)
        rows = self._members.values(self._members.opened([it.value for it in good]))
        self.columns = self._members.described()
        return Block(len(some), numbers, self._with_surroundings(rows, good), bad)

    def _closes(
        self, read: int, numbers: list[int], good: list[Element], bad: list[BadRow]
    ) -> Block:
        """Give rows that have the close of each of several tickers."""
        tickers = self._members.tickers
        values = self._members.column_of(self._members.opened([it.value for it in good]))

        def column(place: int) -> Sequence[Any]:
            found = values(place)
            return self._in_zones(found, good) if place == tickers[0].time else found

        return block_of(read, numbers, tickers, column, unreadable=bad)

    def _with_surroundings(self, rows: Values, found: Sequence[Element]) -> Values:
        """Add what stands around rows: zone, interval, and symbol or, in doubt, their places."""
        rows = rows._replace(
            times=self._in_zones(rows.times, found), series=rows.series or _intervals(found)
        )
        if self._document_symbols is not None:
            around = self._document_symbols
            symbols = [it.name or (around[it.document] if around else "") for it in found]
            return rows._replace(symbols=symbols)
        if self._members.choice.name is not None:
            return rows._replace(doubt=rows.doubt | self._places(found))
        return rows

    def _in_zones(self, times: Sequence[Any], found: Sequence[Element]) -> list[Any]:
        """Give times in the zone that stands around their rows; note where there is none."""
        if found and found[0].zone is None and is_bare(times[0]):
            self._any_bare = True
        pairs = zip(times, found, strict=True)
        return [in_zone(time, it.zone) if it.zone else time for time, it in pairs]

    def _places(self, rows: Iterable[Element]) -> set[tuple[str, str]]:
        """Give the places and channels that have times, where they are several."""
        time = self._members.names[self._members.choice.time]
        others = {_place(it) for it in rows if time in it.value} - {self._place}
        return {("place", it) for it in (self._place, *others)} if others else set()

    def _wrong(self, element: Element) -> str | None:
        """Say why an element is no row, if that can be seen without its values."""
        if not isinstance(element.value, dict):
            return "no JSON object"
        if not self._came_by(element):
            rows = f"that of rows {self._trades!r}" if self._trades else "its orders are no trades"
            return f"its channel is {element.channel!r}, and {rows}"
        if self._members.has_kinds:
            row = self._members.row(element.value)
            return row if isinstance(row, str) else None
        if element.array is None or element.array == self._array:
            return None
        return f"it stands in {element.array!r}, and the first row in {self._array!r}"

    def _came_by(self, element: Element) -> bool:
        """Tell whether an element came by the channel of rows, or by none that has a name."""
        if not self._trades:
            return not is_of_orders(element.channel)
        return not element.channel or trades_of(element.channel) == self._trades

    def _look_around(self) -> Iterator[Block]:
        """Find each document's symbol, before or behind its rows, in steps that give no rows."""
        symbols: list[str] = []
        named = False
        found = self._elements(lambda it: symbols.append(it.symbol))
        for count, element in enumerate(found, 1):
            named = named or element.name is not None
            if count % _AT_ONCE == 0:
                yield Block(0)
        self._must_look_around = False
        self._take_symbols(symbols if named or any(symbols) else None)


def _intervals(rows: Iterable[Element]) -> list[str]:
    found = [it.interval for it in rows]
    return found if any(found) else []


def _place(element: Element) -> str:
    return " ".join(filter(None, (element.channel, element.place)))


def _kind(element: Element) -> Hashable:
    of = kind(element.value)
    return of if element.channel is None else (trades_of(element.channel), of)


def _is_candle_that_goes_on(element: Element) -> bool:
    value = element.value if element.array is not None else {}
    return is_of_candles(element.channel) and value.get(_IS_OVER) == "0"
