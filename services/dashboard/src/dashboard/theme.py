"""How things look: the colours of Streamlit's configuration, and a style for each source.

A source is told by colour and by name, and prices that are made up by a dotted line.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

type Mode = Literal["light", "dark"]
type BadgeColor = Literal["blue", "orange", "violet"]

_CONFIG = Path(__file__).parent / ".streamlit" / "config.toml"


@dataclass(frozen=True)
class SourceStyle:
    """How a source looks: its name for people, its colour, icon and line; and what to beware of."""

    label: str
    color: BadgeColor
    icon: str
    dash: Literal["solid", "dot"]
    warning: str = ""


@dataclass(frozen=True)
class Palette:
    """The colours (``#rrggbb``) of one mode."""

    text: str
    faded: str
    border: str
    background: str
    spike: str
    sources: dict[BadgeColor, str]


STEADY = """<style>
[data-stale] { opacity: 1 !important; transition: none !important }
[data-testid="stStatusWidget"]:has([data-testid="stStatusWidgetRunningIcon"]) { display: none }
</style>"""
"""Streamlit dims what a refresh has not reached yet, shows a running figure and a button to stop,
and has no setting for these: on a page that refreshes all the time they are a flicker."""

_RECORDED: Literal["solid"] = "solid"
STYLES = {
    "alpha-vantage": SourceStyle("Alpha Vantage", "blue", ":material/public:", _RECORDED),
    "finnhub": SourceStyle("Finnhub", "blue", ":material/public:", _RECORDED),
    "binance": SourceStyle("Binance", "blue", ":material/public:", _RECORDED),
    "synthetic": SourceStyle(
        "Synthetic",
        "orange",
        ":material/science:",
        "dot",
        "Synthetic prices, not market data",
    ),
    "replay": SourceStyle(
        "Replay",
        "violet",
        ":material/history:",
        _RECORDED,
        "Replayed prices, not the market of now",
    ),
}


def style(source: str) -> SourceStyle:
    """Give the style of a source; one that is not known is shown under its own name."""
    return STYLES.get(source) or SourceStyle(source, "violet", ":material/help:", "dot")


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
        sources={
            "blue": colors["blueColor"],
            "orange": colors["orangeColor"],
            "violet": colors["violetColor"],
        },
    )


def faint(color: str, opacity: float) -> str:
    """Give a colour (``#rrggbb``) as one that lets the background through."""
    red, green, blue = (int(color[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"
