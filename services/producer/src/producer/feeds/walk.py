"""Prices that move like prices, repeatable from a seed."""

import math
import random
from dataclasses import dataclass

# Near what these traded at in 2026; any other symbol begins at a price made from its name.
_START = {"IBM": 290.0, "AAPL": 270.0, "MSFT": 510.0, "TSLA": 430.0, "AMZN": 230.0}

_VOLATILITY = 0.00012
"""Of a step, typically: a standard deviation of the logarithm."""

_PERSISTENCE = 0.98
_RESTLESSNESS = 0.12
_JUMP_CHANCE = 1 / 4000
_JUMP = 0.004
_PULL = 0.0005
_TICK = 0.01


@dataclass(slots=True)
class _State:
    home: float
    price: float
    restlessness: float = 0.0


class Walk:
    """A random walk for each symbol: changing volatility, a rare jump, a weak pull back home.

    The pull keeps a stack that runs for months at plausible prices.
    """

    def __init__(self, symbols: tuple[str, ...], rng: random.Random) -> None:
        self._rng = rng
        self._states = {symbol: _State(price, price) for symbol, price in map(_start, symbols)}

    def anchor(self, symbol: str, price: float) -> None:
        """Go on from a real price."""
        self._states[symbol] = _State(price, price)

    def step(self, symbol: str) -> float:
        """Move one step; gives the new price, in whole ticks, at least one."""
        state, rng = self._states[symbol], self._rng
        state.restlessness = _PERSISTENCE * state.restlessness + rng.gauss(0, _RESTLESSNESS)
        move = rng.gauss(0, _VOLATILITY * math.exp(state.restlessness))
        if rng.random() < _JUMP_CHANCE:
            move += rng.gauss(0, _JUMP)
        move += _PULL * math.log(state.home / state.price) if state.price else 0.0
        state.price *= math.exp(move)
        return max(_TICK, round(state.price, 2))

    def volume(self) -> float:
        """Give the size of a trade: mostly small, sometimes large."""
        return float(math.ceil(self._rng.lognormvariate(3.5, 1.2)))


def _start(symbol: str) -> tuple[str, float]:
    return symbol, _START.get(symbol) or 20.0 + sum(symbol.encode()) % 400
