"""The messages of the stream: one JSON object each, in UTF-8.

``kind``, ``symbol``, ``source``, ``provisional`` and ``made_up`` are in all of them, then come the
fields of the kind. A window's and an alert's ``id`` is what a reader that comes back gives.
"""

import msgspec

from contracts.alerts import Alert
from contracts.sources import is_made_up
from contracts.times import format_time, from_us
from contracts.window import Window
from gateway.following.listener import Trade
from gateway.live.market import OpenWindow

_encode = msgspec.json.Encoder().encode


def trade_message(trade: Trade) -> bytes:
    """Write a symbol's last trade."""
    return _encode(
        {
            "kind": "trade",
            "symbol": trade.symbol,
            "source": trade.source,
            "provisional": False,
            "made_up": is_made_up(trade.source),
            "price": trade.price,
            "volume": trade.volume,
            "event_time": trade.event_time,
            "ingest_time": trade.ingest_time,
            "event_id": trade.event_id,
        }
    )


def open_message(window: OpenWindow) -> bytes:
    """Write a window that is not over: the dataset's columns, and ``offsets`` by partition.

    It counts the symbol's trades before these offsets, and none from there on.
    """
    return _encode(
        {
            "kind": window.kind,
            "symbol": window.symbol,
            "source": window.source,
            "provisional": True,
            "made_up": is_made_up(window.source),
            "window_start": format_time(from_us(window.start_us)),
            "window_end": format_time(from_us(window.end_us)),
            **window.columns,
            "offsets": {str(it): offset for it, offset in window.offsets.items()},
        }
    )


def window_message(id_: str, window: Window) -> bytes:
    """Write a window that is final: the dataset's columns."""
    columns = msgspec.structs.asdict(window)
    del columns["schema_version"]
    return _encode(
        {
            "kind": "window",
            "id": id_,
            "symbol": columns.pop("symbol"),
            "source": columns.pop("source"),
            "provisional": False,
            "made_up": is_made_up(window.source),
            **columns,
        }
    )


def alert_message(id_: str, alert: Alert) -> bytes:
    """Write an alert: the record's fields, of which ``kind`` is called ``alert_kind``."""
    fields = msgspec.structs.asdict(alert)
    del fields["schema_version"]
    alert_kind = fields.pop("kind")
    return _encode(
        {
            "kind": "alert",
            "id": id_,
            "symbol": fields.pop("symbol"),
            "source": fields.pop("source"),
            "provisional": False,
            "made_up": fields.pop("made_up"),
            "alert_kind": alert_kind,
            **fields,
        }
    )
