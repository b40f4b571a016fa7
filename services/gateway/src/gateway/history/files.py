"""Which files of the dataset hold a span of time."""

import os
import time
from collections.abc import Callable, Iterable
from datetime import date
from functools import partial
from threading import Lock
from typing import NamedTuple

import pyarrow as pa
import structlog

from contracts.reader import Fingerprint, Source, Span
from gateway.history.parallel import in_parallel

_log = structlog.get_logger()
_MOST_KNOWN = 20_000


class File(NamedTuple):
    """A file of a day, what tells that it is as it was, and between which starts it is."""

    day: date
    name: str
    fingerprint: Fingerprint
    span: Span


class _Known(NamedTuple):
    """A file as it was looked at; None for one that is damaged or empty."""

    fingerprint: Fingerprint
    file: File | None


class _Day(NamedTuple):
    """The files of a day as they were listed, and until when that may do."""

    token: int
    until_s: float
    files: dict[str, _Known]


def bytes_within(files: Iterable[File], span: Span) -> float:
    """Tell how much of files is of a span, about: as if what a file holds lay evenly in its own."""
    return sum(
        it.fingerprint.size
        * (min(it.span.last_us, span.last_us) - max(it.span.first_us, span.first_us) + 1)
        / (it.span.last_us - it.span.first_us + 1)
        for it in files
        if it.span.overlaps(span)
    )


_UNSETTLED = -1
_NEVER = _Day(_UNSETTLED, 0.0, {})


class Files:
    """Lists files; what a file holds is asked once, as long as it stays the same.

    Safe to use from several threads. Raises `contracts.reader.DatasetError`.
    """

    def __init__(self, source: Source, clock: Callable[[], float] = time.monotonic) -> None:
        self._source = source
        self._clock = clock
        self._lock = Lock()
        self._known: dict[date, _Day] = {}
        self._failing: set[date] = set()

    def days(self) -> list[date]:
        """List the days that there are, newest first."""
        with self._lock:
            return self._source.days()

    def of_day(self, day: date) -> list[File]:
        """Give the files of a day; those that are damaged, empty or not readable are left out.

        Raises `FileNotFoundError` where one went as it was looked at.
        """
        with self._lock:
            return [it.file for it in self._listed(day).values() if it.file is not None]

    def forget(self) -> None:
        """List all anew: a file that was listed is gone."""
        with self._lock:
            self._known.clear()

    def _listed(self, day: date) -> dict[str, _Known]:
        """Give the files of a day, listed anew where something may have changed."""
        before = self._known.get(day, _NEVER)
        try:
            token, settled = self._source.changed(day)
            if token == before.token and self._clock() < before.until_s:
                return before.files
            found = self._source.list(day, {})
        except FileNotFoundError:  # the day is gone
            return self._known.pop(day, _NEVER).files
        files = self._with_spans(day, found, before.files)
        if sum(len(it.files) for it in self._known.values()) > _MOST_KNOWN:
            self._known.clear()
        until_s = self._clock() + self._source.check_after_s
        self._known[day] = _Day(token if settled else _UNSETTLED, until_s, files)
        return files

    def _with_spans(
        self, day: date, found: dict[str, Fingerprint], had: dict[str, _Known]
    ) -> dict[str, _Known]:
        """Find out what the files hold; of one that is as it was, it is known.

        One that the system does not let be read is left out: it is asked again at the next listing.
        """
        same = {
            name: had[name]
            for name, fingerprint in found.items()
            if name in had and had[name].fingerprint == fingerprint
        }
        new = [name for name in found if name not in same]
        spans = dict(zip(new, in_parallel(partial(self._span, day), new), strict=True))
        self._tell(day, {name: it for name, it in spans.items() if isinstance(it, OSError)})
        return same | {
            name: _Known(found[name], span and File(day, name, found[name], span))
            for name, span in spans.items()
            if not isinstance(span, OSError)
        }

    def _tell(self, day: date, failed: dict[str, OSError]) -> None:
        """Log once that files of a day cannot be read."""
        if not failed:
            self._failing.discard(day)
        elif day not in self._failing:
            self._failing.add(day)
            name, error = next(iter(failed.items()))
            reason = os.strerror(error.errno or 0)
            _log.warning("files cannot be read", files=len(failed), first=name, reason=reason)

    def _span(self, day: date, name: str) -> Span | OSError | None:
        """Tell between which starts a file is: None where it is damaged.

        An error of the system, which may pass, has a number, unlike one of what a file holds.
        """
        try:
            return self._source.span(day, name)
        except FileNotFoundError:  # merged with others meanwhile
            raise
        except OSError as error:
            return error if error.errno else None
        except pa.ArrowException:
            return None
