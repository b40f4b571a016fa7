"""What is to be done to the stack, in an order and at moments that a seed decides."""

import random
from typing import NamedTuple

from chaos.moments import MOMENTS

_PAUSE_S = (60, 100)
_DELAY_S = 0.3
"""How long after a moment has begun, at most: a batch lasts for about twice that."""


class Blow(NamedTuple):
    """One thing to do: to kill or pause services, so long after a moment in the job's life."""

    kind: str
    services: tuple[str, ...]
    moment: str
    after_s: float = 0.0
    pause_s: float = 0.0

    def __str__(self) -> str:
        """Write it as the report has it."""
        length = f" for {self.pause_s:.0f} s" if self.pause_s else ""
        return f"{self.kind} {self.target}{length}, {self.moment} + {self.after_s * 1000:.0f} ms"

    @property
    def target(self) -> str:
        """Name what it falls on."""
        return self.services[0] if len(self.services) == 1 else "all"


def plan(seed: int, kills: int, services: tuple[str, ...]) -> list[Blow]:
    """Plan so many kills of each service and of all at once, and one pause of each service.

    A service falls with all of its containers.
    """
    rng = random.Random(seed)
    each = [(name,) for name in services]
    blows = [
        Blow("kill", target, MOMENTS[(turn + place) % len(MOMENTS)])
        for turn in range(kills)
        for place, target in enumerate([*each, services])
    ]
    blows += [Blow("pause", it, "idle", pause_s=rng.uniform(*_PAUSE_S)) for it in each]
    rng.shuffle(blows)
    return [
        blow if blow.moment == "commit" else blow._replace(after_s=rng.uniform(0, _DELAY_S))
        for blow in blows
    ]
