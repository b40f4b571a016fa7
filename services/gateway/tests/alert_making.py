"""Rules, trades and windows for the tests of the alerts."""

from datetime import datetime, timedelta
from itertools import chain
from typing import Any

import make
import msgspec
from make import BEGIN, micros, text

from contracts.alerts import Alert
from contracts.window import Window
from gateway.alerts.evaluation.engine import Engine
from gateway.alerts.evaluation.limit import Limit
from gateway.alerts.evaluation.state import State, pack, unpack_watched
from gateway.alerts.evaluation.statuses import Statuses
from gateway.alerts.rules.file import parse
from gateway.alerts.rules.kinds import Rule
from gateway.following.lag import Waiting
from gateway.following.listener import FinalWindow, Trade

MINUTE_US = 60_000_000


def rules(*bodies: str) -> tuple[Rule, ...]:
    """Read rules from TOML; each body is one, and made-up prices count unless it says else."""
    return parse("\n".join(f"[[rule]]\n{body}" for body in bodies).encode())


def rule(**members: Any) -> str:
    """Write one rule; a name is given where there is none."""
    written = {"name": "r", "cooldown": "1 second", "max_per_hour": 1000} | members
    return "\n".join(f"{key} = {_toml(value)}" for key, value in written.items())


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return repr(list(value)) if isinstance(value, list) else repr(value)


def engine(*bodies: str, state: State | None = None) -> Engine:
    return Engine(rules(*bodies), state or State())


def reread(state: State) -> State:
    """Give what a restart finds of a state."""
    return State(
        {key: unpack_watched(pack(it)) for key, it in state.watched.items()},
        {mark: msgspec.msgpack.decode(pack(it), type=Limit) for mark, it in state.limits.items()},
        dict(state.times),
    )


def ticked(
    one: Engine,
    now_us: int,
    statuses: Statuses,
    *,
    all_read: bool,
    waiting: Waiting | None = None,
) -> list[Alert]:
    """Let an engine look at the pipeline and for symbols without quotes, step after step."""
    steps = one.tick(now_us, statuses, all_read=all_read, waiting=waiting)
    return [*chain.from_iterable(steps)]


def trade(price: float, seconds: float, offset: int = 0, **others: Any) -> Trade:
    """Make a trade of Finnhub's so many seconds after `BEGIN`."""
    return make.trade(offset, seconds=seconds, **{"source": "finnhub", "price": price, **others})


def trades(prices: list[float], every_s: float = 10) -> list[Trade]:
    return [trade(price, every_s * at, at) for at, price in enumerate(prices)]


def window(
    end_s: float, length_s: float = 60, *, taken_in_s: float | None = None, **others: Any
) -> FinalWindow:
    """Make a window of Finnhub's that ends so many seconds after `BEGIN`, taken in at once."""
    end = BEGIN + timedelta(seconds=end_s)
    taken_in = BEGIN + timedelta(seconds=end_s if taken_in_s is None else taken_in_s)
    columns: dict[str, Any] = {
        "symbol": "IBM", "source": "finnhub",
        "window_start": text(end - timedelta(seconds=length_s)), "window_end": text(end),
        "avg_price": 100.0, "max_price": 100.0, "min_price": 100.0, "open_price": 100.0,
        "close_price": 100.0, "stddev_price": 1.0, "volume": 10.0, "event_count": 5,
        "max_deviation_pct": 0.0, "vwap": 100.0,
    }  # fmt: skip
    made = Window(schema_version=1, **(columns | others))
    return FinalWindow(0, int(end_s), micros(taken_in) // 1000, made)


def offsets(alerts: list[Alert], given: list[Trade]) -> list[int]:
    """Tell which trades triggered, by their time."""
    at = {it.event_time: it.offset for it in given}
    return [at[it.at] for it in alerts]


def seconds(moment: datetime) -> float:
    return (moment - BEGIN).total_seconds()
