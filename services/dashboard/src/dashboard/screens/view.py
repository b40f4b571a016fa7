"""What one session shows: the page's data, and what the address asks for of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from dashboard import theme
from dashboard.charts.figure import Frame
from dashboard.models.address import Choice, choice, chosen_sources
from dashboard.models.ranges import Range
from dashboard.models.scope import Scope
from dashboard.models.words import moment_to_second
from dashboard.models.zones import AROUND, Clock, Zone, zone_of
from dashboard.page_data import PageData
from dashboard.screens.cache import once
from dashboard.screens.query import query


@dataclass(frozen=True)
class View:
    """The page's data and what the address asks for of it."""

    data: PageData
    choice: Choice
    shown: Range
    zone: Zone
    palette: theme.Palette

    @property
    def frame(self) -> Frame:
        """How the figures of this view are framed."""
        how = self.shown, self.palette, self.zone
        return Frame(*how, alerts=self.data.alerts, fills=self.choice.wall)

    @property
    def clocks(self) -> list[Clock]:
        """The zone's clocks at any time that a trade may be of while the page is open.

        Trades are of now, or as old as the newest window, whatever range is shown.
        """
        now, newest = self.data.now, self.data.snapshot.newest
        first, last = sorted((now, newest.window_end if newest else now))
        return self.zone.clocks(first - AROUND, last + AROUND)

    def moment_to_second(self, at: datetime) -> str:
        """Write a time in the chosen zone, to the second."""
        return moment_to_second(at, self.data.now, self.zone)

    def scope(self, symbols: Sequence[str]) -> Scope:
        """Give the windows of some symbols, of the chosen sources; the same for all sessions."""
        sources = chosen_sources(query(), self.data.sources)
        chosen = self.data.snapshot, self.shown, tuple(symbols), tuple(sources)
        return once(self.data, Scope, *chosen)


def view(data: PageData) -> View:
    """Put the page's data and the address together."""
    wanted = choice(query())
    mode: theme.Mode = "dark" if st.context.theme.type == "dark" else "light"
    return View(
        data=data,
        choice=wanted,
        shown=data.range_of(wanted),
        zone=zone_of(wanted.zone, st.context.timezone, data.sources),
        palette=theme.palette(mode),
    )
