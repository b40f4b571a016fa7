"""Colours, from Streamlit's configuration, and a style for each source.

A source is told by colour and by name, and prices that are not of the market by a dotted line.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from contracts.sources import facts

FONT = '"Source Sans", "Source Sans Pro", sans-serif'
DASHES = ("solid", "dash", "dashdot", "longdash", "longdashdot")
"""They tell lines of several symbols apart, too; a dotted one is not of the current market."""

type Mode = Literal["light", "dark"]
type BadgeColor = Literal["blue", "orange", "violet"]

_HERE = Path(__file__).parent
_CONFIG = _HERE / ".streamlit" / "config.toml"


@dataclass(frozen=True)
class SourceStyle:
    """How a source is shown: its name for people, its colour, icon and line; and what to beware of.

    `real` tells that its prices are the market's. `marker` is Plotly's name of the mark at each
    point; empty where a line alone will do. `note` says of what kind its prices are, where they are
    not of the moment.
    """

    label: str
    color: BadgeColor
    icon: str
    dash: Literal["solid", "dot"]
    real: bool = False
    warning: str = ""
    marker: str = ""
    note: str = ""


@dataclass(frozen=True, eq=False)
class Palette:
    """The colours (``#rrggbb``) of one mode; there is one palette of each."""

    text: str
    faded: str
    border: str
    background: str
    spike: str
    up: str
    down: str
    sources: dict[BadgeColor, str]
    lines: tuple[str, ...]
    heat: tuple[str, ...]

    def line(self, number: int) -> str:
        """Give the colour of one of several lines."""
        return self.lines[number % len(self.lines)]


def _css(name: str) -> str:
    return f"<style>\n{(_HERE / name).read_text()}</style>"


STYLE = _css("style.css")
"""What Streamlit has no way for. It dims what a refresh has not reached yet, shows a running figure
and a button to stop, and has no setting for these: on a page that refreshes all the time they are a
flicker. And the few pieces of HTML of our own."""

WALL_STYLE = _css("wall.css")
"""A page that is read from afar."""

# Up and down are told apart by the colour-blind, too: teal is blue to them and vermilion is yellow.
_UP: dict[Mode, str] = {"light": "#0b7a75", "dark": "#4fc8bd"}
_DOWN: dict[Mode, str] = {"light": "#c2410c", "dark": "#ff9166"}


def style(source: str) -> SourceStyle:
    """Give the style of a source, which follows from what its prices are."""
    known = facts(source)
    label = known.label
    if known.kind == "market" and known.end_of_day:
        icon, note = ":material/event_available:", "end of day"
        return SourceStyle(label, "blue", icon, "solid", real=True, marker="square", note=note)
    if known.kind == "market":
        return SourceStyle(label, "blue", ":material/public:", "solid", real=True)
    if known.kind == "made":
        warning = f"{label} prices, not market data"
        return SourceStyle(label, "orange", ":material/science:", "dot", warning=warning)
    if known.kind == "recorded":
        warning = "Replayed prices, not the current market"
        return SourceStyle(label, "violet", ":material/history:", "dot", warning=warning)
    warning = f"Prices of {label}, a source that is not known here"
    return SourceStyle(label, "violet", ":material/help:", "dot", warning=warning)


@cache
def palette(mode: Mode) -> Palette:
    """Read the colours of a mode from Streamlit's configuration."""
    colors = tomllib.loads(_CONFIG.read_text())["theme"][mode]
    return Palette(
        text=colors["textColor"],
        faded=colors["grayColor"],
        border=colors["borderColor"],
        background=colors["backgroundColor"],
        spike=colors["redColor"],
        up=_UP[mode],
        down=_DOWN[mode],
        sources={
            "blue": colors["blueColor"],
            "orange": colors["orangeColor"],
            "violet": colors["violetColor"],
        },
        lines=tuple(colors["chartCategoricalColors"]),
        heat=tuple(colors["chartSequentialColors"]),
    )


def named(styled: SourceStyle) -> str:
    """Name a source with what kind its prices are of."""
    return f"{styled.label} ({styled.note})" if styled.note else styled.label


def faint(color: str, opacity: float) -> str:
    """Give a colour (``#rrggbb``) as one that lets the background through."""
    red, green, blue = (int(color[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"
