"""When prices were missed: no symbol of a source had quotes, or a change of windows lost some."""

from datetime import date, time
from typing import NamedTuple

import numpy as np

from contracts.sources import facts
from contracts.times import from_us
from dashboard.models.zones import zone_of
from dashboard.store import Key, Snapshot
from dashboard.store.bars import MINUTE_US, Times
from dashboard.store.merging import overlapped, stretch_of
from dashboard.store.tiers import QUARTER_US

_CADENCE = 5
_OPENS, _CLOSES, _CLOSES_EARLY = time(9, 30), time(16), time(13)
_MAY_CLOSE_EARLY = frozenset({(7, 3), (12, 24), *((11, day) for day in range(23, 30))})
"""New York's exchanges: https://www.nyse.com/markets/hours-calendars."""


class Stretch(NamedTuple):
    """From one time to another, in microseconds since 1970."""

    begin: int
    end: int


def missed(snapshot: Snapshot, source: str, after: int, until: int) -> list[Stretch]:
    """Find when no symbol of a source had quotes, for a whole window at least.

    Each stretch has the windows beside it, in which the quotes end and begin again. Of an exchange
    it lies in the trading hours of one day; without quotes at both ends of it windows do not tell
    whether the market was closed. Nor do they of what is recorded, or is a day's last price: there
    are none.
    """
    known, length = facts(source), snapshot.window_us
    is_always = known.hours == "always" or known.kind == "made"
    if not is_always and (known.kind != "market" or known.end_of_day):
        return []
    codes = [code for (_, of), code in snapshot.keys.items() if of == source]
    starts, ends = [np.array([after, until])], [np.array([after, until])]
    for _, day in snapshot.days:
        for bars, width in ((day.minutes, MINUTE_US), (day.older, QUARTER_US)):
            found = bars.between(after, until + max(width, length))
            quoted = np.isin(found.key, codes) & ~np.isnan(found.candle_start)
            starts.append(found.candle_start[quoted].astype(np.int64))
            ends.append(stretch_of(found.end[quoted], width) * width)
    start, end = np.concatenate(starts), np.concatenate(ends)
    order = np.argsort(start, kind="stable")
    begin, end = np.maximum.accumulate(end[order])[:-1], start[order][1:]
    apart = end - begin
    if not is_always:
        traded = [it for it in np.flatnonzero(apart > 0) if _is_traded(begin[it], end[it], source)]
        apart[np.setdiff1d(np.arange(len(apart)), traded)] = 0
    gaps = wide(apart)
    return [Stretch(int(begin[it]) - length, int(end[it]) + length) for it in gaps]


def left_out(snapshot: Snapshot, key: Key, after: int, until: int) -> list[Stretch]:
    """Find which time of a symbol and source is only in windows that others overlap.

    The length of windows was changed there, and those that count leave out what was before them:
    up to a window. It is known where bars of a minute are held, of windows of whole minutes.
    """
    starts, ends = [np.array([])], [np.array([])]
    for _, day in snapshot.days:
        bars = day.minutes.between(after, until)
        its = (bars.key == snapshot.keys.get(key)) & ~np.isnan(bars.candle_start)
        starts.append(bars.candle_start[its])
        ends.append(bars.candle_end[its])
    start, end = np.concatenate(starts), np.concatenate(ends)
    over = overlapped(np.zeros(len(start), np.int64), start, end)
    if not len(over):
        return []
    counting_start, counting_end = (np.sort(np.delete(it, over)) for it in (start, end))
    next_start = counting_start[np.searchsorted(counting_end, start[over], "right")]
    begins, lost_until = start[over], np.minimum(next_start, end[over])
    lost = np.flatnonzero(begins < lost_until)
    return [Stretch(int(begins[it]), int(lost_until[it])) for it in lost]


def wide(apart: Times) -> Times:
    """Find which neighbours do not touch.

    But quotes that come once a day leave gaps between all windows; those are the feed's cadence,
    and only gaps of several times their usual length count.
    """
    found = np.flatnonzero(apart > 0)
    if len(found) > _CADENCE:
        found = found[apart[found] > _CADENCE * np.median(apart[found])]
    return found


def _is_traded(begin_us: int, end_us: int, source: str) -> bool:
    """Tell whether both times are within the trading hours of one day, if it was one."""
    zone = zone_of("market", None, [source]).info
    begin, end = (from_us(int(it)).astimezone(zone) for it in (begin_us, end_us))
    closes = _CLOSES_EARLY if _may_close_early(begin.date()) else _CLOSES
    is_one_day = begin.date() == end.date()
    return is_one_day and begin.time() >= _OPENS and end.time() <= closes


def _may_close_early(day: date) -> bool:
    """Tell whether it may be the eve of a holiday, or the Friday after Thanksgiving."""
    return (day.month, day.day) in _MAY_CLOSE_EARLY
