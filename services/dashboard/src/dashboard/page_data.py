"""What the pages are drawn from: the newest snapshot of the windows, the statuses, and the time."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property
from pathlib import Path

from contracts.alerts import Alert
from contracts.location import Location
from contracts.reader import open_source
from dashboard.live.hub import hub
from dashboard.models.address import Choice
from dashboard.models.ranges import Range, default_range, range_of
from dashboard.models.scope import sources_of, symbols_of
from dashboard.store import Follower, Snapshot
from dashboard.store.statuses import Statuses, read_statuses


@cache
def follower(location: Location) -> Follower:
    """Give the one follower of a dataset, for all sessions."""
    return Follower(open_source(location))


@dataclass(frozen=True)
class PageData:
    """The windows (and why no new ones are to be had), the statuses, and when they were read.

    `location` is where they lie. `alerts` come the newest first, once they are `alerts_known`;
    `away` is why live prices do not come, where they should.
    """

    snapshot: Snapshot
    statuses: Statuses
    now: datetime
    folder: Path
    location: Location
    delays_s: tuple[float, ...] = ()
    unreadable: str | None = None
    alerts: tuple[Alert, ...] = ()
    alerts_known: bool = False
    away: str | None = None

    @property
    def remote(self) -> bool:
        """Whether they lie in an object store."""
        return self.location.is_remote

    @cached_property
    def symbols(self) -> list[str]:
        """The symbols that there are."""
        return symbols_of(self.snapshot, self.statuses)

    @cached_property
    def sources(self) -> list[str]:
        """The sources that there are."""
        return sources_of(self.snapshot)

    @property
    def age(self) -> timedelta | None:
        """How old the newest window is."""
        newest = self.snapshot.newest
        return self.now - newest.window_end if newest else None

    def range_of(self, wanted: Choice) -> Range:
        """Give the range that an address asks for, or the default for windows of that age."""
        name = wanted.range or default_range(self.age)
        return range_of(name, wanted.custom, self.snapshot, self.now)


def page_data(location: Location, status: Path) -> PageData:
    """Give what there is now."""
    following = follower(location)
    return PageData(
        snapshot=following.snapshot(),
        statuses=read_statuses(status),
        now=datetime.now(UTC),
        folder=status.parent,
        delays_s=tuple(following.delays_s),
        unreadable=following.error,
        location=location,
        alerts=hub().alerts.newest,
        alerts_known=hub().alerts.known,
        away=hub().away,
    )
