"""Alerts as the page lists them and gives them away: pure."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

from contracts.alerts import Alert
from dashboard.store import Key

LISTED = 100
_COLUMNS = (
    "at", "rule", "kind", "symbol", "source", "value", "threshold", "text", "made_up", "alert_id",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def matching(alerts: Iterable[Alert], words: str) -> list[Alert]:
    """Give the alerts that have each of the words in rule, symbol, source or text."""
    wanted = words.casefold().split()
    return [it for it in alerts if all(word in _searched(it) for word in wanted)]


def _searched(alert: Alert) -> str:
    parts = (alert.rule, alert.kind, alert.symbol or "", alert.source or "", alert.text)
    return " ".join(parts).casefold()


def of_line(alerts: Iterable[Alert], key: Key) -> list[Alert]:
    """Give the alerts of one line: of a symbol, and of its source where they name one."""
    symbol, source = key
    return [it for it in alerts if it.symbol == symbol and it.source in {None, source}]


def as_csv(alerts: Sequence[Alert]) -> bytes:
    """Write alerts as CSV, a line each; what a spreadsheet would take for a formula is text."""
    written = StringIO()
    writer = csv.writer(written)
    writer.writerow(_COLUMNS)
    for alert in alerts:
        writer.writerow([_no_formula(getattr(alert, name)) for name in _COLUMNS])
    return written.getvalue().encode()


def _no_formula(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def told(fresh: Sequence[Alert]) -> str:
    """Say in one line what came, the newest last."""
    text = fresh[-1].text
    return text if len(fresh) == 1 else f"{len(fresh)} alerts, the last: {text}"
