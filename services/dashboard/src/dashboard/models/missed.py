"""When prices were missed: no symbol had quotes of a source that is quoted at all times."""

from typing import NamedTuple

import numpy as np

from contracts.sources import facts
from dashboard.store import Snapshot
from dashboard.store.bars import MINUTE_US, Times
from dashboard.store.merging import stretch_of
from dashboard.store.tiers import QUARTER_US

_CADENCE = 5


class Stretch(NamedTuple):
    """From one time to another, in microseconds since 1970."""

    begin: int
    end: int


def missed(snapshot: Snapshot, source: str, after: int, until: int) -> list[Stretch]:
    """Find when no symbol of a source had quotes, for a whole window at least.

    Each stretch has the windows beside it, in which the quotes end and begin again. Of a source
    that has hours there are none: windows do not tell whether its market was closed.
    """
    known, length = facts(source), snapshot.window_us
    if known.hours == "exchange" and known.kind != "made":
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
    gaps = wide(end - begin)
    return [Stretch(int(begin[it]) - length, int(end[it]) + length) for it in gaps]


def wide(apart: Times) -> Times:
    """Find which neighbours do not touch.

    But quotes that come once a day leave gaps between all windows; those are the feed's cadence,
    and only gaps of several times their usual length count.
    """
    found = np.flatnonzero(apart > 0)
    if len(found) > _CADENCE:
        found = found[apart[found] > _CADENCE * np.median(apart[found])]
    return found
