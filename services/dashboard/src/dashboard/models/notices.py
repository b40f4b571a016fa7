"""What a person has to know of the windows that are shown, beside their state."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from dashboard.models.lag import held_back_in_short
from dashboard.models.ranges import Range
from dashboard.models.words import duration, moment
from dashboard.models.zones import Zone
from dashboard.store import Newest, Snapshot
from dashboard.store.statuses import Statuses
from dashboard.theme import style

_OLD = timedelta(days=1)
_NAMED = 3


@dataclass(frozen=True)
class Notice:
    """One line, with the colour and icon of its kind."""

    text: str
    color: Literal["blue", "orange", "violet", "gray", "red"]
    icon: str


def notices(
    snapshot: Snapshot,
    statuses: Statuses,
    sources: Iterable[str],
    shown: Range,
    now: datetime,
    *,
    told: Sequence[str] = (),
    zone: Zone,
    away: str | None = None,
) -> list[Notice]:
    """List the notices; `sources` are those of the windows shown, `told` what their state says.

    `away` is why live prices do not come, where they should.
    """
    found = _of_prices(snapshot.newest, sources, now, zone)
    held_back = held_back_in_short(statuses, now, zone)
    if held_back and held_back not in told:
        found.append(Notice(held_back, "orange", ":material/front_hand:"))
    if snapshot.broken:
        found.append(_broken(snapshot))
    found += [Notice(text, "red", ":material/broken_image:") for text in statuses.problems]
    found += _of_history(snapshot, shown, now, zone)
    if away:
        found.append(Notice(f"Live prices are unavailable: {away}", "gray", ":material/cloud_off:"))
    return found


def _of_prices(
    newest: Newest | None, sources: Iterable[str], now: datetime, zone: Zone
) -> list[Notice]:
    """Label prices that are not the market's, or not of now."""
    styles = [style(source) for source in sources]
    real = " and ".join(it.label for it in styles if it.real)
    apart = f" (dotted lines); {real} prices are real (solid lines)" if real else ""
    found = [Notice(f"{it.warning}{apart}", it.color, it.icon) for it in styles if not it.real]
    if newest and now - newest.window_end > _OLD:
        end, age = newest.window_end.astimezone(zone.info), duration(now - newest.window_end)
        of = f"The newest window is of {end:%Y-%m-%d}, {age} ago"
        found.append(Notice(f"{of}: these are past prices", "violet", ":material/event:"))
    return found


def _of_history(snapshot: Snapshot, shown: Range, now: datetime, zone: Zone) -> list[Notice]:
    """Say what of the range is not shown yet, or is not held."""
    found = []
    pending = [day for day in snapshot.pending if day >= shown.after.date()]
    if pending:
        days = "1 day" if len(pending) == 1 else f"{len(pending)} days"
        text = f"Reading the history: {days} to go"
        found.append(Notice(text, "gray", ":material/downloading:"))
    if snapshot.cut_before and shown.after < snapshot.cut_before:
        text = (
            "The range has more windows than can be shown: they are shown from"
            f" {moment(snapshot.cut_before, now, zone)} on"
        )
        found.append(Notice(text, "gray", ":material/content_cut:"))
    return found


def _broken(snapshot: Snapshot) -> Notice:
    count = len(snapshot.broken)
    named = "; ".join(f"{file.name} ({file.reason})" for file in snapshot.broken[:_NAMED])
    more = f"; and {count - _NAMED} more" if count > _NAMED else ""
    files = (
        "1 file cannot be read and is" if count == 1 else f"{count} files cannot be read and are"
    )
    return Notice(f"{files} left out: {named}{more}", "red", ":material/broken_image:")
