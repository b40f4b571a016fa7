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

_CONFIG = Path(__file__).parent / ".streamlit" / "config.toml"


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


STYLE = """<style>
[data-stale] { opacity: 1 !important; transition: none !important }
[data-testid="stStatusWidget"]:has([data-testid="stStatusWidgetRunningIcon"]) { display: none }
[data-testid="stMainBlockContainer"] { padding-top: 1rem }
[data-testid="stHeader"] { background: none; pointer-events: none }
[data-testid="stHeader"] button { pointer-events: auto }
[data-testid="stLayoutWrapper"]:has(> :is(.st-key-live, .st-key-refresh)), .fold { display: none }
.spoken { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
.card { display: flex; flex-wrap: wrap; gap: 0.5rem 0.75rem; font-variant-numeric: tabular-nums }
.card > * { flex: 0 0 100% }
.card > div:first-child, .live-price { order: -2 }
.card > div:first-child { display: flex; flex-wrap: wrap; justify-content: space-between;
    gap: 0 0.5rem }
.card dl { display: contents }
.card dl > div { flex: 1 }
.card.card :is(dt, dd, p) { padding: 0; margin: 0 }
.card dt, .card p { font-size: 0.875rem; font-weight: 400 }
.card dd { font-weight: 600; line-height: 1.4 }
.card:not(:has(.live-price b)) .newest { flex-basis: 100%; order: -1 }
.card:not(:has(.live-price b)) .newest dd, .live-price b { font-size: 1.375rem; line-height: 1.4 }
.card:has(.newest) .live-price:empty { display: none }
.card p, .card small { opacity: 0.8 }
.card .window + p { margin-top: -0.5rem }
.card small { margin-left: 0.375rem }
.pill { font-size: 0.875rem; padding: 0.125rem 0.375rem; border-radius: 0.5rem;
    white-space: nowrap }
.icon { font-family: "Material Symbols Rounded"; font-weight: 400; vertical-align: bottom;
    white-space: nowrap; user-select: none }
.spark { display: block; width: 100%; height: 36px }
.st-key-spikes table, .st-key-samples table, .st-key-table table {
    display: block; overflow-x: auto }
.st-key-spikes td, .st-key-table td { white-space: nowrap }
.so-far { position: absolute; inset: 0; width: 100%; height: 100%; pointer-events: none;
    will-change: transform }
.live-price { contain: content; display: flex; flex-wrap: wrap; align-items: baseline;
    min-height: 3.25rem; font-variant-numeric: tabular-nums }
.live-away .live-price:empty { min-height: 0; transition: min-height 0s 2s }
.live-price b { font-weight: 600 }
.live-price i { font-style: normal; font-size: 0.75rem; padding: 0 0.375rem }
.live-price span { flex-basis: 100%; font-size: 0.8125rem; opacity: 0.8 }
.st-key-alerts table { border-collapse: collapse; font-size: 0.875rem }
.st-key-alerts :is(th, td) { text-align: left; padding: 0.375rem 0.75rem;
    border-bottom: 1px solid rgba(128, 128, 128, 0.3) }
.notify { font: inherit; font-size: 0.875rem; padding: 0.25rem 0.75rem; border-radius: 0.5rem;
    border: 1px solid; background: none; color: inherit; cursor: pointer }
.notify:disabled { opacity: 0.8; cursor: default }
:is(.st-key-page, .st-key-range, .st-key-from, .st-key-to, .st-key-symbols, .st-key-symbol,
    .st-key-sources, .st-key-chart, .st-key-bar, .st-key-axis, .st-key-indicators, .st-key-every,
    .st-key-paused, .st-key-tz, .st-key-find) > * + * { display: none }
.links a { margin-right: 0.75rem; color: inherit }
.links a[aria-current] { font-weight: 600; text-decoration: none }
dl.pairs.pairs, .pairs dt, .pairs dd { margin: 0; padding: 0 }
.pairs { font-size: 0.875rem; font-variant-numeric: tabular-nums }
.pairs div { display: flex; justify-content: space-between; gap: 0.75rem; padding: 0.125rem 0 }
.pairs dt { opacity: 0.8 } .pairs dd { text-align: right; font-weight: 600 }
@media (max-width: 640px) {
    .st-key-top { gap: 0.5rem }
    .st-key-top > :has(> * h4, > [data-testid="stSpace"]) { display: none }
    .fold { display: block; border: 1px solid rgba(128, 128, 128, 0.4); border-radius: 0.5rem }
    .fold summary { display: block; padding: 0.1875rem 0.5rem; cursor: pointer }
    .fold[open] { background: rgba(128, 128, 128, 0.2) }
    [data-testid="stMainBlockContainer"]:not(:has(.fold[open])) :is(.st-key-view,
        :has(> .st-key-paused), :has(> .st-key-controls > * > .st-key-choices)) { display: none }
    [data-testid="stToastContainer"] { top: auto; bottom: 1rem }
    .st-key-chart-choices:not(:has(.st-key-symbol)) { flex-wrap: nowrap }
    .st-key-chart-choices > :has(> .st-key-chart) { flex: 1 1 0; min-width: 0 }
    .st-key-chart-choices > :has(> [data-testid="stSpace"]) { display: none }
    .st-key-cards { grid-template-columns: 1fr !important; gap: 0.5rem }
    [class*="st-key-card-"] { padding: 0.25rem 0.75rem 0.375rem }
    .card { display: grid; grid-template-columns: 5.5rem 1fr auto; gap: 0 0.75rem }
    .card > * { grid-column: 1 / -1 }
    .card > div:first-child { grid-area: 1 / 1 / 3 / 2; align-content: center }
    .card .spark { grid-area: 1 / 2 / 3 / 3; align-self: center }
    .card .live-price, .card:not(:has(.live-price b)) .newest { grid-area: 1 / 3; justify-self: end;
        min-height: 0 }
    .card .change { grid-area: 2 / 3; justify-self: end; white-space: nowrap }
    .card:has(.newest) .live-price span, .card:has(.live-price b) .newest, .newest dt,
        .card .of-all { display: none }
    .card .window + p { margin: 0 }
    .card dl > div { display: flex; gap: 0.375rem; align-items: baseline }
    .card dl > :not(.newest) { grid-area: 3 / 1 / 4 / 3 }
    .card dl > :last-child { grid-area: 3 / 2 / 4 / 4; justify-self: end }
}
</style>"""
"""What Streamlit has no way for. It dims what a refresh has not reached yet, shows a running figure
and a button to stop, and has no setting for these: on a page that refreshes all the time they are a
flicker. And the few pieces of HTML of our own."""

WALL_STYLE = """<style>
[data-testid="stHeader"], [data-testid="stToolbar"], .modebar-container { display: none }
[data-testid="stMainBlockContainer"] { zoom: 1.25; padding: 1rem 2rem 0 }
.st-key-chart-drawn div:has(.chart) { height: auto }
.spark, .card:has(.live-price b) .newest { display: none }
.card.card :is(.live-price b, .newest dd) { font-size: 2rem; line-height: 1.2 }
@media (min-width: 1800px) { [data-testid="stMainBlockContainer"] { zoom: 1.5 } }
@media (min-width: 2500px) { [data-testid="stMainBlockContainer"] { zoom: 2 } }
@media (min-width: 3800px) { [data-testid="stMainBlockContainer"] { zoom: 3 } }
</style>"""
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
