"""One look at files and status files, and what of it the address asks for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import streamlit as st

from dashboard import theme
from dashboard.errors import VolumeError
from dashboard.models.ranges import Range, default_range, range_of
from dashboard.models.scope import Scope, sources_of, symbols_of
from dashboard.models.statuses import Statuses, read_statuses
from dashboard.models.zones import Zone, zone_of
from dashboard.screens.address import Choice, choice, chosen_sources
from dashboard.screens.asked import asked
from dashboard.store import Follower, Snapshot


@cache
def follower(aggregates: Path) -> Follower:
    """Give the one follower of a folder, for all sessions."""
    return Follower(aggregates)


@dataclass(frozen=True)
class Look:
    """What was found: windows (or why there are none to be had), statuses, and the time."""

    snapshot: Snapshot
    statuses: Statuses
    now: datetime
    folder: Path
    delays_s: tuple[float, ...] = ()
    unreadable: str | None = None

    @property
    def symbols(self) -> list[str]:
        """The symbols that there are."""
        return symbols_of(self.snapshot, self.statuses)

    @property
    def sources(self) -> list[str]:
        """The sources that there are."""
        return sources_of(self.snapshot)

    @property
    def age(self) -> timedelta | None:
        """How old the newest window is."""
        newest = self.snapshot.newest
        return self.now - newest.window_end if newest else None


def look(aggregates: Path, status: Path) -> Look:
    """Look now."""
    following = follower(aggregates)
    try:
        snapshot, unreadable = following.snapshot(), None
    except VolumeError as error:
        snapshot, unreadable = Snapshot(), str(error)
    return Look(
        snapshot=snapshot,
        statuses=read_statuses(status),
        now=datetime.now(UTC),
        folder=aggregates.parent,
        delays_s=tuple(following.delays_s),
        unreadable=unreadable,
    )


@dataclass(frozen=True)
class View:
    """A look and what the address asks for of it."""

    look: Look
    choice: Choice
    shown: Range
    zone: Zone
    palette: theme.Palette
    mode: theme.Mode

    def scope(self, symbols: Sequence[str]) -> Scope:
        """Give the windows of some symbols, of the chosen sources."""
        sources = chosen_sources(asked(), self.look.sources)
        return Scope(self.look.snapshot, self.shown, tuple(symbols), tuple(sources))

    @property
    def key(self) -> tuple[object, ...]:
        """What tells that a figure of the same would be the same."""
        it = self.look.snapshot
        return (self.look.folder, it.version, self.shown, self.zone, self.mode)


def view(found: Look) -> View:
    """Put a look and the address together."""
    wanted = choice(asked())
    name = wanted.range or default_range(found.age)
    mode: theme.Mode = "dark" if st.context.theme.type == "dark" else "light"
    return View(
        look=found,
        choice=wanted,
        shown=range_of(name, wanted.custom, found.snapshot),
        zone=zone_of(wanted.zone, st.context.timezone, found.sources),
        palette=theme.palette(mode),
        mode=mode,
    )
