"""What a person has to know of the windows that are shown, beside their state."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from dashboard.models.lag import held_back_by
from dashboard.models.ranges import Range
from dashboard.models.words import duration, moment
from dashboard.models.zones import IN_UTC, Zone
from dashboard.store import Newest, Snapshot
from dashboard.store.statuses import Statuses
from dashboard.theme import SourceStyle, style

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
    zone: Zone = IN_UTC,
    away: str | None = None,
) -> list[Notice]:
    """List the notices; `sources` are those of the windows shown, `told` what their state says.

    `away` is why live prices do not come, where they should.
    """
    newest = snapshot.newest
    styles = [style(source) for source in sources]
    found = [_warning(styled, styles) for styled in styles if not styled.real]
    if newest and now - newest.window_end > _OLD:
        found.append(_of_the_past(newest, now))
    held_back = held_back_by(statuses, now, zone)
    if held_back and held_back not in told:
        found.append(Notice(held_back, "orange", ":material/front_hand:"))
    if snapshot.broken:
        found.append(_broken(snapshot))
    found += [Notice(text, "red", ":material/broken_image:") for text in statuses.problems]
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
    if away:
        found.append(Notice(f"Live prices are away: {away}", "gray", ":material/cloud_off:"))
    return found


def _warning(styled: SourceStyle, all_styles: list[SourceStyle]) -> Notice:
    real = " and ".join(it.label for it in all_styles if it.real)
    apart = f" (dotted lines); {real} prices are real (solid lines)" if real else ""
    return Notice(f"{styled.warning}{apart}", styled.color, styled.icon)


def _of_the_past(newest: Newest, now: datetime) -> Notice:
    age = duration(now - newest.window_end)
    text = f"The newest window is of {newest.window_end:%Y-%m-%d}, {age} ago: these are past prices"
    return Notice(text, "violet", ":material/event:")


def _broken(snapshot: Snapshot) -> Notice:
    count = len(snapshot.broken)
    named = "; ".join(f"{file.name} ({file.reason})" for file in snapshot.broken[:_NAMED])
    more = f"; and {count - _NAMED} more" if count > _NAMED else ""
    files = (
        "1 file cannot be read and is" if count == 1 else f"{count} files cannot be read and are"
    )
    return Notice(f"{files} left out: {named}{more}", "red", ":material/broken_image:")
