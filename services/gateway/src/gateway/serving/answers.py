"""What the REST interface answers."""

from typing import Any

import msgspec

from contracts.alerts import Alert
from contracts.window import Window


class SymbolNow(msgspec.Struct, kw_only=True):
    """A symbol's last trade from one source; `age_s` is how many seconds ago it was so."""

    symbol: str
    source: str
    price: float
    volume: float | None
    event_time: str
    age_s: float
    made_up: bool


class Symbols(msgspec.Struct, kw_only=True):
    """The last trades, in order of symbol and source."""

    symbols: list[SymbolNow]


_WindowRow = msgspec.defstruct(
    "WindowRow",
    [(it.name, it.type) for it in msgspec.structs.fields(Window) if it.name != "schema_version"],
)
Windows = msgspec.defstruct("Windows", [("windows", list[_WindowRow]), ("next", str | None)])  # type: ignore[valid-type]
"""Windows, newest first; `next` is the address of the page behind, null where there is none."""


class Alerts(msgspec.Struct, kw_only=True):
    """Alerts, newest first."""

    alerts: list[Alert]


class ServiceNow(msgspec.Struct, kw_only=True):
    """What a service's status file says, and how many seconds ago it was written."""

    service: str
    state: str
    since: str
    updated_at: str
    age_s: float
    last_error: str | None
    details: dict[str, Any]


class Problem(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Why there is no other answer, as RFC 9457 has it; `errors` name what was asked wrongly."""

    type: str
    status: int
    title: str
    detail: str = ""
    errors: list[Any] = []


class Pipeline(msgspec.Struct, kw_only=True):
    """The services' states, by name."""

    services: list[ServiceNow]
