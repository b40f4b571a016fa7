"""Walks through JSON documents: what stands in their arrays, and which symbols stand around it.

An object under a time, as Alpha Vantage writes rows, is taken as if it stood in an array.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from producer.feeds.replay.columns.names import NAMES, normalised
from producer.feeds.replay.files.file import File
from producer.feeds.replay.files.json.events import (
    built,
    events_of,
    in_one_array,
    without_outer_arrays,
)
from producer.feeds.replay.files.json.names import is_time, nearer, place_of, says_symbol
from producer.feeds.replay.values import zones

type Form = Literal["", "within", "side by side"]

_CHANNELS = frozenset({"channel", "topic", "table", "ch"})
"""How OKX and Kraken, Bybit, BitMEX and HTX name it, as names are compared."""
_EVENTS = {"te": "trade-executed", "tu": "trade-updated"}
"""Those of Bitfinex by which each trade comes twice, as channels of trades are called."""
_ABOUT = frozenset({"meta", "metadata", "info", "header"})
"""How objects are named, as names are compared, that say something of what stands beside them."""
_SEVERAL = 2


class Element(NamedTuple):
    """What stands in an array, or under a time.

    `document` numbers the documents of the file from 0; `name` is the innermost name around the
    array that is a symbol. `array` is the array's own name, if nothing else says what a value is:
    it has no names, and the array's is no symbol and no time. `place` are the other names around
    it, but for times. `zone` is what the document called the zone of its times before it.
    `interval` is that of its bars, if a name within its symbol's is one.
    """

    document: int
    name: str | None
    array: str | None
    place: str
    zone: str | None
    channel: str | None
    interval: str
    value: Any


class Around:
    """What a document says of its rows: symbols, of several enough to see that, zone, channel.

    `zone_behind` is a zone that it names behind rows that it is of.
    """

    def __init__(self) -> None:
        self._symbols: set[str] = set()
        self._of_object: tuple[tuple[str, ...], int, str] | None = None
        self.zone: str | None = None
        self._zone_depth = 0
        self._rows_at: set[int] = set()
        self.zone_behind: str | None = None
        self.channel: str | None = None
        self._number = 0

    @property
    def symbol(self) -> str:
        """The symbol; an empty text where there is none, and of several a text that is none."""
        last = () if self._of_object is None else self._of_object[2:]
        return sys.intern(", ".join(sorted(self._symbols.union(last))))

    def note(self, name: str, value: Any, names: Sequence[str]) -> None:
        """Take a value that stands there by a name, behind those around it."""
        depth = len(names)
        if not isinstance(value, str):
            return
        name = normalised(name)
        if says_symbol(name, value) and len(self._symbols) < _SEVERAL:
            self._note_symbol(tuple(names[:-1]), place_of(name), value.strip())
        if name in zones.NAMES:
            of_all = depth - 1 if normalised(names[-2]) not in _ABOUT else depth - 2
            if self.zone is None and of_all in self._rows_at and not zones.is_utc(value):
                self.zone_behind = value
            self.zone, self._zone_depth = value, depth
        if name in _CHANNELS:
            self.channel = value

    def _note_symbol(self, stands: tuple[str, ...], place: int, symbol: str) -> None:
        """Take a symbol; of one object's that which stands by the preferred name."""
        if self._of_object is not None:
            stood, preferred, other = self._of_object
            if stood == stands and preferred < place:
                return
            if stood != stands or preferred == place:
                self._symbols.add(other)
        self._of_object = stands, place, symbol

    def note_in_array(self, value: Any) -> None:
        """Take a plain value: Bitfinex puts number and event of a channel before its trade."""
        if isinstance(value, int):
            self._number = value
        elif isinstance(value, str) and value in _EVENTS:
            self.channel = f"{_EVENTS[value]}.{self._number}"

    def note_rows(self, depth: int) -> None:
        """Note that rows stand within so many objects and arrays."""
        self._rows_at.update(range(depth))

    def leave(self, depth: int) -> None:
        """Forget the zone behind what holds the object that named it: it is of its rows only."""
        self._rows_at.discard(depth)
        if depth < self._zone_depth - 1:
            self.zone = None


def elements(
    file: File,
    ended: Callable[["Around"], None] = lambda _: None,
    *,
    form: Form = "",
    most: int = sys.maxsize,
) -> Iterator[Element]:
    """Give what stands in the documents' arrays, and under times; raises `OSError`.

    With the form `within` the outermost array is one of documents, and what stands in the arrays of
    each is given; with `side by side` the documents are given themselves. `ended` takes what each
    document says of its rows, once it is over. Of an element of more than `most` events only
    the beginning is given.
    """
    events = _events(file, form)
    arrays: list[bool] = []
    names: list[str] = [""]
    under_times: list[dict[str, Any] | None] = [None]
    document, around = 0, Around()
    for event, value in events:
        if arrays and arrays[-1] and event != "end_array":
            around.note_rows(len(names))
            whole = built(event, value, events, most)
            around.note_in_array(whole)
            yield _element(document, names, around, whole)
        elif event == "map_key":
            names[-1] = value
        elif event.startswith("start"):
            arrays.append(event == "start_array")
            under_times[-1] = None  # it holds more than values
            under_times.append({} if is_time(names[-1]) else None)
            names.append(names[-1])
        elif event.startswith("end"):
            arrays.pop()
            names.pop()
            if row := under_times.pop():
                around.note_rows(len(names))
                yield _element(document, names, around, _with_time(names[-1], row))
            around.leave(len(names))
        else:
            if (row := under_times[-1]) is not None:
                row[names[-1]] = value
            around.note(names[-1], value, names)
        if not arrays:
            ended(around)
            document, around = document + 1, Around()


def _events(file: File, form: Form) -> Iterator[tuple[str, Any]]:
    events = events_of(file)
    if form == "within":
        return without_outer_arrays(events)
    return in_one_array(events) if form == "side by side" else events


def _with_time(time: str, row: dict[str, Any]) -> dict[str, Any]:
    """Give what stands under a time with that time, unless it has its own."""
    return row if _tells_time(tuple(row)) else {"time": time} | row


@lru_cache(maxsize=1024)
def _tells_time(names: tuple[str, ...]) -> bool:
    """Tell whether one of these names is usual for a time; a capital alone may be a symbol."""
    return any(normalised(it) in NAMES["time"] for it in names if len(it) > 1 or it.islower())


def _element(document: int, names: list[str], around: Around, value: Any) -> Element:
    unnamed = isinstance(value, list)
    if unnamed:
        value = {str(n): it for n, it in enumerate(value, 1)}
    symbol, array, place, interval = _stands(tuple(names), unnamed=unnamed)
    return Element(document, symbol, array, place, around.zone, around.channel, interval, value)


@lru_cache(maxsize=1024)
def _stands(names: tuple[str, ...], *, unnamed: bool) -> tuple[str | None, str | None, str, str]:
    """Tell what the names around a value say: its symbol, array, place, interval."""
    symbol: str | None = None
    interval = ""
    for name in names:
        symbol, interval = nearer(symbol, interval, name)
    says_more = symbol == names[-1] or is_time(names[-1])
    array = names[-1] if unnamed and not says_more else None
    others = dict.fromkeys(it for it in names if it not in {"", array} and not is_time(it))
    return symbol, array, ".".join(others), interval
