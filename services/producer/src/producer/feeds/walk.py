"""Prices that move like prices, repeatable from a seed.

Each symbol's price follows a random walk in market time, which is what a market's clock would show
if trades came at the rate that was asked for. So a price moves as far in a second whether there is
one trade in it or a hundred thousand, and the same seed gives the same trades however fast they are
taken. The market opens with the first trade; a day in it is a session of six and a half hours, and
the next follows at once, with the gap that a night leaves.
"""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass

# Near what these traded at in 2026; any other symbol begins at a price made from its name.
_START = {"IBM": 290.0, "AAPL": 270.0, "MSFT": 510.0, "TSLA": 430.0, "AMZN": 230.0}

# Of the logarithm of a price, over market time in seconds.
_VOLATILITY = 0.00017  # its standard deviation after one second, typically
_UNREST, _UNREST_FADES_S = 0.6, 25.0  # how much that changes, and for how long
_DRIFT, _DRIFT_FADES_S = 1e-6, 1800.0  # a trend a second, and for how long it holds
_JUMP, _JUMP_EVERY_S = 0.004, 2000.0  # a sudden step, and how rare
_PULL_S = 20_000.0  # how slowly a price is pulled back home: it stays plausible for months
_GAP = 0.006  # over a night
_SESSION_S = 6.5 * 3600
_OPEN_AND_CLOSE = 1.2  # how much livelier the ends of a session are than its middle

_SPREAD = (0, 0, 1, -1)  # in ticks: buyers and sellers meet at the price or beside it
_SIZES = 4096
_STEP_S, _MOST = 0.005, 512  # trades closer to each other share one step of the walk

type Trade = tuple[str, float, float]
"""Symbol, price, volume."""


@dataclass(slots=True)
class _State:
    home: float
    price: float
    moved_s: float
    unrest: float = 0.0
    drift: float = 0.0


class Walk:
    """A walk for each symbol, with `rate` trades a second of market time over all of them."""

    def __init__(self, symbols: tuple[str, ...], rng: random.Random, rate: float = 10) -> None:
        self._rng = rng
        self._symbols = symbols
        self._apart_s = 1 / rate
        self._at_once = max(1, min(_MOST, round(rate * _STEP_S)))
        self._now_s = 0.0
        starts = {it: _START.get(it) or 20.0 + sum(it.encode()) % 400 for it in symbols}
        self._states = {symbol: _State(price, price, 0.0) for symbol, price in starts.items()}
        # Mostly small, sometimes large.
        self._sizes = [float(math.ceil(rng.lognormvariate(3.5, 1.2))) for _ in range(_SIZES)]

    def anchor(self, symbol: str, price: float) -> None:
        """Go on from a real price."""
        self._states[symbol] = _State(price, price, self._now_s)

    def step(self, symbol: str) -> float:
        """Trade a symbol once more; gives its price, in whole ticks."""
        self._now_s += self._apart_s
        return self._rng.choice(_in_ticks(self._moved(symbol)))

    def trades(self) -> Iterator[Trade]:
        """Trade all symbols for ever."""
        count, choices = self._at_once, self._rng.choices
        while True:
            self._now_s += self._apart_s * count
            symbols = choices(self._symbols, k=count)
            prices = {it: _in_ticks(self._moved(it)) for it in dict.fromkeys(symbols)}
            sides = choices(range(len(_SPREAD)), k=count)
            beside = [prices[symbol][side] for symbol, side in zip(symbols, sides, strict=True)]
            yield from zip(symbols, beside, choices(self._sizes, k=count), strict=True)

    def _moved(self, symbol: str) -> float:
        """Move a price from when it last moved to now."""
        state, gauss = self._states[symbol], self._rng.gauss
        passed_s = self._now_s - state.moved_s
        nights = self._now_s // _SESSION_S - state.moved_s // _SESSION_S
        state.moved_s = self._now_s
        state.unrest = _faded(state.unrest, passed_s / _UNREST_FADES_S, gauss(0, _UNREST))
        state.drift = _faded(state.drift, passed_s / _DRIFT_FADES_S, gauss(0, _DRIFT))
        volatility = _VOLATILITY * math.exp(state.unrest) * _liveliness(self._now_s)
        move = state.drift * passed_s + gauss(0, volatility * math.sqrt(passed_s))
        if self._rng.random() < passed_s / _JUMP_EVERY_S:
            move += gauss(0, _JUMP)
        if nights:
            move += gauss(0, _GAP * math.sqrt(nights))
        home = math.log(state.home / state.price)
        state.price *= math.exp(move + home * -math.expm1(-passed_s / _PULL_S))
        return state.price


def _faded(value: float, lives: float, noise: float) -> float:
    """Let a value fade towards 0 for some lifetimes, while noise keeps its spread the same."""
    kept = math.exp(-lives)
    return value * kept + noise * math.sqrt(1 - kept * kept)


def _liveliness(now_s: float) -> float:
    """Give how lively the market is, 1 on average: most at the open and the close."""
    from_noon = 2 * (now_s % _SESSION_S) / _SESSION_S - 1
    return 1 + _OPEN_AND_CLOSE * (from_noon * from_noon - 1 / 3)


def _in_ticks(price: float) -> list[float]:
    """Give what trades are made at, for each of the spread a price in whole ticks.

    A tick is a cent, and of prices below 1 their fourth digit.
    """
    digits = 2 if price >= 1 else 3 - math.floor(math.log10(price))
    tick = 10.0**-digits
    return [round(price + beside * tick, digits) for beside in _SPREAD]
