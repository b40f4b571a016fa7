"""The faults to inject, in an order and at moments that a seed decides."""

import random
from typing import NamedTuple

from chaos.moments import MOMENTS

_PAUSE_S = (60, 100)
_DELAY_S = 0.3
"""The most that a fault comes after the beginning of a moment; a batch takes about twice that."""


class Fault(NamedTuple):
    """Services to kill or pause, and when: some time after a moment in the job's life."""

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
        """Name what it is injected into."""
        return self.services[0] if len(self.services) == 1 else "all"


def plan(seed: int, kills: int, services: tuple[str, ...]) -> list[Fault]:
    """Plan so many kills of each service and of all at once, and one pause of each service.

    A fault is injected into all containers of a service.
    """
    rng = random.Random(seed)
    each = [(name,) for name in services]
    faults = [
        Fault("kill", target, MOMENTS[(turn + place) % len(MOMENTS)])
        for turn in range(kills)
        for place, target in enumerate([*each, services])
    ]
    faults += [Fault("pause", it, "idle", pause_s=rng.uniform(*_PAUSE_S)) for it in each]
    rng.shuffle(faults)
    return [
        fault if fault.moment == "commit" else fault._replace(after_s=rng.uniform(0, _DELAY_S))
        for fault in faults
    ]
